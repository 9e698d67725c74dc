package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.util.List;
import org.socketproxy.policy.build.SessionNames.Kind;

/**
 * Place of the name in a call for a secret, an SSH agent or a registry: a field of the message, or a header field of the call.
 *
 * @param message type of the message; empty for a header field
 * @param field name of the field
 * @param otherwise the name that the client reads without the field
 */
public record AskedName(Kind kind, String message, String field, String otherwise) {
    private static final String HEADER = "header";
    /** The name that clients of BuildKit read in a call without one. */
    private static final String DEFAULT_AGENT = "default";

    private static final int PARTS = 3;

    /** @param text such as {@code secret:SecretRequest:ID} or {@code ssh:header:buildkit.ssh.id} */
    static AskedName of(String text) {
        String[] parts = text.split(":", PARTS);
        Kind kind = Kind.valueOf(parts[0].toUpperCase(java.util.Locale.ROOT));
        String message = parts[1].equals(HEADER) ? "" : parts[1];
        if (!message.isEmpty()) {
            MessageType.of(message).field(parts[2]);
        }
        return new AskedName(kind, message, parts[2], kind == Kind.SSH ? DEFAULT_AGENT : "");
    }

    /** Returns true if the name is in the message, which is the only one of the daemon. */
    public boolean isInMessage() {
        return !message.isEmpty();
    }

    /** Judges the message, and returns what to forward. */
    public ByteBuffer judge(ByteBuffer sent, SessionNames names)
            throws MalformedMessageException, DeniedContentException {
        ProtoMessage read = ProtoMessage.read(message, sent);
        require(read.text(field), names);
        return GrpcFrame.of(read.encode());
    }

    /** Judges the values of the header field; readers of several values can read the first or the last one. */
    public void judge(List<String> values, SessionNames names) throws DeniedContentException {
        for (String value : values.isEmpty() ? List.of("") : values) {
            require(value, names);
        }
    }

    private void require(String value, SessionNames names) throws DeniedContentException {
        String name = value.isEmpty() ? otherwise : value;
        if (!names.allows(kind, name)) {
            throw new DeniedContentException(kind.setting() + " does not name "
                    + (kind.isName(name) ? "the " + kind.noun() + " " + name : "this " + kind.noun()));
        }
    }
}
