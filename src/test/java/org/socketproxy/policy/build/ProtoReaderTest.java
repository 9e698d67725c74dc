package org.socketproxy.policy.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Corpus;

/** Reads the messages of {@code wire.txt}. */
class ProtoReaderTest {
    private static final Map<String, String> OPERATIONS = Map.of(
            "Status", "ControlStatus",
            "ControlSolve", "ControlSolve",
            "ListenBuildHistory", "ControlListenBuildHistory",
            "BridgeSolve", "LLBBridgeSolve",
            "BridgeReturn", "LLBBridgeReturn");

    static Stream<List<String>> cases() {
        return Corpus.lines(ProtoReaderTest.class, "wire.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> List.of((line + " ").split(" \\| ", 3)));
    }

    private static BuildMessage read(String type, String text) throws MalformedMessageException {
        return BuildMessage.read(OPERATIONS.get(type), GrpcFrame.of(WireText.bytes(text)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void messageIsReadOrRefused(List<String> cells) throws MalformedMessageException {
        String outcome;
        try {
            BuildMessage message = read(cells.get(0), cells.get(2));
            assertThat(BuildMessage.read(message.operation(), message.encode())).isEqualTo(message);
            outcome = "read";
        } catch (MalformedMessageException refused) {
            outcome = refused.getMessage();
        }
        assertThat(outcome).isEqualTo(cells.get(1));
    }

    @Test
    void fieldsHaveTheirValues() throws MalformedMessageException {
        BuildMessage message = read(
                "ControlSolve",
                "1\"r1\" 5\"s1\" 15\"s2\" 7{1\"local-sessionid:context\" 2\"s3\"} 7{1\"target\" 2\"t\"} 9\"a\" 9\"b\" 11=1");

        assertThat(message.ref()).isEqualTo("r1");
        assertThat(message.sessions()).containsExactly("s1", "s2", "s3");
        assertThat(message.fields().texts("Entitlements")).containsExactly("a", "b");
        assertThat(message.fields().textMap("FrontendAttrs")).containsEntry("target", "t");
        assertThat(message.fields().value("Internal")).isEqualTo(true);
        assertThat(message.fields().text("Frontend")).isEmpty();
    }

    /** Docker 27 ends at a Solve without Cache, and each version at a rule without a selector. */
    @Test
    void absentMessagesThatTheDaemonDereferencesAreWritten() throws MalformedMessageException {
        assertThat(read("ControlSolve", "1\"r1\"").encode()).isEqualTo(GrpcFrame.of(WireText.bytes("1\"r1\" 8{}")));
        assertThat(read("ControlSolve", "8{} 12{2{1=1} 2{1=1}}").encode())
                .isEqualTo(GrpcFrame.of(WireText.bytes("8{} 12{2{1=1 2{}} 2{1=1 2{}}}")));
    }

    @Test
    void defaultOfAOneofIsWritten() throws MalformedMessageException {
        assertThat(read("BridgeReturn", "1{1\"\"}").encode()).isEqualTo(GrpcFrame.of(WireText.bytes("1{1\"\"}")));
    }

    @Test
    void messagesWithTooManyFieldsAreRefused() {
        String most = "9\"\"".repeat(ProtoReader.MOST_FIELDS);

        assertThat(WireText.bytes(most)).hasSize(2 * ProtoReader.MOST_FIELDS);
        assertThatThrownBy(() -> read("ControlSolve", most + "9\"\""))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessage("has more than 30000 fields");
    }

    /** A flag for compression, a length in four bytes, and the message. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "<>",
                "<00>",
                "<00000000>",
                "<0100000000>",
                "<0000000001>",
                "<000000000000>",
                "<0000000000> <0000000000>",
                "<0080000000>",
                "<00ffffffff>",
                "<ff00000000>"
            })
    void bodyThatIsNotOneUncompressedMessageIsRefused(String text) {
        assertThatThrownBy(() -> GrpcFrame.message(ByteBuffer.wrap(WireText.bytes(text))))
                .isInstanceOf(MalformedMessageException.class);
    }
}
