package org.socketproxy.exchange;

import java.nio.ByteBuffer;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.scope.ScopedRequest;

/**
 * A copy of an exchange on which steps can run for another profile. It is never forwarded, answered or ended, and writes no record.
 *
 * @param exchange has the client and the id of the real one; its body counts as held, so that no step reads the body of the client
 */
public record Rehearsal(Exchange exchange) {
    /**
     * Begins a rehearsal.
     *
     * @param judged the request as the profile restricts it
     * @param allowed decision of the profile on the head
     */
    public static Rehearsal of(Exchange real, Profile profile, ScopedRequest judged, Decision allowed) {
        Exchange copy = new Exchange(real.clientSide(), real.audit.again());
        copy.assign(profile);
        copy.permit(judged, allowed);
        copy.replaceBody(ByteBuffer.allocate(0));
        return new Rehearsal(copy);
    }
}
