package org.socketproxy.policy.build;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Corpus;

/**
 * Any bytes: the reader reads them or refuses them, and reads the same values from what it writes. The input is a letter for the
 * operation, and the message.
 */
class ProtoReaderFuzzTest {
    private static final List<String> OPERATIONS =
            List.of("ControlSolve", "LLBBridgeSolve", "LLBBridgeReturn", "ControlStatus", "ControlListenBuildHistory");
    private static final List<String> TYPES =
            List.of("ControlSolve", "BridgeSolve", "BridgeReturn", "Status", "ListenBuildHistory");

    static Stream<byte[]> seeds() {
        return Corpus.lines(ProtoReaderTest.class, "wire.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> (line + " ").split(" \\| ", 3))
                .map(cells -> {
                    byte[] message = WireText.bytes(cells[2]);
                    byte[] input = new byte[message.length + 1];
                    input[0] = (byte) ('A' + TYPES.indexOf(cells[0]));
                    System.arraycopy(message, 0, input, 1, message.length);
                    return input;
                });
    }

    @MethodSource("seeds")
    @FuzzTest
    void messageIsReadAsItIsWritten(byte[] input) {
        if (input.length < 1) {
            return;
        }
        String operation = OPERATIONS.get(Math.floorMod(input[0] - 'A', OPERATIONS.size()));
        ProtoOracleTest.isRead(TYPES.get(OPERATIONS.indexOf(operation)), Arrays.copyOfRange(input, 1, input.length));
        ByteBuffer body = GrpcFrame.of(Arrays.copyOfRange(input, 1, input.length));
        try {
            BuildMessage message = BuildMessage.read(operation, body);
            assertThat(BuildMessage.read(operation, message.encode())).isEqualTo(message);
            assertThat(message.ref()).isNotNull();
            assertThat(message.sessions()).doesNotContain("");
        } catch (MalformedMessageException refused) {
            assertThat(refused).hasMessageNotContaining("\n");
        }
    }
}
