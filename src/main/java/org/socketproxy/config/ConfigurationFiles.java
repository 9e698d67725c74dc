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
import org.jspecify.annotations.Nullable;

/**
 * The files of the configuration, as they were at the time of reading; equality compares their contents.
 *
 * @param env assignments that override the environment
 * @param policy profiles of the clients
 * @param shadow policy that is tried
 */
public record ConfigurationFiles(EnvFile env, TextFile policy, TextFile shadow) {
    private static final int POLICY_KIB = 256;

    /** Loads the files that this environment, or the env file itself, names. */
    public static ConfigurationFiles load(Map<String, String> environment) {
        EnvFile env = EnvFile.load(environment);
        Map<String, String> settings = env.over(environment);
        return new ConfigurationFiles(
                env,
                SignedPolicy.verify(settings, policy(settings, Setting.POLICY, "profiles in YAML")),
                policy(settings, Setting.SHADOW_POLICY, "profiles in YAML, or NAME=value lines"));
    }

    /**
     * Keeps the version of a signed policy, before it is in force.
     *
     * @throws InvalidSettingsException if that is not possible; the policy must not be used then
     */
    public void keepVersion() throws InvalidSettingsException {
        SignedPolicy signed = policy.signed();
        if (signed != null) {
            signed.keep();
        }
    }

    /** Returns true if there is a file to read again. */
    public boolean isAnyNamed() {
        return env.isNamed() || policy.isNamed() || shadow.isNamed();
    }

    /**
     * File that a setting names, at the time of reading.
     *
     * @param name the path in the setting, or empty without a file
     * @param problems reasons why the file is unusable
     * @param signed its version, or null without {@code POLICY_KEY}
     */
    public record TextFile(
            String name,
            String text,
            List<Problem> problems,
            @Nullable SignedPolicy signed) {
        static final TextFile NONE = new TextFile("", "", List.of());

        public TextFile(String name, String text, List<Problem> problems) {
            this(name, text, problems, null);
        }

        public TextFile {
            problems = List.copyOf(problems);
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

    /** Security: a file without a line break at its end may be incomplete, and could lack a denial. */
    private static TextFile policy(Map<String, String> environment, Setting setting, String content) {
        TextFile file = read(environment, setting, content, POLICY_KIB);
        return file.text().isEmpty() || file.text().endsWith("\n")
                ? file
                : unusable(
                        setting,
                        file.name(),
                        "the last line has no line break, so it may be incomplete; add a line break");
    }

    /**
     * Reads a regular file of UTF-8 text.
     *
     * @param content expected content, for messages
     * @param maxKib largest size in KiB
     */
    static TextFile read(Map<String, String> environment, Setting setting, String content, int maxKib) {
        String name = environment.getOrDefault(setting.name(), "").strip();
        if (name.isEmpty()) {
            return TextFile.NONE;
        }
        try {
            Path path = Path.of(name);
            return Files.exists(path) && !Files.isRegularFile(path)
                    ? unusable(setting, name, "this is not a regular file; name a file with " + content)
                    : new TextFile(name, text(path, maxKib * 1024), List.of());
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

    static TextFile unusable(Setting setting, String name, String advice) {
        return new TextFile(name, "", List.of(new Problem(setting.name(), name, advice)));
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
}
