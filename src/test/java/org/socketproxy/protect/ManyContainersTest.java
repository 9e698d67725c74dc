package org.socketproxy.protect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.self.DaemonView;
import org.socketproxy.policy.self.DaemonView.Network;
import org.socketproxy.testing.ProxyUnderTest;

/** The objects of one client, in any number and of any length, fail no request of another client. */
class ManyContainersTest extends ClientProtectionFixture {
    private static final int MANY = 20_000;
    private static final String CREATE = "POST /containers/create";
    private static final String IN_OWN_NETWORK = "{'Image':'a','HostConfig':{'NetworkMode':'apps'}}";
    private static final String IN_OTHER_NETWORK = "{'Image':'a','HostConfig':{'NetworkMode':'clients'}}";

    private ProxyUnderTest proxy() throws IOException {
        Path policy = folder.resolve("policy.yaml");
        Files.writeString(policy, """
                profiles:
                  ci:
                    clients: [{address: 127.0.0.1}]
                    variables: {POST: 1, CONTAINERS: 1, EXEC: 1, NETWORKS: 1, VOLUMES: 1}
                    create: {rules: safe}
                  admin: {clients: [{network: 172.30.2.0/24}], variables: {POST: 1}}
                  one: {clients: [{network: 172.30.4.0/24}], variables: {POST: 1}}
                  two: {clients: [{network: 10.0.0.0/8}], variables: {POST: 1}}
                """);
        return ProxyUnderTest.with(
                daemon.socket(),
                Map.of(
                        "POLICY",
                        policy.toString(),
                        "SELF_CONTAINER",
                        GUARD,
                        "LISTEN",
                        "tcp://127.0.0.1:0,tcp://0.0.0.0:0"));
    }

    /** Four networks have a quarter of the containers each; two of these are networks of other profiles. */
    private static String many(String label) {
        String[] networks = {"apps 172.30.3", "clients 172.30.2", "private 172.30.4", "bridge 172.17.0"};
        return IntStream.range(0, MANY)
                .mapToObj(i -> {
                    String[] network = networks[i % 4].split(" ");
                    String address = network[1] + "." + (10 + i % 200);
                    String id = String.format(Locale.ROOT, "f%05x", i);
                    return ","
                            + container(id, "many-" + i, network[0], address, "v" + i)
                                    .replace("\"Image\"", "\"Labels\":{" + label + "},\"Image\"");
                })
                .collect(Collectors.joining());
    }

    private void assertDecides(ProxyUnderTest proxy) throws IOException {
        assertThat(sendLater(proxy, CREATE, IN_OWN_NETWORK)).startsWith("HTTP/1.1 200 ");
        assertThat(sendLater(proxy, CREATE, IN_OTHER_NETWORK)).startsWith("HTTP/1.1 403 ");
        assertThat(sendLater(proxy, "DELETE /volumes/cache", "-")).startsWith("HTTP/1.1 200 ");
        assertThat(sendLater(proxy, "DELETE /volumes/portainer-data", "-")).startsWith("HTTP/1.1 403 ");
        assertThat(sendLater(proxy, "POST /containers/web/stop", "-")).startsWith("HTTP/1.1 200 ");
        assertThat(sendLater(proxy, "DELETE /containers/portainer", "-")).startsWith("HTTP/1.1 403 ");
    }

    @Test
    void listsOfManyContainersAndNetworksAreRead() throws Exception {
        furtherContainers = many("\"a\":\"" + "x".repeat(200) + "\"");
        furtherNetworks = IntStream.range(0, 5000)
                .mapToObj(i -> "," + network(String.format(Locale.ROOT, "e%05x", i), "config-" + i, ""))
                .collect(Collectors.joining());
        try (ProxyUnderTest proxy = proxy()) {
            assertDecides(proxy);
            long begin = System.nanoTime();
            assertDecides(proxy);
            System.out.printf(
                    "%d containers, %d KiB: six requests, four with a list, in %d ms%n",
                    MANY, furtherContainers.length() >> 10, (System.nanoTime() - begin) / 1_000_000);
        }
    }

