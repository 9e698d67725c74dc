package org.socketproxy.inquiry;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A part of the decision on a permitted request. Never blocks. */
public interface Step {
    /**
     * Runs the step. Its verdict can come from any thread; no other step of the exchange runs before.
     *
     * @param inquiry asks the daemon for the exchange
     * @return null if it passes the request at once
     */
    @Nullable
    CompletableFuture<Verdict> run(Inquiry inquiry);
}
