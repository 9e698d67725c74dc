package org.socketproxy.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DeferredAbortsTest {
    private static final int THREADS = 4;
    private static final int TURNS = 50_000;

    private final List<String> done = new ArrayList<>();
    private final DeferredAborts aborts = new DeferredAborts(() -> done.add("released"));

    @Test
    void abortOutsideTheParserRunsAtOnce() {
        aborts.run(this::abort);

        assertThat(done).containsExactly("aborted", "released");
    }

    @Test
    void abortDuringParsingIsDeferred() {
        aborts.enter();
        aborts.enter();
        aborts.run(this::abort);
        aborts.leave();
        assertThat(done).isEmpty();

        aborts.leave();

        assertThat(done).containsExactly("aborted", "released");
    }

    /** A thread enters the parser after the check for parsers and before the end of the abort. */
    @Test
    void bufferIsNotReleasedWhenAParserEntersDuringAnAbort() {
        aborts.run(() -> {
            aborts.enter();
            abort();
        });
        assertThat(done).containsExactly("aborted");

        aborts.leave();

        assertThat(done).containsExactly("aborted", "released");
    }

    private void abort() {
        done.add("aborted");
        aborts.ended();
    }

    @Test
    void bufferIsNotReleasedWhileAnyThreadParses() throws Exception {
        AtomicInteger parsing = new AtomicInteger();
        AtomicInteger released = new AtomicInteger();
        AtomicInteger tooEarly = new AtomicInteger();
        AtomicInteger aborted = new AtomicInteger();
        DeferredAborts shared = new DeferredAborts(() -> {
            released.incrementAndGet();
            if (parsing.get() > 0) {
                tooEarly.incrementAndGet();
            }
        });
        Callable<Void> parser = () -> {
            for (int i = 0; i < TURNS; i++) {
                shared.enter();
                parsing.incrementAndGet();
                parsing.decrementAndGet();
                shared.leave();
            }
            return null;
        };
        Callable<Void> aborter = () -> {
            for (int i = 0; i < TURNS; i++) {
                shared.run(() -> {
                    aborted.incrementAndGet();
                    shared.ended();
                });
            }
            return null;
        };
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            for (Future<Void> each : threads.invokeAll(List.of(parser, parser, aborter, aborter))) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(tooEarly.get()).as("released while a thread parsed").isZero();
        assertThat(aborted.get()).as("aborts that ran").isEqualTo(2 * TURNS);
        assertThat(released.get()).isPositive();
    }
}
