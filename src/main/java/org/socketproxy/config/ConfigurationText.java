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

/** Reads a file of configuration as text, and says what to do if this is not possible. */
final class ConfigurationText {
    private ConfigurationText() {}

    /** Thrown if the file cannot be used; the message is the error and its fix. */
    static final class UnusableException extends Exception {
        private static final long serialVersionUID = 1;

        UnusableException(String advice) {
            super(advice);
        }
    }

    /**
     * Reads a regular file of UTF-8 text.
     *
     * @param content what the file should contain, for the message
     * @param maxKib largest size in KiB
     */
    static String read(String name, String content, int maxKib) throws UnusableException {
        try {
            Path path = Path.of(name);
            if (Files.exists(path) && !Files.isRegularFile(path)) {
                throw new UnusableException("this is not a regular file; name a file with " + content);
            }
            return text(path, maxKib * 1024);
        } catch (CharacterCodingException bad) {
            throw new UnusableException("the file is not valid UTF-8; save it as UTF-8");
        } catch (AccessDeniedException denied) {
            throw new UnusableException(
                    "the proxy's user has no read permission; grant it, for example with chmod o+r");
        } catch (IOException | InvalidPathException unreadable) {
            throw new UnusableException(
                    "the file cannot be read; name an existing file of at most " + maxKib + " KiB, or unset it");
        }
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
