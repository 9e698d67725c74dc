package org.socketproxy.server;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.daemon.DaemonProbe;
import org.socketproxy.reload.Reloadable;

/**
 * Asks the daemon in the background, and logs when it stops to answer, when the cause changes, and when it answers again:
 * one line each, also while no client asks for anything.
 *
 * <p>Threading: one thread at a time.
 */
final class DaemonStateLog implements Reloadable {
    /** A daemon that answers is asked seldom, because each ping wakes it; one that does not, at each look. */
    static final int LOOKS_BETWEEN_ANSWERS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(DaemonStateLog.class);

    private final String address;
    private final DaemonProbe probe;
    /** The cause that was told last, empty for a daemon that answers, or null before the first answer. */
    private @Nullable String told;

    private int looksToSkip;

    DaemonStateLog(String address, DaemonProbe probe) {
        this.address = address;
        this.probe = probe;
    }

    /** For the start report: why the daemon does not answer, with the cure; empty if it answers, or is being asked. */
    String problem() {
        DaemonProbe.Answer answer = probe.answer();
        if (answer.equals(DaemonProbe.Answer.UNKNOWN)) {
            return "";
        }
        told = answer.problem();
        return answer.problem();
    }

    /** Asks now: after a reload of certificates the daemon may answer. */
    @Override
    public void hangUp() {
        looksToSkip = 0;
        look();
    }

    @Override
    public void look() {
        if (looksToSkip > 0) {
            looksToSkip--;
            return;
        }
        DaemonProbe.Answer answer = probe.answer();
        String problem = answer.problem();
        looksToSkip = problem.isEmpty() ? LOOKS_BETWEEN_ANSWERS : 0;
        if (problem.equals(told) || answer.equals(DaemonProbe.Answer.UNKNOWN)) {
            return;
        }
        told = problem;
        if (problem.isEmpty()) {
            LOG.info("The daemon at {} answers{}", address, answer.name().isEmpty() ? "" : ": " + answer.name());
        } else {
            LOG.warn("The daemon at {} does not answer: {}", address, problem);
        }
    }
}
