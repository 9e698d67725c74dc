package org.socketproxy.status;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One lease on the status page.
 *
 * @param uid user that has opened it
 * @param ends null if it ends now
 * @param objects number of its objects
 * @param denials number of denied requests
 * @param problem what its end could not remove; empty without one
 */
public record LeaseRow(
        String id,
        String template,
        int uid,
        String state,
        @Nullable Instant ends,
        int objects,
        long denials,
        String problem) {}
