package org.socketproxy.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The files of the configuration, as they were at the time of reading; equality compares their contents.
 *
 * @param env assignments that override the environment
 * @param policy profiles of the clients
 */
public record ConfigurationFiles(EnvFile env, PolicyFile policy) {
    /** Loads the files that this environment, or the env file itself, names. */
    public static ConfigurationFiles load(Map<String, String> environment) {
        EnvFile env = EnvFile.load(environment);
        return new ConfigurationFiles(env, PolicyFile.load(env.over(environment)));
    }

    /** Returns true if there is a file to read again. */
    public boolean isAnyNamed() {
        return env.isNamed() || policy.isNamed();
    }

    /**
     * Text of the file that a setting names.
     *
     * @param name empty without a file
     * @param problems empty if the text is valid
     */
    record Text(String name, String text, List<Problem> problems) {}

    /**
     * Reads a regular file of UTF-8 text.
     *
     * @param content expected content, for messages
     * @param maxKib largest size in KiB
     */
    static Text read(Map<String, String> environment, Setting setting, String content, int maxKib) {
        String name = environment.getOrDefault(setting.name(), "").strip();
        if (name.isEmpty()) {
            return new Text("", "", List.of());
        }
        try {
            Path path = Path.of(name);
            return Files.exists(path) && !Files.isRegularFile(path)
                    ? unusable(setting, name, "this is not a regular file; name a file with " + content)
                    : new Text(name, text(path, maxKib * 1024), List.of());
        } catch (CharacterCodingException bad) {
            return unusable(setting, name, "the file is not valid UTF-8; save it as UTF-8");
        } catch (AccessDeniedException denied) {
            return unusable(
                    setting, name, "the proxy's user has no read permission; grant it, for example with chmod o+r");
        } catch (IOException | InvalidPathException unreadable) {
            return unusable(
                    setting,
                    name,
                    "the file cannot be read; name an existing file of at most " + maxKib + " KiB, or unset it");
        }
    }

    static Text unusable(Setting setting, String name, String advice) {
        return new Text(name, "", List.of(new Problem(setting.name(), name, advice)));
    }

    private static String text(Path path, int maxBytes) throws IOException {
        try (InputStream file = Files.newInputStream(path)) {
            byte[] bytes = file.readNBytes(maxBytes + 1);
            if (bytes.length > maxBytes) {
                throw new IOException("The file is too large");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        }
    }

    /**
     * Content of the file that {@code POLICY} names, at the time of reading; equality compares the content.
     *
     * <p>Security: a file without a line break at its end may be incomplete, and could lack a denial. It is rejected.
     *
     * @param name the path in the setting, or empty without a file
     * @param problems reasons why the file is unusable, empty if it can be parsed
     */
    public record PolicyFile(String name, String text, List<Problem> problems) {
        private static final int MAX_KIB = 256;

        public PolicyFile {
            problems = List.copyOf(problems);
        }

        /** Loads the file that this environment names; errors become {@link #problems()}. */
        public static PolicyFile load(Map<String, String> environment) {
            ConfigurationFiles.Text file =
                    ConfigurationFiles.read(environment, Setting.POLICY, "profiles in YAML", MAX_KIB);
            if (!file.text().isEmpty() && !file.text().endsWith("\n")) {
                file = ConfigurationFiles.unusable(
                        Setting.POLICY,
                        file.name(),
                        "the last line has no line break, so it may be incomplete; add a line break");
            }
            return new PolicyFile(file.name(), file.text(), file.problems());
        }

        public boolean isNamed() {
            return !name.isEmpty();
        }

        /** Returns the name without its folder, for messages to clients. */
        String shortName() {
            Path last = Path.of(name).getFileName();
            return last == null ? name : last.toString();
        }
    }
}
