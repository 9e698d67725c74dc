package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.config.ConfigurationFiles.TextFile;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.testing.FuzzSeeds;

/**
 * Any text as an env file: it is read or refused, an incomplete one is refused, messages do not contain its content, and
 * only a line that names a variable grants it. The input is the text.
 */
class EnvFileFuzzTest {
    private static final Variables VARIABLES = Variables.load();
    private static final TextFile NO_POLICY = new TextFile("", "", java.util.List.of());

    static Stream<byte[]> seeds() throws IOException {
        return FuzzSeeds.of(
                Files.readString(Path.of("conf", "socket-proxy.env"), StandardCharsets.UTF_8),
                "CONTAINERS=1\nPOST='1' # both\n\nexport EVENTS=\"0\"\n",
                "\ufeffA=1\r\nB='2'\r\n".replace("\ufeff", "\u00ef\u00bb\u00bf"),
                "LISTEN=tcp://:2375?name=ci,unix:///run/p.sock?mode=0660\nBINDS=/srv/**:ro\nCREATE=safe\n",
                "PRESET=portainer-readonly\nMASK=env,args\nTARGETS=label:owner=ci\n",
                "MODE=learn\nLEARN_FOR=1h\nMAX_CONNECTIONS=5\nHEADER_TIMEOUT=3s\nCREATE_ALLOW=ports,capabilities:NET_ADMIN\n");
    }

    @MethodSource("seeds")
    @FuzzTest
    void isReadOrRefused(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        EnvFile file = EnvFile.parse("f", text);
        if (!file.problems().isEmpty()) {
            assertThat(file.problems()).allMatch(problem -> problem.sentence().startsWith("ENV_FILE=f: "));
            return;
        }
        assertThat(EnvFile.parse("f", text.replaceFirst("\n+$", "")).problems()).isNotEmpty();
        String[] lines = text.split("\n", -1);
        file.lines()
                .forEach((name, line) -> assertThat(lines[line.number() - 1])
                        .contains(name + "=")
                        .contains(line.value()));
        settings(file);
    }

    private static void settings(EnvFile file) {
        Map<String, EnvFile.Line> lines = new HashMap<>(file.lines());
        // these read files
        lines.keySet().removeIf(name -> name.endsWith("_FILE") || name.contains("TLS") || name.contains("CERT"));
        lines.keySet().removeAll(java.util.Set.of("POLICY", "LEDGER", "EXTENSIONS"));
        EnvFile safe = new EnvFile("f", lines, java.util.List.of());
        try {
            Settings settings = Settings.read(Map.of(), new ConfigurationFiles(safe, NO_POLICY, NO_POLICY), VARIABLES);
            assertThat(settings.policy().otherwise().granted())
                    .allMatch(granted -> lines.containsKey(granted)
                            || lines.containsKey("PRESET")
                            || VARIABLES.all().stream()
                                    .filter(Variable::isOnByDefault)
                                    .anyMatch(variable -> variable.name().equals(granted)));
        } catch (InvalidSettingsException refused) {
            assertThat(refused.problems()).isNotEmpty();
            assertThat(refused.getMessage()).isNotNull();
        }
    }
}
