package org.socketproxy.reload;

import java.io.PrintStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Consumer;

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

    /**
     * Reports the result of a reload in the log and on the status page.
     *
     * @param page takes the result for the status page
     */
    record ReloadReport(Consumer<? super ReloadResult> page, PrintStream log) {
        /**
         * Reports one reload.
         *
         * @param cause the event that caused it, for people
         * @param sentences one log line each
         */
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
