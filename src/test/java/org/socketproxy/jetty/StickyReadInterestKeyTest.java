package org.socketproxy.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Uses a real selector on a real pipe. */
class StickyReadInterestKeyTest {
    private Pipe pipe;
    private Selector selector;
    private SelectionKey key;
    private StickyReadInterestKey interest;

    @BeforeEach
    void open() throws IOException {
        pipe = Pipe.open();
        selector = Selector.open();
        pipe.source().configureBlocking(false);
        key = pipe.source().register(selector, SelectionKey.OP_READ);
        interest = new StickyReadInterestKey(key);
        interest.drained(true);
    }

    @AfterEach
    void close() throws IOException {
        selector.close();
        pipe.source().close();
        pipe.sink().close();
    }

    @Test
    void clearedReadInterestStaysRegisteredUntilBytesArrive() throws IOException {
        interest.interestOps(0);

        assertThat(interest.interestOps()).isZero();
        assertThat(key.interestOps()).isEqualTo(SelectionKey.OP_READ);
    }

    @Test
    void readInterestIsRemovedAtOnceWhenNotDrained() throws IOException {
        interest.drained(false);
        interest.interestOps(0);
        send();

        assertThat(selector.selectNow()).isZero();
        assertThat(key.interestOps()).isZero();
    }

    @Test
    void unexpectedBytesSelectOnceAndDoNotSpin() throws IOException {
        interest.interestOps(0);
        send();

        assertThat(selector.select()).isEqualTo(1);
        interest.selected();
        selector.selectedKeys().clear();

        assertThat(selector.selectNow()).isZero();
        assertThat(key.interestOps()).isZero();
    }

    @Test
    void readInterestSetAfterSelectionSelectsAgain() throws IOException {
        interest.interestOps(0);
        send();
        selector.select();
        interest.selected();
        selector.selectedKeys().clear();

        interest.interestOps(SelectionKey.OP_READ);

        assertThat(selector.selectNow()).isEqualTo(1);
    }

    @Test
    void readInterestSetBeforeSelectionIsKept() throws IOException {
        interest.interestOps(0);
        interest.interestOps(SelectionKey.OP_READ);
        send();

        assertThat(selector.select()).isEqualTo(1);
        interest.selected();

        assertThat(key.interestOps()).as("read interest").isEqualTo(SelectionKey.OP_READ);
    }

    @Test
    void writeInterestIsNotSticky() throws IOException {
        try (Pipe.SinkChannel sink = pipe.sink()) {
            sink.configureBlocking(false);
            SelectionKey writer = sink.register(selector, SelectionKey.OP_WRITE);
            StickyReadInterestKey writes = new StickyReadInterestKey(writer);

            writes.interestOps(0);

            assertThat(writer.interestOps()).isZero();
            assertThat(writes.readyOps()).isZero();
        }
    }

    private void send() throws IOException {
        pipe.sink().write(ByteBuffer.allocate(1));
    }
}
