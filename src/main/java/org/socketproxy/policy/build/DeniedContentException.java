package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.socketproxy.client.PrintableText;

/** Content that a client may not send to the daemon. The text is the end of a sentence and printable. */
public final class DeniedContentException extends Exception {
    private static final long serialVersionUID = 1;
    private static final int LONGEST_NAME = 200;

    public DeniedContentException(String problem) {
        super(problem, null, false, false);
    }

    /** Returns the printable form of a name of the client. */
    static String shown(ByteBuffer name) {
        return PrintableText.escape(
                StandardCharsets.UTF_8.decode(name.duplicate()).toString(), LONGEST_NAME);
    }
}
