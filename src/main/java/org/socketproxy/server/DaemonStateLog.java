package org.socketproxy.server;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.daemon.DaemonProbe;
import org.socketproxy.reload.ChangePoller.Reloadable;

/**
 * Probes the daemon in the background and logs one line when it stops answering, when the cause changes, and when it answers
 * again.
 *
 * <p>Threading: one thread at a time.
 */
final class DaemonStateLog implements Reloadable {
    /** Polls that are skipped while the daemon answers, because each ping wakes it. A failed daemon is probed at each poll. */
    static final int POLLS_BETWEEN_PROBES = 10;

    private static final Logger LOG = LoggerFactory.getLogger(DaemonStateLog.class);

    private final String address;
    private final DaemonProbe probe;
    private final Consumer<String> listener;
    /** The last reported problem; empty if the daemon answered; null before the first report. */
    private @Nullable String reported;

    private int pollsToSkip;

    /** @param listener gets the problem at each change; empty if the daemon answers */
    DaemonStateLog(String address, DaemonProbe probe, Consumer<String> listener) {
        this.address = address;
        this.probe = probe;
        this.listener = listener;
    }

    /** For the start report: returns why the daemon does not answer; empty if it answers or the probe has no result yet. */
    String problem() {
        DaemonProbe.Result answer = probe.answer();
        if (answer.isUnknown()) {
            return "";
        }
        reported = answer.problem();
        listener.accept(reported);
        return answer.problem();
    }

    /** Probes immediately: the daemon may answer after a reload of certificates. */
    @Override
    public void reload() {
        pollsToSkip = 0;
        poll();
    }

    @Override
    public void poll() {
        if (pollsToSkip > 0) {
            pollsToSkip--;
            return;
        }
        DaemonProbe.Result answer = probe.answer();
        String problem = answer.problem();
        pollsToSkip = problem.isEmpty() ? POLLS_BETWEEN_PROBES : 0;
        if (problem.equals(reported) || answer.isUnknown()) {
            return;
        }
        reported = problem;
        listener.accept(problem);
        if (problem.isEmpty()) {
            LOG.info("The daemon at {} answers{}", address, answer.name().isEmpty() ? "" : ": " + answer.name());
        } else {
            LOG.warn("The daemon at {} does not answer: {}", address, problem);
        }
    }
}
