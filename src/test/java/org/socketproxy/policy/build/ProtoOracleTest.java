package org.socketproxy.policy.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The library of Protocol Buffers reads the same values as the proxy, or the proxy refuses the message. */
class ProtoOracleTest {
    private static final int CASES = Integer.getInteger("generator.cases", 2_000);

    static Stream<String> types() {
        return ProtoOracle.types().keySet().stream().sorted();
    }

    /** Returns false if the proxy refuses the bytes. */
    static boolean isRead(String type, byte[] bytes) {
        ProtoMessage own;
        try {
            own = ProtoMessage.read(type, ByteBuffer.wrap(bytes));
        } catch (MalformedMessageException refused) {
            return false;
        }
        String hex = HexFormat.of().formatHex(bytes);
        assertThat(ProtoOracle.read(type, bytes)).as("%s %s", type, hex).isEqualTo(ProtoOracle.values(own));
        byte[] written = own.encode();
        try {
            ProtoMessage again = ProtoMessage.read(type, ByteBuffer.wrap(written));
            assertThat(again).as("%s %s", type, hex).isEqualTo(own);
            assertThat(ProtoOracle.read(type, written)).as("%s %s", type, hex).isEqualTo(ProtoOracle.values(again));
        } catch (MalformedMessageException refused) {
            throw new AssertionError(type + " " + hex, refused);
        }
        return true;
    }

    @ParameterizedTest
    @MethodSource("types")
    void messageHasTheSameValuesForBothReaders(String type) {
        MessageGenerator generator = new MessageGenerator(type.hashCode());
        int changedAndRead = 0;
        for (int i = 0; i < CASES; i++) {
            byte[] message = generator.message(type, Map.of());
            assertThat(isRead(type, message)).isTrue();
            changedAndRead += isRead(type, generator.changed(message)) ? 1 : 0;
        }
        assertThat(changedAndRead).isPositive();
    }
}
