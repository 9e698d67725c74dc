package org.socketproxy.reload;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Consumer;
import org.socketproxy.audit.NoticeLog;

/**
 * Outcome of a reload of configuration or certificates.
 *
 * @param cause such as {@code SIGHUP}
 * @param isApplied whether the new state is in effect
 * @param sentences changes, or reasons of the refusal
 */
public record ReloadResult(Instant at, String cause, boolean isApplied, List<String> sentences) {
    public ReloadResult {
        sentences = List.copyOf(sentences);
    }

    /** Reports reloads in the log and on the status page. */
    record ReloadReport(Consumer<? super ReloadResult> page, NoticeLog log) {
        /** Writes one log line for each sentence. */
        void write(String cause, boolean isApplied, List<String> sentences) {
            page.accept(new ReloadResult(Instant.now().truncatedTo(ChronoUnit.SECONDS), cause, isApplied, sentences));
            if (isApplied) {
                sentences.forEach(sentence -> log.info("reload by " + cause + ": " + sentence));
            } else {
                sentences.forEach(sentence -> log.warn("reload by " + cause + " refused: " + sentence));
            }
        }
    }
}
