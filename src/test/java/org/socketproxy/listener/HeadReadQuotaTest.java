package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.util.BufferUtil;
import org.junit.jupiter.api.Test;

/** Tests the limit of the bytes that are read from one connection at a time. */
class HeadReadQuotaTest {
    private final HeadReadQuota turn = new HeadReadQuota();
    private final ByteBuffer buffer = BufferUtil.allocate(10_000);

    /** A socket with bytes without end. */
    private static int full(ByteBuffer target) {
        int space = BufferUtil.space(target);
        BufferUtil.append(target, new byte[space]);
        return space;
    }

    @Test
    void readsUpToTheLimitThenNothingUntilTheNextTurn() throws IOException {
        turn.begin();
        assertThat(turn.fill(buffer, HeadReadQuotaTest::full)).isEqualTo(2048);
        assertThat(buffer.remaining()).isEqualTo(2048);
        assertThat(turn.fill(buffer, HeadReadQuotaTest::full)).isZero();

        turn.begin();
        assertThat(turn.fill(buffer, HeadReadQuotaTest::full)).isEqualTo(2048);
        assertThat(buffer.remaining()).isEqualTo(4096);
    }

    @Test
    void readsWithoutLimitOutsideOfTurns() throws IOException {
        assertThat(turn.fill(buffer, HeadReadQuotaTest::full)).isEqualTo(10_000);
        turn.begin();
        turn.end();
        buffer.clear().limit(0);
        assertThat(turn.fill(buffer, HeadReadQuotaTest::full)).isEqualTo(10_000);
    }

    @Test
    void appendsToUnreadBytesAndReusesConsumedBuffers() throws IOException {
        turn.begin();
        BufferUtil.append(buffer, "ab".getBytes(StandardCharsets.US_ASCII));
        assertThat(turn.fill(buffer, HeadReadQuotaTest::someBytes)).isEqualTo(2);
        assertThat(BufferUtil.toString(buffer)).isEqualTo("abcd");

        buffer.position(buffer.limit());
        assertThat(turn.fill(buffer, HeadReadQuotaTest::someBytes)).isEqualTo(2);
        assertThat(buffer.position()).isZero();
        assertThat(BufferUtil.toString(buffer)).isEqualTo("cd");
    }

    private static int someBytes(ByteBuffer target) {
        BufferUtil.append(target, "cd".getBytes(StandardCharsets.US_ASCII));
        return 2;
    }

    @Test
    void endOfStreamIsPassedOnAndAnEmptySocketToo() throws IOException {
        turn.begin();
        assertThat(turn.fill(buffer, target -> -1)).isEqualTo(-1);
        assertThat(turn.fill(buffer, target -> 0)).isZero();
        assertThat(buffer.hasRemaining()).isFalse();
    }
}
