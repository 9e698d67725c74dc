package org.socketproxy.tls;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.DaemonAddress;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Settings;

/**
 * All certificates and keys of the settings.
 *
 * @param listeners null if no listener uses TLS
 * @param daemon null without TLS to the daemon
 */
public record Credentials(
        @Nullable ListenerCredentials listeners, @Nullable DaemonCredentials daemon) {

    /**
     * Loads all files.
     *
     * @throws InvalidSettingsException with one problem for each unusable file
     */
    public static Credentials load(Settings settings) throws InvalidSettingsException {
        List<Problem> problems = new ArrayList<>();
        ListenerCredentials listeners = null;
        DaemonCredentials daemon = null;
        Settings.Tls tls = settings.connections().tls();
        Path folder = folder(settings.connections().daemon());
        try {
            listeners = tls == null ? null : ListenerCredentials.load(tls);
        } catch (InvalidSettingsException invalid) {
            problems.addAll(invalid.problems());
        }
        try {
            daemon = folder == null ? null : DaemonCredentials.load(folder);
        } catch (InvalidSettingsException invalid) {
            problems.addAll(invalid.problems());
        }
        if (!problems.isEmpty()) {
            throw new InvalidSettingsException(problems);
        }
        return new Credentials(listeners, daemon);
    }

    /** Returns the files of {@link #load}, also missing ones. */
    public static List<Path> files(Settings settings) {
        List<Path> files = new ArrayList<>();
        Settings.Tls tls = settings.connections().tls();
        if (tls != null) {
            Stream.of(tls.certificate(), tls.key(), tls.clientAuthorities())
                    .filter(Objects::nonNull)
                    .forEach(files::add);
        }
        Path folder = folder(settings.connections().daemon());
        if (folder != null) {
            files.addAll(DaemonCredentials.files(folder));
        }
        return files;
    }

    private static @Nullable Path folder(DaemonAddress address) {
        return address instanceof DaemonAddress.Tcp tcp ? tcp.certificates() : null;
    }

    /** Returns the times until which the certificates of the proxy are valid, by {@code listener} and {@code daemon}. */
    public Map<String, Instant> expiries() {
        Map<String, Instant> expiries = new LinkedHashMap<>();
        if (listeners != null) {
            expiries.put("listener", listeners.identity().expiry());
        }
        if (daemon != null && daemon.identity() != null) {
            expiries.put("daemon", daemon.identity().expiry());
        }
        return expiries;
    }

    /** Returns sentences for the log, without secrets. */
    public List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        if (listeners != null) {
            sentences.add(listeners.sentence());
        }
        if (daemon != null) {
            sentences.add(daemon.sentence());
        }
        return sentences;
    }
}
