package org.socketproxy.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Reads the token of the status page from {@code STATUS_TOKEN}, or from the file that {@code STATUS_TOKEN_FILE} names.
 *
 * <p>Security: no problem that it reports contains a token, not even an invalid one.
 */
final class StatusTokenReader {
    /** These characters need no escape in a query, a cookie and a header. */
    private static final Pattern TOKEN = Pattern.compile("[a-zA-Z0-9._-]{16,256}");

    private static final String RIGHT =
            "16 to 256 letters, digits, dots, hyphens and underscores, such as the output of openssl rand -hex 16";
    private static final int MAX_BYTES = 1024;

    private final Map<String, String> environment;
    private final Consumer<Problem> problems;

    StatusTokenReader(Map<String, String> environment, Consumer<Problem> problems) {
        this.environment = environment;
        this.problems = problems;
    }

    /** Returns the token, a false value such as {@code off}, or empty if neither setting has a value. */
    String read() {
        String token = value(Setting.STATUS_TOKEN);
        String file = value(Setting.STATUS_TOKEN_FILE);
        if (file.isEmpty()) {
            if (!token.isEmpty()
                    && !BooleanSetting.isNo(token)
                    && !TOKEN.matcher(token).matches()) {
                problems.accept(new Problem(
                        Setting.STATUS_TOKEN.name(),
                        "…",
                        "use " + RIGHT + "; unset it for a random token, or use off"));
            }
            return token;
        }
        if (!token.isEmpty()) {
            refuse(file, "STATUS_TOKEN is set too; set only one of the two");
            return token;
        }
        return readFile(file);
    }

    private String readFile(String name) {
        try {
            Path path = Path.of(name);
            if (!path.isAbsolute()) {
                refuse(name, "use the absolute path of a file, such as /run/secrets/status_token");
            } else if (Files.exists(path) && !Files.isRegularFile(path)) {
                refuse(name, "this is not a regular file; name a file that contains the token");
            } else {
                String token = content(path).strip();
                if (TOKEN.matcher(token).matches()) {
                    return token;
                }
                refuse(name, token.isEmpty() ? "the file is empty; write " + RIGHT : "the file must contain " + RIGHT);
            }
        } catch (NoSuchFileException missing) {
            refuse(name, "the file does not exist; name the file that contains the token");
        } catch (AccessDeniedException denied) {
            refuse(
                    name,
                    "the proxy's user has no read permission; in the image it is user 65532 with the group of the"
                            + " socket");
        } catch (IOException | InvalidPathException unreadable) {
            refuse(name, "the file cannot be read; name the file that contains the token");
        }
        return "";
    }

    private static String content(Path path) throws IOException {
        try (InputStream file = Files.newInputStream(path)) {
            return new String(file.readNBytes(MAX_BYTES), StandardCharsets.ISO_8859_1);
        }
    }

    private String value(Setting setting) {
        return environment.getOrDefault(setting.name(), "").strip();
    }

    private void refuse(String file, String advice) {
        problems.accept(new Problem(Setting.STATUS_TOKEN_FILE.name(), file, advice));
    }
}
