package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;

/**
 * {@code conf/socket-proxy.env} contains every variable and setting with the description and default of the code. The headings
 * and the order are written by hand; {@code -Dreadme.update=true} regenerates the entries.
 */
class EnvironmentFileTest {
    static final Path FILE = Path.of("conf", "socket-proxy.env");
    private static final int WIDTH = 110;
    /** Optional description lines and the commented-out assignment. */
    private static final Pattern ENTRY = Pattern.compile("(?m)(?:^# .*\n)*^#([A-Z0-9_]+)=.*\n");

    @TempDir
    Path folder;

    @Test
    void entriesMatchTheCode() throws IOException {
        Map<String, String> expected = entries();
        String text = Files.readString(FILE);
        if (Boolean.getBoolean("readme.update")) {
            text = ENTRY.matcher(text)
                    .replaceAll(
                            entry -> Matcher.quoteReplacement(expected.getOrDefault(entry.group(1), entry.group())));
            Files.writeString(FILE, text);
        }
        List<String> names = new ArrayList<>();
        Matcher entry = ENTRY.matcher(text);
        while (entry.find()) {
            names.add(entry.group(1));
            assertThat(entry.group())
                    .as("an entry of " + FILE + "; to refresh them run: mvn test -Dtest=EnvironmentFileTest"
                            + " -Dreadme.update=true")
                    .isEqualTo(expected.get(entry.group(1)));
        }
        assertThat(names)
                .as("the entries of " + FILE + "; add a line #NAME= where it belongs, and refresh")
                .containsExactlyInAnyOrderElementsOf(expected.keySet());
    }

    private static Map<String, String> entries() {
        Map<String, String> entries = new LinkedHashMap<>();
        for (Variable variable : Variables.load().all()) {
            String danger = variable.danger() == null ? "" : comment("DANGER: " + variable.danger());
            String line = "#" + variable.name() + "=" + (variable.isOnByDefault() ? "1" : "0") + "\n";
            entries.put(variable.name(), comment(variable.opens()) + danger + line);
        }
        for (Setting setting : Setting.values()) {
            String restart = setting.isLive() ? "" : " (a change needs a restart)";
            String line = "#" + setting + "=" + setting.defaultValue() + "\n";
            entries.put(setting.name(), comment(setting.meaning() + restart) + line);
        }
        return entries;
    }

    private static String comment(String text) {
        StringBuilder lines = new StringBuilder("#");
        int width = 1;
        for (String word : text.split(" ")) {
            if (width + 1 + word.length() > WIDTH) {
                lines.append("\n#");
                width = 1;
            }
            lines.append(' ').append(word);
            width += 1 + word.length();
        }
        return lines.append('\n').toString();
    }

    /** Returns the file with all entries uncommented, except ENV_FILE, which an env file must not set. */
    static String uncommented() throws IOException {
        return Files.readString(FILE).replaceAll("(?m)^#(?!ENV_FILE=)([A-Z0-9_]+=)", "$1");
    }

    @Test
    void uneditedFileChangesNothing() throws Exception {
        assertThat(read(Files.readString(FILE))).isEqualTo(read("# nothing\n"));
    }

    @Test
    void uncommentedFileEqualsTheDefaults() throws Exception {
        assertThat(uncommented().lines().filter(line -> line.matches("[A-Z0-9_]+=.*")))
                .hasSize(entries().size() - 1);
        assertThat(read(uncommented())).isEqualTo(read("# nothing\n"));
    }

    private Settings read(String text) throws Exception {
        Path file = Files.writeString(folder.resolve("proxy.env"), text);
        return Settings.read(Map.of(Setting.ENV_FILE.name(), file.toString()), Variables.load());
    }

    /** Docker treats quotes and blanks as part of the value. */
    @Test
    void noValueNeedsQuotes() {
        assertThat(Stream.concat(
                        Arrays.stream(Setting.values()).map(Setting::defaultValue),
                        Variables.load().all().stream().map(Variable::name)))
                .noneMatch(value -> value.matches(".*[ '\"$#\\\\].*"));
    }
}
