package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.policy.Variables;

/**
 * Changed copies of a valid policy file are read, or are refused with a place. A file that lost its end or any line never
 * gives a client that has no profile a permission.
 */
class PolicyFileFuzzTest {
    private static final Variables VARIABLES = Variables.load();
    private static final int ROUNDS = 4000;
    private static final List<String> PIECES = List.of(
            "{",
            "}",
            "[",
            "]",
            ": ",
            "- ",
            "\n",
            "  ",
            "\t",
            "\"",
            "'",
            "#",
            "&a ",
            "*a",
            "!!map ",
            "---\n",
            "|",
            ">",
            "? ",
            "%",
            "\u0000",
            "\ufeff",
            "é",
            "0x1",
            "null",
            "~",
            "<<: ",
            ",",
            "profiles",
            "otherwise: ci\n");

    @TempDir
    Path folder;

    @Test
    void changedFileIsReadOrRefusedWithItsPlace() throws Exception {
        String valid = Files.readString(Path.of("conf/profiles/policy.yaml"));
        Random random = new Random(17);
        int refused = 0;
        for (int i = 0; i < ROUNDS; i++) {
            String text = changed(valid, random);
            Path file = Files.write(folder.resolve("policy.yaml"), text.getBytes(StandardCharsets.UTF_8));
            try {
                Settings settings = Settings.read(
                        Map.of("POLICY", file.toString(), "LISTEN", "unix:///run/ci.sock?name=ci"), VARIABLES);
                boolean isNamed = text.contains("otherwise: ci\n");
                assertThat(isNamed || settings.policy().otherwise().granted().isEmpty())
                        .as(text)
                        .isTrue();
            } catch (InvalidSettingsException invalid) {
                refused++;
                assertThat(invalid.problems())
                        .as(text)
                        .isNotEmpty()
                        .allMatch(problem -> problem.place().startsWith(file + " line ")
                                || problem.name().equals("POLICY"));
            }
        }
        assertThat(refused).isBetween(ROUNDS / 4, ROUNDS - ROUNDS / 50);
    }

    private static String changed(String valid, Random random) {
        StringBuilder text = new StringBuilder(valid);
        for (int i = 0; i <= random.nextInt(3); i++) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(4)) {
                case 0 -> text.insert(at, PIECES.get(random.nextInt(PIECES.size())));
                case 1 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(12)));
                case 2 -> text.setLength(Math.max(1, at));
                default -> {
                    int start = text.lastIndexOf("\n", at) + 1;
                    int end = text.indexOf("\n", at);
                    text.delete(start, end < 0 ? text.length() : end + 1);
                }
            }
            if (text.length() == 0) {
                text.append('\n');
            }
        }
        return text.toString();
    }
}
