package org.socketproxy.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads a file with one secret.
 *
 * <p>Security: no problem contains the secret.
 */
final class SecretFile {
    private static final int MAX_BYTES = 4096;

    private SecretFile() {}

    /**
     * Returns the text without spaces around it; nothing after a problem.
     *
     * @param example a path
     * @param content what the file contains, such as {@code the token}
     */
    static Optional<String> text(Reading reading, Setting setting, String example, String content) {
        try {
            Path path = Path.of(reading.text(setting));
            if (!path.isAbsolute()) {
                reading.refuse(setting, "use the absolute path of a file, such as " + example);
            } else if (Files.exists(path) && !Files.isRegularFile(path)) {
                reading.refuse(setting, "this is not a regular file; name a file that contains " + content);
            } else {
                return Optional.of(read(path).strip());
            }
        } catch (NoSuchFileException missing) {
            reading.refuse(setting, "the file does not exist; name the file that contains " + content);
        } catch (AccessDeniedException denied) {
            reading.refuse(
                    setting,
                    "the proxy's user has no read permission; in the image it is user 65532 with the group of the"
                            + " socket");
        } catch (IOException | InvalidPathException unreadable) {
            reading.refuse(setting, "the file cannot be read; name the file that contains " + content);
        }
        return Optional.empty();
    }

    private static String read(Path path) throws IOException {
        try (InputStream file = Files.newInputStream(path)) {
            return new String(file.readNBytes(MAX_BYTES), StandardCharsets.ISO_8859_1);
        }
    }
}
