package org.socketproxy.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the file names of the listeners' certificates; {@code ListenerCredentials} loads and checks the files. */
final class TlsReader {
    private final Function<Setting, String> values;
    private final BiConsumer<Setting, String> refuse;

    TlsReader(Function<Setting, String> values, BiConsumer<Setting, String> refuse) {
        this.values = values;
        this.refuse = refuse;
    }

    /** Returns the files, or null if no listener uses TLS or a file is missing. */
    @Nullable
    TlsSettings read(List<ListenAddress> listen) {
        boolean isNeeded =
                listen.stream().anyMatch(address -> address instanceof NetworkAddress network && network.isTls());
        Path certificate = file(Setting.TLS_CERT, isNeeded);
        Path key = file(Setting.TLS_KEY, isNeeded);
        Path clientAuthorities = file(Setting.TLS_CLIENT_CA, false);
        return !isNeeded || certificate == null || key == null
                ? null
                : new TlsSettings(certificate, key, clientAuthorities);
    }

    private @Nullable Path file(Setting setting, boolean isNeeded) {
        String value = values.apply(setting);
        if (value.isEmpty()) {
            if (isNeeded) {
                refuse.accept(
                        setting,
                        "a tls:// address in LISTEN requires it; name a PEM file, such as /certs/"
                                + (setting == Setting.TLS_CERT ? "cert.pem" : "key.pem"));
            }
            return null;
        }
        try {
            Path path = Path.of(value);
            if (path.isAbsolute()) {
                return path;
            }
        } catch (InvalidPathException none) {
            // Reported below.
        }
        refuse.accept(setting, "use the absolute path of a PEM file, such as /certs/cert.pem");
        return null;
    }
}
