package org.socketproxy.status;

import org.socketproxy.usage.Suggestion;

/** What the pages are made of, gathered whenever somebody asks. */
public interface StatusSource {
    /** For the page that people see. */
    StatusFacts facts();

    /** For those who scrape. */
    MetricsFacts metrics();

    /** The least that would allow what was asked for. */
    Suggestion suggestion();

    /** Whether the daemon answers, or did so a moment ago. */
    boolean isDaemonUp();

    /** Whether the daemon has answered at least once. */
    boolean hasDaemonAnswered();

    /** Why the daemon does not answer, in words, or empty. */
    String daemonProblem();
}
