package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Compares the result that a client reports for a build with the results that the daemon gave it. */
public final class BuildResults {
    private static final String RESULT = "result";
    private static final String ERROR = "error";

    private BuildResults() {}

    /**
     * Returns true if the request reports an error, or a result without content, which export nothing.
     *
     * @param report a message of LLBBridgeReturn
     */
    public static boolean isEmpty(BuildMessage report) {
        return report.fields().has(ERROR) || report.fields().message(RESULT).isEmpty();
    }

    /**
     * Returns a text that is equal for equal results. The order of their maps does not count.
     *
     * @param report a message of LLBBridgeReturn
     */
    public static String fingerprint(BuildMessage report) {
        return fingerprint(report.fields().message(RESULT));
    }

    /**
     * Returns a text that is equal for equal results.
     *
     * @param response the daemon's response to LLBBridgeSolve with the frame of gRPC
     * @throws MalformedMessageException if it is not one message, or has an unknown or malformed field
     */
    public static String fingerprint(ByteBuffer response) throws MalformedMessageException {
        ProtoMessage solved = ProtoMessage.read("BridgeSolveResponse", GrpcFrame.message(response));
        return fingerprint(solved.message(RESULT));
    }

    private static String fingerprint(ProtoMessage result) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            add(digest, result);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) { // each Java platform has it
            throw new IllegalStateException(impossible);
        }
    }

    /** Adds kind and length before the content, so that different values have different bytes. */
    private static void add(MessageDigest digest, Object value) {
        if (value instanceof ProtoMessage message) {
            add(digest, message.content());
        } else if (value instanceof Map<?, ?> map) {
            begin(digest, 'm', map.size());
            Map<String, Object> sorted = new TreeMap<>();
            map.forEach((key, element) -> sorted.put((String) key, element));
            sorted.forEach((key, element) -> {
                add(digest, key);
                add(digest, element);
            });
        } else if (value instanceof List<?> list) {
            begin(digest, 'l', list.size());
            list.forEach(element -> add(digest, element));
        } else if (value instanceof ByteBuffer bytes) {
            begin(digest, 'b', bytes.remaining());
            digest.update(bytes.duplicate());
        } else {
            byte[] text = value.toString().getBytes(StandardCharsets.UTF_8);
            begin(digest, 't', text.length);
            digest.update(text);
        }
    }

    private static void begin(MessageDigest digest, char kind, int length) {
        digest.update((kind + "" + length + ":").getBytes(StandardCharsets.US_ASCII));
    }
}
