package org.socketproxy.policy.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.GrpcCalls;

/** Packets of a client, in {@code file-packets.txt}, and what becomes of them. */
class FileSyncJudgeTest {
    private final FileSyncJudge judge = new FileSyncJudge();

    static Stream<List<String>> conversations() {
        return Corpus.lines(FileSyncJudgeTest.class, "file-packets.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> List.of(line.split(" \\| ", 2)));
    }

    @ParameterizedTest
    @MethodSource("conversations")
    void packetsPassOrAreDenied(List<String> row) {
        assertThat(converse(row.get(1))).isEqualTo(row.get(0));
    }

    /** Returns {@code pass}, or the sentence of the first denial. */
    private String converse(String packets) {
        try {
            for (String each : packets.split("; ")) {
                String[] words = each.split(" ");
                if (words[0].equals("REQ")) {
                    judge.see(ByteBuffer.wrap(packet(1, field(3, words[1]))));
                } else {
                    judge.judge(ByteBuffer.wrap(packet(words)), new GrpcOutput());
                }
            }
            return "pass";
        } catch (MalformedMessageException | DeniedContentException denied) {
            return denied.getMessage();
        }
    }

    private static byte[] packet(String... words) {
        return switch (words[0]) {
            case "STAT" -> packet(0, GrpcCalls.field(2, stat(words)));
            case "LAST" -> packet(0);
            case "DATA" ->
                packet(2, field(3, words[1]), words.length > 2 ? GrpcCalls.field(4, text(words[2])) : new byte[0]);
            case "FIN" -> packet(3);
            case "ERR" -> packet(4, GrpcCalls.field(4, "no"));
            case "ASK" -> packet(1, field(3, words[1]));
            case "RAW" -> java.util.HexFormat.of().parseHex(words[1]);
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    private static byte[] packet(int type, byte[]... fields) {
        return GrpcCalls.message(number(1, type), GrpcCalls.message(fields));
    }

    /** The words are the mode in octal of Go's bits, the path, and fields such as {@code link=x}. */
    private static byte[] stat(String... words) {
        ByteArrayOutputStream stat = new ByteArrayOutputStream();
        stat.writeBytes(words[2].equals("-") ? new byte[0] : GrpcCalls.field(1, text(words[2])));
        stat.writeBytes(number(2, Long.parseLong(words[1], 16)));
        for (int i = 3; i < words.length; i++) {
            String[] pair = words[i].split("=");
            stat.writeBytes(
                    switch (pair[0]) {
                        case "link" -> GrpcCalls.field(7, text(pair[1]));
                        case "size" -> number(5, Long.parseLong(pair[1]));
                        default -> throw new IllegalArgumentException(pair[0]);
                    });
        }
        return stat.toByteArray();
    }

    private static byte[] field(int number, String digits) {
        return number(number, Long.parseLong(digits));
    }

    private static byte[] number(int number, long value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(number << 3);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return out.toByteArray();
    }

    /** Returns the bytes of a word: {@code %XX} is one byte, {@code *N} repeats the letter before it. */
    private static byte[] text(String word) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String part : word.split("(?=%)|(?=\\*)")) {
            if (part.startsWith("%")) {
                bytes.write(Integer.parseInt(part.substring(1, 3), 16));
                bytes.writeBytes(part.substring(3).getBytes(StandardCharsets.UTF_8));
            } else if (part.startsWith("*")) {
                int count = Integer.parseInt(part.substring(1).replaceAll("\\D.*", ""));
                byte[] all = bytes.toByteArray();
                for (int i = 1; i < count; i++) {
                    bytes.write(all[all.length - 1]);
                }
                bytes.writeBytes(part.substring(1).replaceFirst("\\d+", "").getBytes(StandardCharsets.UTF_8));
            } else {
                bytes.writeBytes(part.getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toByteArray();
    }

    @Test
    void onlyAttributesOfProgramsAreForwarded() throws Exception {
        byte[] stat = GrpcCalls.message(
                GrpcCalls.field(1, "f"),
                number(8, 7),
                number(9, 1),
                GrpcCalls.field(10, Map.of("user.a", "1")),
                GrpcCalls.field(10, Map.of("trusted.overlay.opaque", "y")),
                GrpcCalls.field(10, Map.of("security.capability", "c")));
        GrpcOutput out = new GrpcOutput();
        judge.judge(ByteBuffer.wrap(packet(0, GrpcCalls.field(2, stat))), out);

        ProtoMessage forwarded = ProtoMessage.read("FilePacket", GrpcFrame.message(out.written()));
        assertThat(forwarded.message("stat").values().keySet()).containsExactly("path", "xattrs");
        assertThat(((Map<?, ?>) forwarded.message("stat").values().get("xattrs")).keySet())
                .hasToString("[user.a]");
    }

    @Test
    void contentIsForwardedAsItIs() throws Exception {
        judge.judge(ByteBuffer.wrap(packet("STAT", "1a4", "f")), new GrpcOutput());
        judge.see(ByteBuffer.wrap(packet("ASK", "0")));
        for (int length : new int[] {0, 1, 127, 128, 32_768}) {
            byte[] content = new byte[length];
            java.util.Arrays.fill(content, (byte) 'c');
            byte[] packet = packet(2, GrpcCalls.field(4, content));
            GrpcOutput out = new GrpcOutput();
            if (length == 0) {
                judge.see(ByteBuffer.wrap(packet("ASK", "0")));
            }
            judge.see(ByteBuffer.wrap(packet("ASK", "0")));
            judge.judge(ByteBuffer.wrap(packet), out);

            FilePacket forwarded = FilePacket.read(GrpcFrame.message(out.written()));
            assertThat(forwarded.type()).isEqualTo(FilePacket.Type.DATA);
            assertThat(forwarded.data()).isEqualTo(ByteBuffer.wrap(content));
        }
    }

    @Test
    void oneCallHasALimitedNumberOfEntries() throws Exception {
        for (int i = 0; i < 1_000_000; i++) {
            judge.judge(ByteBuffer.wrap(packet("STAT", "1a4", String.format("f%07d", i))), new GrpcOutput());
        }
        assertThat(converse("STAT 1a4 g")).isEqualTo("sends more than 1000000 files");
    }
}
