package org.socketproxy.exchange;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.ShadowRecord.HiddenElements;
import org.socketproxy.policy.Reason;

/** Another policy that is applied to an exchange, and never changes it. */
public interface Shadowed {
    /**
     * Called when the request is sent to the daemon.
     *
     * @param log writes the record of a denial; any thread may call it
     */
    void forwarded(DenialLog log);

    /** Called for each part of the request body that is sent to the daemon; must not keep or change the buffer. */
    void receive(ByteBuffer part, boolean isLast);

    /** Called with the status of the daemon's response. */
    void answered(int status);

    /**
     * Called after {@link #answered} if the response can have a body.
     *
     * @param isPlain whether the body is whole and has no content coding
     */
    void expectBody(boolean isPlain);

    /** Called for each part of the response body that the client gets; must not keep or change the buffer. */
    void show(ByteBuffer part);

    /** Called at the end of the exchange, also of one that was not forwarded. */
    void ended();

    /** Writes the audit records of an exchange that the other policy would deny or change. */
    interface DenialLog {
        /**
         * Writes the record.
         *
         * @param profile profile of the other policy, or null if it has no policy file
         */
        void wouldDeny(Reason reason, @Nullable String profile);

        /** Writes the record of a response that has a list with elements that the other policy would hide. */
        void wouldHide(HiddenElements list, @Nullable String profile);
    }
}
