package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The new side of each diff in {@code docs/migrate.md} is a configuration that the proxy accepts. */
class MigratePageTest {
    private static final Path PAGE = Path.of("docs/migrate.md");
    private static final int PEERS = 5;

    @TempDir
    Path folder;

    private static List<String> newSides() throws IOException {
        return DocumentedSettings.blocks(PAGE, "diff").stream()
                .map(MigratePageTest::newSide)
                .toList();
    }

    private static String newSide(String diff) {
        return diff.lines()
                .filter(line -> !line.startsWith("-"))
                .map(line -> line.substring(1))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /** The new compose file, and the new configuration beside it. */
    static Stream<Arguments> pairs() throws IOException {
        List<String> sides = newSides();
        return IntStream.range(0, sides.size() / 2).mapToObj(i -> Arguments.of(sides.get(2 * i), sides.get(2 * i + 1)));
    }

    @Test
    void eachPeerHasTwoDiffs() throws IOException {
        assertThat(newSides()).hasSize(2 * PEERS);
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void newSideIsAccepted(String compose, String configuration) throws IOException {
        Map<String, String> environment = DocumentedSettings.environment(DocumentedSettings.yaml(compose));
        boolean isPolicy = configuration.startsWith("profiles:");

        DocumentedSettings.assertAccepted(environment, configuration, folder);
        assertThat(environment.containsKey("POLICY")).isEqualTo(isPolicy);
        Map<String, String> all = isPolicy ? environment : DocumentedSettings.lines(configuration);
        DocumentedSettings.assertAccepted(all, configuration, folder);
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void newProxyHasMinimalPrivileges(String compose, String configuration) throws IOException {
        var proxy = DocumentedSettings.yaml(compose).at("/services/socket-proxy");

        assertThat(configuration).isNotBlank();
        assertThat(proxy.at("/image").asText()).isEqualTo("docker-socket-proxy:local");
        assertThat(proxy.at("/read_only").asBoolean()).isTrue();
        assertThat(proxy.at("/tmpfs").toString()).isEqualTo("[\"/run\"]");
        assertThat(proxy.at("/cap_drop").toString()).isEqualTo("[\"ALL\"]");
        assertThat(proxy.at("/cap_add").toString()).isEqualTo("[\"SETUID\",\"SETGID\"]");
        assertThat(proxy.at("/security_opt").toString()).isEqualTo("[\"no-new-privileges:true\"]");
    }
}
