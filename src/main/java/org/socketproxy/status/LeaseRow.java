package org.socketproxy.status;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One lease on the status page.
 *
 * @param uid user that has opened it
 * @param ends null if it ends now
 * @param objects number of its objects
 * @param denials number of denied requests
 * @param problem what its end could not remove; empty without one
 * @param waiting requests that wait for the approval of a person
 */
public record LeaseRow(
        String id,
        String template,
        int uid,
        String state,
        @Nullable Instant ends,
        int objects,
        long denials,
        String problem,
        List<String> waiting) {
    public LeaseRow {
        waiting = List.copyOf(waiting);
    }
}
