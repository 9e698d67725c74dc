package org.socketproxy.daemon;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.socketproxy.daemon.DaemonQuery.Answer;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.policy.scope.MissingObject;
import org.socketproxy.policy.scope.MissingWording;

/**
 * The daemon's errors for objects that do not exist. Asks the daemon at the first use, and again after a minute, because another
 * version may have started.
 *
 * <p>Threading: safe for any number of threads; never blocks.
 *
 * <p>Security: missing objects and objects of other profiles take the same way. Each kind costs one query a minute. Without
 * a usable answer the built-in text is sent.
 */
public final class MissingTexts {
    private static final long KEPT_NANOS = Duration.ofMinutes(1).toNanos();
    private static final int LONGEST_BYTES = 4096;

    /** Never asks. */
    public static final MissingTexts BUILT_IN = new MissingTexts(DaemonQuery.NONE);

    private final DaemonQuery daemon;
    /** By query; the queries are a fixed set. */
    private final Map<String, Asked> patterns = new ConcurrentHashMap<>();

    /** @param pattern empty without a usable answer */
    private record Asked(CompletableFuture<String> pattern, long nanos) {
        boolean isOld() {
            return pattern.isDone() && System.nanoTime() - nanos > KEPT_NANOS;
        }
    }

    public MissingTexts(DaemonQuery daemon) {
        this.daemon = daemon;
    }

    /** Returns the response in the words of the daemon; the future does not fail. */
    public CompletableFuture<MissingObject> of(MissingObject missing, ClientConnection asker) {
        MissingWording wording = missing.wording();
        if (wording == null) {
            return CompletableFuture.completedFuture(missing);
        }
        return pattern(wording, asker)
                .thenApply(pattern -> pattern.isEmpty() ? missing : missing.withText(wording.text(pattern)));
    }

    private CompletableFuture<String> pattern(MissingWording wording, ClientConnection asker) {
        Asked next = new Asked(new CompletableFuture<>(), System.nanoTime());
        Asked current =
                patterns.compute(wording.query(), (query, before) -> before == null || before.isOld() ? next : before);
        if (current.equals(next)) {
            var unused = daemon.get(wording.query(), asker)
                    .handle((answer, failure) -> next.pattern.complete(answer == null ? "" : read(wording, answer)));
        }
        return current.pattern;
    }

    private static String read(MissingWording wording, Answer answer) {
        if (answer.body().remaining() > LONGEST_BYTES) {
            return "";
        }
        String text = StandardCharsets.UTF_8.decode(answer.body().duplicate()).toString();
        return wording.isPattern(answer.status(), text) ? text : "";
    }
}
