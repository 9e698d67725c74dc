package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Record of a build in BuildKit's history.
 *
 * @param ref id of the build
 * @param blobs digests of its log, trace, error, results and attestations
 */
public record BuildRecord(String ref, List<String> blobs) {
    public BuildRecord {
        blobs = List.copyOf(blobs);
    }

    /**
     * Reads a message of the response to ListenBuildHistory.
     *
     * @param event the message with the frame of gRPC
     * @throws MalformedMessageException if it has an unknown or malformed field
     */
    public static BuildRecord read(ByteBuffer event) throws MalformedMessageException {
        ProtoMessage message = ProtoMessage.read("BuildHistoryEvent", GrpcFrame.message(event));
        ProtoMessage fields = message.message("record");
        List<String> blobs = new ArrayList<>();
        collect(fields, blobs);
        return new BuildRecord(fields.text("Ref"), blobs);
    }

    /** Collects the digests of descriptors. Texts of the client are in other types of messages. */
    private static void collect(Object value, List<String> blobs) {
        if (value instanceof ProtoMessage message && message.type().name().equals("Descriptor")) {
            blobs.add(message.text("digest"));
        } else if (value instanceof ProtoMessage message) {
            collect(message.values(), blobs);
        } else if (value instanceof Map<?, ?> map) {
            map.values().forEach(element -> collect(element, blobs));
        } else if (value instanceof List<?> list) {
            list.forEach(element -> collect(element, blobs));
        }
    }
}
