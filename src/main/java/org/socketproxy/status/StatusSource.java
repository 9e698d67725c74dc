package org.socketproxy.status;

import org.socketproxy.usage.Suggestion;

/** Source of the data of the status page, the metrics and the health endpoints; collects it at each call. */
public interface StatusSource {
    /** Data of the status page. */
    StatusFacts facts();

    /** Data of {@code /metrics}. */
    MetricsFacts metrics();

    /** The minimal policy that allows all requests so far. */
    Suggestion suggestion();

    /** Returns true if the daemon answers or answered in the last probe, which may be a few seconds old. */
    boolean isDaemonUp();

    /** Returns true if the daemon has answered at least once. */
    boolean hasDaemonAnswered();

    /** Returns why the daemon does not answer, as a sentence; empty if it answers. */
    String daemonProblem();
}
