package org.socketproxy.reload;

import java.io.PrintStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Consumer;

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
    record ReloadReport(Consumer<? super ReloadResult> page, PrintStream log) {
        /** Writes one log line for each sentence. */
        void write(String cause, boolean isApplied, List<String> sentences) {
            page.accept(new ReloadResult(Instant.now().truncatedTo(ChronoUnit.SECONDS), cause, isApplied, sentences));
            String head = "docker-socket-proxy: reload by " + cause + (isApplied ? ": " : " refused: ");
            StringBuilder lines = new StringBuilder();
            sentences.forEach(sentence -> lines.append(head).append(sentence).append('\n'));
            log.print(lines);
            log.flush();
        }
    }
}
