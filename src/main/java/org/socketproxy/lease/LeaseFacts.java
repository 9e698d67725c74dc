package org.socketproxy.lease;

import java.time.Instant;

/**
 * State of one lease, for the status page.
 *
 * @param uid user that has opened it
 * @param objects number of its objects
 * @param denials number of denied requests
 * @param problem what its end could not remove; empty without one
 */
public record LeaseFacts(
        String id,
        String template,
        int uid,
        LeaseState state,
        Instant ends,
        int objects,
        long denials,
        String problem) {
    static LeaseFacts of(Lease lease) {
        return new LeaseFacts(
                lease.id(),
                lease.template(),
                lease.uid(),
                lease.state(),
                lease.ends(),
                lease.record().size(),
                lease.denials(),
                lease.problem());
    }
}
