package org.socketproxy.reload;

import java.time.Instant;
import java.util.List;

/**
 * Outcome of reading the configuration or the certificates again.
 *
 * @param cause what triggered the reload, such as {@code SIGHUP}
 * @param isApplied whether the new state is in effect; otherwise the previous one still is
 * @param sentences what changed, or why the reload was refused
 */
public record ReloadResult(Instant at, String cause, boolean isApplied, List<String> sentences) {
    public ReloadResult {
        sentences = List.copyOf(sentences);
    }
}
