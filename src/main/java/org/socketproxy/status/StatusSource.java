package org.socketproxy.status;

import java.util.List;
import org.socketproxy.policy.advice.Suggestion;

/** Source of the data of the status page, the metrics and the health endpoints; collects it at each call. */
public interface StatusSource {
    /**
     * Data of the status page.
     *
     * @param profile name of the profile to show; the first one if there is no such profile
     */
    StatusFacts facts(String profile);

    MetricsFacts metrics();

    /** The minimal policy that allows all requests so far, for each profile in its order; at least one. */
    List<Suggestion> suggestions();

    /** Returns true if the daemon answers or answered in the last probe, which may be a few seconds old. */
    boolean isDaemonUp();

    /** Returns true if the daemon has answered at least once. */
    boolean hasDaemonAnswered();

    /** Returns why the daemon does not answer, as a sentence; empty if it answers. */
    String daemonProblem();
}