    /** The members that the proxy does not need have any length, number and depth. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"a\":\"LONG\"",
                "\"LONG\":\"\"",
                "\"a\":\"ESCAPES\"",
                "MANY\"a\":\"\"",
                "\"a\":DEEP1END",
            })
    void oneElementOfAnySizeIsRead(String label) throws Exception {
        String large = label.replace("LONG", "x".repeat(3 << 20))
                .replace("ESCAPES", "\\u0001".repeat(1 << 19))
                .replace(
                        "MANY",
                        IntStream.range(0, 60_000)
                                .mapToObj(i -> "\"" + i + "\":\"\",")
                                .collect(Collectors.joining()))
                .replace("DEEP", "[".repeat(400))
                .replace("END", "]".repeat(400));
        furtherContainers = ","
                + container("ffff", "large", "apps", "172.30.3.9", "")
                        .replace("\"Image\"", "\"Labels\":{" + large + "},\"Image\"");
        furtherNetworks = "," + network("fffe", "large", "").replace("\"Id\"", "\"Labels\":{" + large + "},\"Id\"");
        try (ProxyUnderTest proxy = proxy()) {
            assertDecides(proxy);
        }
    }

    /** No client with {@code CREATE=safe} can make such a container. */
    @Test
    void anObjectOfMoreThan8MibFailsOnlyRequestsAboutIt() throws Exception {
        try (ProxyUnderTest proxy = proxy()) {
            assertThat(sendLater(proxy, "POST /containers/huge/stop", "-")).startsWith("HTTP/1.1 50");
            assertThat(targets).noneMatch(target -> target.endsWith("/stop"));
            assertDecides(proxy);
        }
    }

    /** Requests about one object need no list, and the proxy asks what uses a volume if there is none. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DELETE /containers/web           | 200",
                "POST /containers/web/stop        | 200",
                "POST /containers/web/kill        | 200",
                "DELETE /containers/portainer     | 403",
                "DELETE /containers/sidecar       | 403",
                "DELETE /containers/old           | 403",
                "DELETE /networks/bridge          | 200",
                "DELETE /networks/clients         | 403",
                "DELETE /networks/c0ffee          | 403",
                "DELETE /volumes/cache            | 200",
                "DELETE /volumes/portainer-data   | 403",
                "POST /containers/create          | 503",
            })
    void ownObjectsAreRemovedWithoutAList(String request, int status) throws Exception {
        isListed = false;
        try (ProxyUnderTest proxy = proxy()) {
            assertThat(sendLater(proxy, request, request.contains("create") ? IN_OWN_NETWORK : "-"))
                    .startsWith("HTTP/1.1 " + status + " ");
        }
    }

    /** The request goes on with the id that was judged: a name could move. */
    @Test
    void theJudgedContainerIsTheOneOfTheRequest() throws Exception {
        try (ProxyUnderTest proxy = proxy()) {
            assertThat(sendLater(proxy, "POST /containers/web/stop", "-")).startsWith("HTTP/1.1 200 ");

            assertThat(targets).contains("/containers/" + id("eb") + "/stop").doesNotContain("/containers/json?all=1");
        }
    }

    /** Three quarters of the 20,000 containers are clients. */
    @Test
    void theClientsAmongManyContainersTakeLittleMemory() throws Exception {
        byte[] list = ("[" + many("\"a\":\"b\"").substring(1) + "]").getBytes(StandardCharsets.UTF_8);
        CertificateClients certificates = new CertificateClients();
        Network clients = DaemonView.inspected(
                        StandardCharsets.UTF_8.encode(network("c0ffee", "clients", "172.30.2.0/24")))
                .orElseThrow();
        ClientProtection.ClientReader reader = new ClientProtection.ClientReader(
                new ClientSubjects(
                        java.util.List.of(),
                        java.util.List.of(),
                        new DaemonView(java.util.List.of(clients), java.util.Optional.empty()),
                        certificates),
                certificates,
                java.util.Set.of());
        long begin = System.nanoTime();
        for (int from = 0; from < list.length; from += 1 << 15) {
            reader.elements().accept(ByteBuffer.wrap(list, from, Math.min(1 << 15, list.length - from)), out -> {});
        }
        reader.elements().end();

        assertThat(reader.elements().seen()).isEqualTo(MANY);
        assertThat(reader.heldBytes()).isLessThan(5 << 20);
        System.out.printf("%d KiB read in %d ms%n", list.length >> 10, (System.nanoTime() - begin) / 1_000_000);
    }
}
