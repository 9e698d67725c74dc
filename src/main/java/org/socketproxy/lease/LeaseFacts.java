package org.socketproxy.lease;

import java.time.Instant;
import java.util.List;
import org.socketproxy.lease.Approvals.Question;

/**
 * State of one lease, for the status page.
 *
 * @param uid user that has opened it
 * @param objects number of its objects
 * @param denials number of denied requests
 * @param problem what its end could not remove; empty without one
 * @param waiting requests that wait for the approval of a person
 */
public record LeaseFacts(
        String id,
        String template,
        int uid,
        LeaseState state,
        Instant ends,
        int objects,
        long denials,
        String problem,
        List<String> waiting) {
    public LeaseFacts {
        waiting = List.copyOf(waiting);
    }

    static LeaseFacts of(Lease lease, List<Question> waiting) {
        return new LeaseFacts(
                lease.id(),
                lease.template(),
                lease.uid(),
                lease.state(),
                lease.ends(),
                lease.record().size(),
                lease.denials(),
                lease.problem(),
                waiting.stream().map(Question::text).toList());
    }
}
