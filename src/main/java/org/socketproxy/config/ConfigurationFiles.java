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
