package org.socketproxy.policy.mask;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementEditor.Replace;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.ElementException.Kind;
import org.socketproxy.json.JsonText;

/** Replaces tokens of one element in a copy of its bytes; without a replacement it makes no copy. */
final class Splices {
    private static final byte[] MASKED = json(Marker.TEXT);
    private static final byte[] ZERO = {'0'};

    private final byte[] bytes;
    private final int offset;
    private final int length;
    private final int maxBytes;
    private byte @Nullable [] result;
    private int resultLength;
    /** Index in the element up to which its bytes are in the result. */
    private int copied;

    /** @param maxBytes limit of the result */
    Splices(ByteBuffer element, int maxBytes) {
        this.length = element.remaining();
        this.maxBytes = maxBytes;
        this.bytes = element.array();
        this.offset = element.arrayOffset() + element.position();
    }

    byte[] bytes() {
        return bytes;
    }

    int offset() {
        return offset;
    }

    int length() {
        return length;
    }

    /** Replaces the string that the parser has just read by its masked form, if that is another string. */
    void replaceString(JsonParser parser, MaskMethod method) throws IOException, ElementException {
        if (method == MaskMethod.WHOLE) {
            replace(parser, MASKED);
            return;
        }
        String value = parser.getText();
        String masked = method.mask(value);
        if (!masked.equals(value)) {
            replace(parser, json(masked));
        }
    }

    /** Replaces the number that the parser has just read by zero. */
    void replaceNumber(JsonParser parser) throws IOException, ElementException {
        replace(parser, ZERO);
    }

    private static byte[] json(String text) {
        return JsonText.compact(json -> json.writeString(text)).getBytes(StandardCharsets.UTF_8);
    }

    private void replace(JsonParser parser, byte[] replacement) throws IOException, ElementException {
        parser.finishToken();
        int begin = (int) parser.currentTokenLocation().getByteOffset();
        int end = (int) parser.currentLocation().getByteOffset();
        append(bytes, offset + copied, begin - copied);
        append(replacement, 0, replacement.length);
        copied = end;
    }

    private void append(byte[] from, int begin, int count) throws ElementException {
        byte[] target = result == null ? new byte[length + MASKED.length] : result;
        int needed = resultLength + count;
        if (needed > maxBytes) {
            throw new ElementException(Kind.TOO_LARGE, "a masked element has more than " + maxBytes + " bytes");
        }
        if (needed > target.length) {
            target = Arrays.copyOf(target, Math.max(needed, 2 * target.length));
        }
        System.arraycopy(from, begin, target, resultLength, count);
        resultLength = needed;
        result = target;
    }

    /** Returns the element with its replacements. */
    Edit edit() throws ElementException {
        if (result == null) {
            return Edit.KEEP;
        }
        append(bytes, offset + copied, length - copied);
        return new Replace(ByteBuffer.wrap(result, 0, resultLength));
    }
}
