package org.socketproxy.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementEditor.Replace;
import org.socketproxy.json.ElementException.Kind;

/**
 * Replaces values of one element in the order of the text, in a copy that is made with the first replacement. Each method takes the
 * parser at the first token of a value, and leaves it at the last one.
 */
public final class Splices {
    private static final byte[] EMPTY_OBJECT = {'{', '}'};
    private static final int GROWTH_BYTES = 32;

    private final byte[] bytes;
    private final int offset;
    private final int length;
    private final int maxBytes;
    private byte @Nullable [] result;
    private int resultLength;
    /** Index up to which the bytes are in the result. */
    private int copied;

    /** Reads an element, which is valid until the method returns. */
    @FunctionalInterface
    public interface ElementReader {
        void read(ByteBuffer element) throws ElementException;
    }

    /** @param maxBytes limit of the result */
    Splices(ByteBuffer element, int maxBytes) {
        this.length = element.remaining();
        this.maxBytes = maxBytes;
        this.bytes = element.array();
        this.offset = element.arrayOffset() + element.position();
    }

    /** Replaces a whole value. */
    public void replace(JsonParser parser, byte[] json) throws IOException, ElementException {
        int begin = begin(parser);
        parser.skipChildren();
        replace(begin, end(parser), json);
    }

    /**
     * Removes strings from an array. Null passes.
     *
     * @param isMixed true to keep other values, which are malformed otherwise
     */
    void keepTexts(JsonParser parser, boolean isMixed, Predicate<String> keep) throws IOException, ElementException {
        Selection selection = beginArray(parser);
        while (selection != null && parser.nextToken() != JsonToken.END_ARRAY) {
            int begin = begin(parser);
            boolean isPassed = isMixed && parser.currentToken() != JsonToken.VALUE_STRING;
            boolean isKept = isPassed || keep.test(ElementParser.text(parser));
            parser.skipChildren();
            selection.add(begin, parser, isKept ? Edit.KEEP : Edit.DROP);
        }
        finish(selection, parser);
    }

    /** Removes members by name. Any other value becomes an empty object. */
    void keepMembers(JsonParser parser, Predicate<String> keep) throws IOException, ElementException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            replace(parser, EMPTY_OBJECT);
            return;
        }
        Selection selection = new Selection(begin(parser));
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            int begin = begin(parser);
            boolean isKept = keep.test(parser.currentName());
            parser.nextToken();
            parser.skipChildren();
            selection.add(begin, parser, isKept ? Edit.KEEP : Edit.DROP);
        }
        finish(selection, parser);
    }

    /** Reads the values of an array. Null passes. */
    public void readElements(JsonParser parser, ElementReader reader) throws IOException, ElementException {
        boolean isArray = beginArray(parser) != null;
        while (isArray && parser.nextToken() != JsonToken.END_ARRAY) {
            int begin = begin(parser);
            parser.skipChildren();
            reader.read(slice(begin, end(parser)));
        }
    }

    /** Lets an editor decide on each value of an array. Null passes. */
    public void editElements(JsonParser parser, ElementEditor editor) throws IOException, ElementException {
        Selection selection = beginArray(parser);
        while (selection != null && parser.nextToken() != JsonToken.END_ARRAY) {
            int begin = begin(parser);
            parser.skipChildren();
            selection.add(begin, parser, editor.edit("", slice(begin, end(parser))));
        }
        finish(selection, parser);
    }

    /** A selection of values of an array or members of an object. */
    private final class Selection {
        private final int begin;
        private final List<ByteBuffer> kept = new ArrayList<>();
        private boolean isChanged;

        Selection(int begin) {
            this.begin = begin;
        }

        /** Decides on the value or member up to the end of the current token. */
        void add(int from, JsonParser parser, Edit edit) throws IOException {
            isChanged |= edit != Edit.KEEP;
            if (edit instanceof Replace replaced) {
                kept.add(replaced.bytes());
            } else if (edit == Edit.KEEP) {
                kept.add(slice(from, end(parser)));
            }
        }
    }

    private @Nullable Selection beginArray(JsonParser parser) throws ElementException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        ElementParser.require(parser.currentToken() == JsonToken.START_ARRAY);
        return new Selection(begin(parser));
    }

    private void finish(@Nullable Selection selection, JsonParser parser) throws IOException, ElementException {
        if (selection == null || !selection.isChanged) {
            return;
        }
        ByteArrayOutputStream left = new ByteArrayOutputStream();
        left.write(bytes[offset + selection.begin]);
        for (ByteBuffer each : selection.kept) {
            if (left.size() > 1) {
                left.write(',');
            }
            left.write(each.array(), each.arrayOffset() + each.position(), each.remaining());
        }
        left.write(bytes[offset + begin(parser)]);
        replace(selection.begin, end(parser), left.toByteArray());
    }

    private static int begin(JsonParser parser) {
        return (int) parser.currentTokenLocation().getByteOffset();
    }

    private static int end(JsonParser parser) throws IOException {
        parser.finishToken();
        return (int) parser.currentLocation().getByteOffset();
    }

    private ByteBuffer slice(int begin, int end) {
        return ByteBuffer.wrap(bytes, offset + begin, end - begin);
    }

    private void replace(int begin, int end, byte[] by) throws ElementException {
        append(bytes, offset + copied, begin - copied);
        append(by, 0, by.length);
        copied = end;
    }

    private void append(byte[] from, int begin, int count) throws ElementException {
        byte[] target = result == null ? new byte[length + GROWTH_BYTES] : result;
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

    Edit edit() throws ElementException {
        if (result == null) {
            return Edit.KEEP;
        }
        append(bytes, offset + copied, length - copied);
        return new Replace(ByteBuffer.wrap(result, 0, resultLength));
    }
}
