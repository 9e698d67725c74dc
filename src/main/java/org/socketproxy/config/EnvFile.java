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
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The file that {@code ENV_FILE} names, as it was when it was read. Two are equal if they say the same.
 *
 * @param name as the setting names it, or empty for no file
 * @param lines what it says, by the names of variables and settings
 * @param problems what hinders its use, such as that it cannot be read
 */
public record EnvFile(String name, Map<String, Line> lines, List<Problem> problems) {
    private static final int MAX_BYTES = 64 * 1024;
    private static final EnvFile NONE = new EnvFile("", Map.of(), List.of());

    /**
     * The last line that gives a name its value.
     *
     * @param number from 1
     */
    record Line(int number, String value) {}

    public EnvFile {
        lines = Map.copyOf(lines);
        problems = List.copyOf(problems);
    }

    /** Reads the file that this environment names. Whatever is wrong with it becomes one of its problems. */
    public static EnvFile load(Map<String, String> environment) {
        String name = environment.getOrDefault(Setting.ENV_FILE.name(), "").strip();
        if (name.isEmpty()) {
            return NONE;
        }
        try {
            Path path = Path.of(name);
            if (Files.exists(path) && !Files.isRegularFile(path)) {
                return unusable(name, "this is no file; name a file of NAME=value lines");
            }
            return parse(name, text(path));
        } catch (CharacterCodingException bad) {
            return unusable(name, "this is no text in UTF-8; write it as such");
        } catch (AccessDeniedException denied) {
            return unusable(name, "this user may not read it; let it, such as by chmod o+r");
        } catch (IOException | InvalidPathException unreadable) {
            return unusable(name, "it cannot be read; name a file that is there, of 64 KiB at most, or nothing");
        }
    }

    private static String text(Path path) throws IOException {
        try (InputStream file = Files.newInputStream(path)) {
            byte[] bytes = file.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("The file has more than 64 KiB");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        }
    }

    static EnvFile parse(String name, String text) {
        return new EnvFileParser(name).parse(text);
    }

    private static EnvFile unusable(String name, String advice) {
        return new EnvFile(name, Map.of(), List.of(new Problem(Setting.ENV_FILE.name(), name, advice)));
    }

    /** Whether there is a file that could be read again. */
    public boolean isNamed() {
        return !name.isEmpty();
    }

    /** The environment with this file's lines in place of what it says itself. */
    public Map<String, String> over(Map<String, String> environment) {
        Map<String, String> merged = new HashMap<>(environment);
        lines.forEach((variable, line) -> merged.put(variable, line.value()));
        return merged;
    }

    /** The problem with its place, if it is this file's. */
    Problem place(Problem problem) {
        Line line = lines.get(problem.name());
        return line == null ? problem : problem.at(name + " line " + line.number());
    }
}
