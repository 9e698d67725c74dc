package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeaderMemoryBudgetTest {
    private final HeaderMemoryBudget budget = new HeaderMemoryBudget(20_000);

    @ParameterizedTest
    @CsvSource({
        "300, 40, 10, 0",
        "1365, 0, 0, 0",
        "2000, 0, 0, 1904",
        "2000, 1000, 0, 5904",
        "2000, 0, 10, 2864",
        "4698, 0, 0, 9998",
    })
    void headReservesHeapBeyondTheFreeBytes(int headBytes, int targetBytes, int fields, long reserved) {
        assertThat(budget.newShare("a").reserve(headBytes, targetBytes, fields)).isTrue();
        assertThat(budget.reservedBytes()).isEqualTo(reserved);
    }

    @Test
    void growingHeadIsCountedOnceAndTheShareDoesNotShrink() {
        HeaderMemoryBudget.Share share = budget.newShare("a");
        assertThat(share.reserve(2000, 0, 0)).isTrue();
        assertThat(share.reserve(3000, 0, 0)).isTrue();
        assertThat(budget.reservedBytes()).isEqualTo(4904);
        assertThat(share.reserve(10, 0, 0)).isTrue();
        assertThat(budget.reservedBytes()).isEqualTo(4904);
    }

    /** One client reserves at most half of the budget, also with more than one connection. */
    @Test
    void exhaustedPartOfOneClientRejectsOnlyItsLargeHeads() {
        HeaderMemoryBudget.Share first = budget.newShare("a");
        assertThat(first.reserve(4000, 0, 0)).isTrue();
        HeaderMemoryBudget.Share second = budget.newShare("a");
        assertThat(second.reserve(3000, 0, 0)).isFalse();
        assertThat(second.reserve(300, 40, 10)).isTrue();
        HeaderMemoryBudget.Share other = budget.newShare("b");
        assertThat(other.reserve(4000, 0, 0)).isTrue();
        other.release();
        first.release();
        assertThat(second.reserve(3000, 0, 0)).isTrue();
        second.release();
        assertThat(budget.reservedBytes()).isZero();
    }

    @Test
    void exhaustedBudgetRejectsLargeHeadsOfAllClientsUntilAShareIsReleased() {
        HeaderMemoryBudget.Share first = budget.newShare("a");
        assertThat(first.reserve(4698, 0, 0)).isTrue();
        assertThat(budget.newShare("b").reserve(4698, 0, 0)).isTrue();
        HeaderMemoryBudget.Share third = budget.newShare("c");
        assertThat(third.reserve(2000, 0, 0)).isFalse();
        assertThat(third.reserve(300, 40, 10)).isTrue();
        first.release();
        assertThat(third.reserve(2000, 0, 0)).isTrue();
    }

    @Test
    void releasedShareReservesNothing() {
        HeaderMemoryBudget.Share share = budget.newShare("a");
        share.release();
        assertThat(share.reserve(2000, 0, 0)).isFalse();
        share.release();
        assertThat(budget.reservedBytes()).isZero();
    }

    @Test
    void concurrentReserveAndReleaseLeaveNothingReserved() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(new Thread(this::growAndRelease));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(budget.reservedBytes()).isZero();
    }

    private void growAndRelease() {
        for (int i = 0; i < 200; i++) {
            HeaderMemoryBudget.Share share = budget.newShare("a");
            Thread parser = new Thread(() -> {
                for (int length = 1400; length < 3000; length += 400) {
                    share.reserve(length, 0, 0);
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
