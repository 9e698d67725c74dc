package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.GrpcCalls;

class GrpcResponseTest {
    private static final int TOO_LONG = 4 * 1024 * 1024 + 1;

    private final List<String> read = new ArrayList<>();
    private final ByteArrayOutputStream passed = new ByteArrayOutputStream();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 64 * 1024, 1 << 30})
    void readerGetsEachMessageAndTheClientAllBytes(int chunkBytes) {
        byte[] all = GrpcCalls.message(
                GrpcCalls.frame(bytes("one")),
                GrpcCalls.frame(new byte[0]),
                GrpcCalls.frame(bytes("two".repeat(5_000))),
                GrpcCalls.frame(bytes("three")));

        send(all, chunkBytes);

        assertThat(passed.toByteArray()).isEqualTo(all);
        assertThat(read).containsExactly("one", "", "two".repeat(5_000), "three");
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000, 1 << 30})
    void readerDoesNotGetAMessageThatIsTooLong(int chunkBytes) {
        byte[] all = GrpcCalls.message(
                GrpcCalls.frame(bytes("one")), GrpcCalls.frame(new byte[TOO_LONG]), GrpcCalls.frame(bytes("two")));

        int held = send(all, chunkBytes);

        assertThat(passed.toByteArray()).isEqualTo(all);
        assertThat(read).containsExactly("one", "two");
        assertThat(held).isLessThan(100);
    }

    /** Returns the most bytes that were held. */
    private int send(byte[] all, int chunkBytes) {
        GrpcResponse response = new GrpcResponse(message -> {
            message.position(5);
            read.add(StandardCharsets.ISO_8859_1.decode(message).toString());
        });
        int most = 0;
        for (int from = 0; from < all.length; from += chunkBytes) {
            int length = Math.min(chunkBytes, all.length - from);
            response.accept(ByteBuffer.wrap(all, from, length), bytes -> {
                byte[] copy = new byte[bytes.remaining()];
                bytes.get(copy);
                passed.writeBytes(copy);
            });
            most = Math.max(most, response.heldBytes());
        }
        return most;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
