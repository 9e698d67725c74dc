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
    private final DeferredAborts aborts = new DeferredAborts(() -> done.add("tidied"));

    @Test
    void anAbortWhileNobodyParsesRunsAtOnce() {
        aborts.run(this::abort);

        assertThat(done).containsExactly("aborted", "tidied");
    }

    @Test
    void anAbortDuringParsingRunsBehindIt() {
        aborts.enter();
        aborts.enter();
        aborts.run(this::abort);
        aborts.leave();
        assertThat(done).isEmpty();

        aborts.leave();

        assertThat(done).containsExactly("aborted", "tidied");
    }

    /** It was found that nobody parses, and then a parser came: the buffer that it reads into is not taken away. */
    @Test
    void aParserThatComesBetweenTheCheckAndTheAbortKeepsItsBuffer() {
        aborts.run(() -> {
            aborts.enter();
            abort();
        });
        assertThat(done).containsExactly("aborted");

        aborts.leave();

        assertThat(done).containsExactly("aborted", "tidied");
    }

    private void abort() {
        done.add("aborted");
        aborts.ended();
    }

    @Test
    void noBufferIsTakenAwayWhileAnyThreadParses() throws Exception {
        AtomicInteger parsing = new AtomicInteger();
        AtomicInteger tidied = new AtomicInteger();
        AtomicInteger tooEarly = new AtomicInteger();
        AtomicInteger aborted = new AtomicInteger();
        DeferredAborts shared = new DeferredAborts(() -> {
            tidied.incrementAndGet();
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
        assertThat(tooEarly.get()).as("tidied while a thread parsed").isZero();
        assertThat(aborted.get()).as("none is forgotten").isEqualTo(2 * TURNS);
        assertThat(tidied.get()).isPositive();
    }
}
