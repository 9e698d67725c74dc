package org.socketproxy.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives that would fill a disk or a memory. */
class ArchiveBoundsTest {
    private static final int MIB = 1 << 20;
    private static final int SMALL_MEMORY = 100_000;

    @Test
    void aLargeFilePassesInTheMemoryOfOneChunk() throws ArchiveException {
        long size = 30L << 30;
        AtomicLong passed = new AtomicLong();
        byte[] header = TarText.bytes("0 disk size=" + size + " ; open");
        ByteBuffer zeros = ByteBuffer.allocate(MIB);
        try (ArchiveJudge judge =
                new ArchiveJudge(ArchiveRules.STRICT, EntryJudge.NONE, more -> false, WindowMemory.NONE)) {
            Judged.pass(judge, ByteBuffer.wrap(header), part -> passed.addAndGet(part.remaining()));
            for (long sent = 0; sent < size; sent += MIB) {
                Judged.pass(judge, zeros.duplicate(), part -> passed.addAndGet(part.remaining()));
            }
            judge.end(part -> passed.addAndGet(part.remaining()));
        }

        assertThat(passed.get()).isEqualTo(3 * 512 + size + 1024);
    }

    @Test
    void compressedZerosComeOutInSmallPieces() {
        byte[] zeros = new byte[64 * MIB];
        byte[] header = TarText.bytes("0 disk size=1000000000000 ; open");
        System.arraycopy(header, 0, zeros, 0, header.length);
        byte[] bomb = TarText.gzip(zeros);
        AtomicLong passed = new AtomicLong();
        AtomicInteger most = new AtomicInteger();
        ArchiveRules rules = new ArchiveRules(false, false, 32 * MIB, 10);

        assertThat(bomb.length).isLessThan(MIB / 8);
        assertThatThrownBy(() -> {
                    try (ArchiveJudge judge =
                            new ArchiveJudge(rules, EntryJudge.NONE, more -> false, WindowMemory.NONE)) {
                        ByteBuffer input = ByteBuffer.wrap(bomb);
                        while (true) {
                            AtomicInteger inCall = new AtomicInteger();
                            judge.accept(input, part -> inCall.addAndGet(part.remaining()));
                            passed.addAndGet(inCall.get());
                            most.set(Math.max(most.get(), inCall.get()));
                        }
                    }
                })
                .isInstanceOf(ArchiveException.class)
                .hasMessage("has more than 33554432 bytes");
        assertThat(most.get()).isBetween(1024, 64 * 1024);
        assertThat(passed.get()).isLessThan(33 * MIB);
    }

    @ParameterizedTest
    @ValueSource(strings = {"xz", "zstd"})
    void aBombIsRefusedAfterItsFirstBytes(String form) {
        byte[] zeros = new byte[64 * MIB];
        byte[] header = TarText.bytes("0 disk size=1000000000000 ; open");
        System.arraycopy(header, 0, zeros, 0, header.length);
        byte[] bomb = TarText.compressed(form, zeros);
        AtomicLong passed = new AtomicLong();

        assertThatThrownBy(() -> {
                    try (ArchiveJudge judge = Judged.judge(ArchiveRules.STRICT)) {
                        Judged.pass(judge, ByteBuffer.wrap(bomb), part -> passed.addAndGet(part.remaining()));
                    }
                })
                .isInstanceOf(ArchiveException.class)
                .hasMessage("becomes too many bytes, more than 1,100 of each one");
        assertThat(passed.get()).isBetween(15L * MIB, 32L * MIB);
    }

    @Test
    void entriesAreCounted() {
        ArchiveRules rules = new ArchiveRules(false, false, Long.MAX_VALUE, 5);

        assertThatThrownBy(() -> Judged.whole(Judged.judge(rules), TarText.bytes("0 a ; ".repeat(6))))
                .hasMessage("has more than 5 entries");
    }

    @Test
    void aNameNeedsFewBytes() throws ArchiveException {
        AtomicLong reserved = new AtomicLong();
        ArchiveJudge judge = new ArchiveJudge(
                ArchiveRules.STRICT,
                EntryJudge.NONE,
                more -> {
                    reserved.addAndGet(more);
                    return true;
                },
                WindowMemory.NONE);
        try (judge) {
            for (int i = 0; i < SMALL_MEMORY; i++) {
                byte[] header = TarText.bytes("0 folder/file" + i + " ; open");
                Judged.pass(judge, ByteBuffer.wrap(header), part -> {});
            }
        }

        assertThat(reserved.get()).isLessThan(50 * SMALL_MEMORY);
    }

    @Test
    void anArchiveIsRefusedWhenItsNamesHaveNoMemory() {
        AtomicInteger left = new AtomicInteger(SMALL_MEMORY);
        ArchiveJudge judge = new ArchiveJudge(
                ArchiveRules.STRICT, EntryJudge.NONE, more -> left.addAndGet(-more) >= 0, WindowMemory.NONE);

        assertThatThrownBy(() -> {
                    for (int i = 0; i < SMALL_MEMORY; i++) {
                        Judged.pass(judge, ByteBuffer.wrap(TarText.bytes("0 file" + i + " ; open")), part -> {});
                    }
                })
                .isInstanceOf(ArchiveException.class)
                .hasMessageContaining("has memory for");
    }

    @Test
    void aLongExtendedHeaderNeedsMemory() {
        ArchiveJudge judge = new ArchiveJudge(ArchiveRules.STRICT, EntryJudge.NONE, more -> false, WindowMemory.NONE);

        assertThatThrownBy(() -> Judged.whole(judge, TarText.bytes("x SCHILY.xattr.user.x=x{100000} ; 0 a")))
                .hasMessageContaining("no memory for");
    }

    @Test
    void namesThatDifferHaveDifferentHashes() throws ArchiveException {
        NameHashes names = new NameHashes(more -> true);
        for (int i = 0; i < SMALL_MEMORY; i++) {
            names.add("n" + i);
        }

        assertThat(IntStream.range(0, SMALL_MEMORY))
                .allMatch(i -> names.contains("n" + i) && names.containsParent("n" + i + "/x"))
                .noneMatch(i -> names.contains("m" + i) || names.containsParent("m" + i + "/x"));
    }
}
