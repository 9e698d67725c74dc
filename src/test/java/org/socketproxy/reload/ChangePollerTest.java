package org.socketproxy.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.socketproxy.reload.ChangePoller.Reloadable;
import org.socketproxy.testing.Notices;

/** A poll that does not return is reported, once, and its end too. */
class ChangePollerTest {
    private static final long LATER_NANOS = TimeUnit.SECONDS.toNanos(31);

    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final List<@Nullable ReloadResult> reports = new ArrayList<>();

    @Test
    void pollThatDoesNotReturnIsReported() throws Exception {
        CountDownLatch hasBegun = new CountDownLatch(1);
        CountDownLatch mayReturn = new CountDownLatch(1);
        CountDownLatch hasReturned = new CountDownLatch(2);
        Reloadable hanging = new Reloadable() {
            @Override
            public void reload() {
                hasBegun.countDown();
                awaitUninterruptibly(mayReturn);
            }

            @Override
            public void poll() {
                hasReturned.countDown();
            }
        };
        SighupHandler sighups = SighupHandler.listen();
        sighups.add();
        ChangePoller poller = new ChangePoller(sighups, List.of(hanging), reports::add, Notices.to(log));
        poller.watch();
        hasBegun.await();

        poller.check(System.nanoTime());
        assertThat(reports).isEmpty();
        poller.check(System.nanoTime() + LATER_NANOS);
        poller.check(System.nanoTime() + LATER_NANOS);

        assertThat(reports).hasSize(1);
        assertThat(Objects.requireNonNull(reports.get(0)).isApplied()).isFalse();
        assertThat(logged())
                .startsWith("warn reload by a check of the files refused: the thread that reads them has not"
                        + " returned for 30 s");

        mayReturn.countDown();
        hasReturned.await();
        poller.check(System.nanoTime());
        assertThat(reports).hasSize(2).last().isNull();
        assertThat(logged()).endsWith("a check of the files has returned; changes take effect again\n");
    }

    private String logged() {
        return Notices.withoutTimes(log.toString(StandardCharsets.UTF_8));
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
