package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.client.Client;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.client.LocalContainers;
import org.socketproxy.client.LocalContainers.Description;
import org.socketproxy.client.LocalContainers.Endpoint;
import org.socketproxy.client.OwnLabels;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Variables;

/** Random profiles and clients: the index finds the first profile, as a search through all of them does. */
class ClientIndexTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final List<String> CONDITIONS = List.of(
            "network: 10.0.0.%d",
            "network: 10.0.0.%d/31",
            "network: 10.0.0.%d/30",
            "network: 10.0.0.%d/29",
            "network: 10.0.0.0/24",
            "network: 0.0.0.0/0",
            "network: fd00::%d",
            "network: fd00::/64",
            "network: '::/0'",
            "listener: ci",
            "network: 10.0.0.%d, listener: ci",
            "network: 10.0.0.0/28, listener: ci",
            "local: 10.0.0.0/24",
            "uid: 1");

    private final Random random = new Random(49);

    @TempDir
    Path folder;

    private String condition() {
        String form = CONDITIONS.get(random.nextInt(CONDITIONS.size()));
        int bits = form.contains("/31") ? 1 : form.contains("/30") ? 2 : form.contains("/29") ? 3 : 0;
        return "{" + form.formatted(random.nextInt(16) >> bits << bits) + "}";
    }

    private ConfiguredProfiles profiles(int number) throws Exception {
        String yaml = IntStream.range(0, number)
                .mapToObj(i -> "  p" + i + ": {clients: ["
                        + IntStream.range(0, random.nextInt(3))
                                .mapToObj(any -> condition())
                                .collect(Collectors.joining(", "))
                        + "]}\n")
                .collect(Collectors.joining());
        Path file = Files.writeString(folder.resolve("policy.yaml"), "profiles:\n" + yaml + "otherwise: p0\n");
        Map<String, String> environment = Map.of("POLICY", file.toString(), "LISTEN", "tcp://127.0.0.1:0?name=ci");
        return ConfiguredProfiles.of(
                Settings.read(environment, Variables.load()).policy(),
                CATALOGUE,
                ParameterRules.load(),
                any -> LearnMode.off());
    }

    /** The daemon says that half of the addresses have another container than before, so that no condition on them is true. */
    private static LocalContainers changed() {
        LocalContainers containers = LocalContainers.NONE;
        for (int time = 1; time <= 2; time++) {
            int now = time;
            List<Endpoint> endpoints = IntStream.range(0, 16)
                    .mapToObj(i -> Endpoint.of(
                            "id" + i + (i % 2 == 0 ? now : 0),
                            "c" + i + (i % 2 == 0 ? now : 0),
                            List.of("10.0.0." + i + "/24")))
                    .toList();
            containers = containers.after(
                    new Description(
                            now,
                            LocalContainers.subnets(List.of("10.0.0.0/24")),
                            endpoints,
                            Map.of(),
                            true,
                            OwnLabels.NONE),
                    (address, network) -> ClientMatcher.network("10.0.0.0/25").selects(address, network));
        }
        return containers;
    }

    @Test
    void firstProfileIsFound() throws Exception {
        LocalContainers containers = changed();
        Set<String> seen = new TreeSet<>();
        for (int round = 0; round < 60; round++) {
            ConfiguredProfiles profiles = profiles(1 + random.nextInt(40));
            for (int i = 0; i < 200; i++) {
                String address = random.nextBoolean() ? "10.0.0." + random.nextInt(20) : "fd00::" + random.nextInt(20);
                Client plain = Client.tcp(random.nextBoolean() ? "ci" : null, InetAddress.getByName(address), null);
                boolean isLocated = random.nextBoolean();
                Client client = isLocated ? containers.locate(plain, Set.of()) : plain;
                ConfiguredProfile expected = profiles.all().stream()
                        .filter(each -> each.has(client))
                        .findFirst()
                        .orElse(profiles.otherwise());

                assertThat(profiles.of(client)).as("%s", client).isSameAs(expected);
                seen.add(isLocated + " "
                        + expected.name().equals(profiles.otherwise().name()));
            }
        }
        assertThat(seen).containsExactly("false false", "false true", "true false", "true true");
        assertThat(profiles(1).of(Client.unix(null, null, null)).name()).isEqualTo("p0");
    }
}
