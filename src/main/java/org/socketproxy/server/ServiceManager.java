package org.socketproxy.server;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.reload.ChangePoller.Reloadable;

/**
 * Tells systemd the state of the service (sd_notify(3)) with the program {@code systemd-notify}, because the JDK has no datagram Unix
 * sockets. Its polls feed the watchdog, so that systemd restarts a proxy whose reload thread hangs.
 *
 * <p>Threading: one thread at a time.
 */
final class ServiceManager implements Reloadable {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);
    private static final long PROGRAM_SECONDS = 5;

    /** Time between two messages to the watchdog in nanoseconds; 0 for no watchdog. */
    private final long interval;

    private long next = System.nanoTime();

    private ServiceManager(long interval) {
        this.interval = interval;
    }

    /** Returns no element if systemd did not start this process with {@code Type=notify}. */
    static List<ServiceManager> of(Map<String, String> environment) {
        String watchdog = environment.getOrDefault("WATCHDOG_USEC", "0");
        return environment.getOrDefault("NOTIFY_SOCKET", "").isEmpty()
                ? List.of()
                : List.of(new ServiceManager(
                        watchdog.matches("\\d{1,15}")
                                ? Duration.ofNanos(Long.parseLong(watchdog) * 1000)
                                                .toNanos()
                                        / 3
                                : 0));
    }

    /** The listeners are open. */
    void ready(String status) {
        send("--ready", "--status=" + status);
    }

    @Override
    public void reload() {
        poll();
    }

    @Override
    public void poll() {
        long now = System.nanoTime();
        if (interval > 0 && now - next >= 0) {
            next = now + interval;
            send("WATCHDOG=1");
        }
    }

    private static void send(String... message) {
        String[] command = new String[message.length + 1];
        command[0] = "systemd-notify";
        System.arraycopy(message, 0, command, 1, message.length);
        try {
            Process program = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.INHERIT) // not the input, which can be a listening socket
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            if (!program.waitFor(PROGRAM_SECONDS, TimeUnit.SECONDS)) {
                program.destroyForcibly();
                LOG.warn("systemd-notify did not end within {} s", PROGRAM_SECONDS);
            }
        } catch (IOException failed) {
            LOG.warn("Cannot tell systemd the state of the service: {}", failed.getMessage());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
