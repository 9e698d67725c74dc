package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.config.ConfigurationFiles.TextFile;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.FuzzSeeds;

/**
 * Any text as a policy file: it is read, or each problem has a place in it; and a file that does not say {@code otherwise}
 * gives a client without a profile no permission. The input is the text.
 */
class PolicyTextFuzzTest {
    private static final Variables VARIABLES = Variables.load();
    private static final DaemonAddress DAEMON = new DaemonAddress.Unix(Path.of("/var/run/docker.sock"), false);

    static Stream<byte[]> seeds() throws IOException {
        return FuzzSeeds.of(
                Files.readString(Path.of("conf", "profiles", "policy.yaml")),
                "profiles:\n  ci:\n    clients: [{listener: ci}]\n    variables: [CONTAINERS, POST]\n"
                        + "    create: {binds: [/srv/data:ro], allow: [ports]}\n    targets: [label:owner=ci]\n"
                        + "    mask: [env]\n    max: {exchanges: 5}\n  web: {clients: [{address: 10.0.0.0/8}], preset: traefik}\n"
                        + "otherwise: deny\n",
                "profiles: {a: {clients: any, allow: [ContainerList], deny: [ImageList]}}\n");
    }

    @MethodSource("seeds")
    @FuzzTest
    void isReadOrRefusedWithItsPlace(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        List<Problem> problems = new ArrayList<>();
        PolicySettings read = read(text, problems);
        long lines = text.lines().count() + 1;
        assertThat(problems)
                .allSatisfy(
                        problem -> assertThat(problem.sentence()).isNotEmpty().doesNotContain("\n"))
                .allSatisfy(
                        problem -> assertThat(Long.parseLong(problem.place().replaceFirst("f line (\\d+) .*", "$1")))
                                .isBetween(1L, lines + 1));
        assertThat(read.profiles()).allMatch(profile -> !profile.clients().isEmpty() || !problems.isEmpty());
        boolean isSilent = !text.contains("otherwise") && !text.contains("\\");
        assertThat(!isSilent || read.otherwise().granted().isEmpty())
                .as("granted to others: %s", read.otherwise().granted())
                .isTrue();
    }

    private static PolicySettings read(String text, List<Problem> problems) {
        TextFile file = new TextFile("f", text, List.of());
        ProfileReader.Source source = new ProfileReader.Source(
                VARIABLES, OperationCatalogue.load(), ParameterRules.load(), DAEMON, 1 << 20, List.of());
        return new PolicyReader(file, source, List.of("ci", "web"), problems::add).read();
    }
}
