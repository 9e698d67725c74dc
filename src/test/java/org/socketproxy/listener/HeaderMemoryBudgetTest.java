package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeaderMemoryBudgetTest {
    private final HeaderMemoryBudget budget = new HeaderMemoryBudget(10_000);

    @ParameterizedTest
    @CsvSource({
        "300, 40, 10, 0",
        "1365, 0, 0, 0",
        "2000, 0, 0, 1904",
        "2000, 1000, 0, 5904",
        "2000, 0, 10, 2864",
        "4698, 0, 0, 9998",
    })
    void aHeadTakesTheHeapThatItNeedsBeyondTheFreeBytes(int headBytes, int targetBytes, int fields, long held) {
        assertThat(budget.newShare().covers(headBytes, targetBytes, fields)).isTrue();
        assertThat(budget.heldBytes()).isEqualTo(held);
    }

    @Test
    void aHeadThatGrowsIsCountedOnceAndASmallerOneAfterItTakesNothing() {
        HeaderMemoryBudget.Share share = budget.newShare();
        assertThat(share.covers(2000, 0, 0)).isTrue();
        assertThat(share.covers(3000, 0, 0)).isTrue();
        assertThat(budget.heldBytes()).isEqualTo(4904);
        assertThat(share.covers(10, 0, 0)).isTrue();
        assertThat(budget.heldBytes()).isEqualTo(4904);
    }

    @Test
    void anExhaustedBudgetRefusesLargeHeadsOnlyAndTakesThemAgainWhenAConnectionHasEnded() {
        HeaderMemoryBudget.Share first = budget.newShare();
        assertThat(first.covers(4000, 0, 0)).isTrue();
        HeaderMemoryBudget.Share second = budget.newShare();
        assertThat(second.covers(3000, 0, 0)).isFalse();
        assertThat(second.covers(300, 40, 10)).isTrue();
        first.release();
        assertThat(second.covers(3000, 0, 0)).isTrue();
        second.release();
        assertThat(budget.heldBytes()).isZero();
    }

    @Test
    void aConnectionThatHasEndedTakesNothingAnyMore() {
        HeaderMemoryBudget.Share share = budget.newShare();
        share.release();
        assertThat(share.covers(2000, 0, 0)).isFalse();
        share.release();
        assertThat(budget.heldBytes()).isZero();
    }

    @Test
    void sharesThatGrowAndEndAtOnceLeaveNothing() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(new Thread(this::growAndRelease));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(budget.heldBytes()).isZero();
    }

    private void growAndRelease() {
        for (int i = 0; i < 200; i++) {
            HeaderMemoryBudget.Share share = budget.newShare();
            Thread parser = new Thread(() -> {
                for (int length = 1400; length < 3000; length += 400) {
                    share.covers(length, 0, 0);
                }
            });
            parser.start();
            share.release();
            join(parser);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
