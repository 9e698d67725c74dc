package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementEditor.Replace;
import org.socketproxy.json.ElementException;

/** Replaces values of one element in a copy of its bytes, in the order of the text; other bytes remain as they are. */
final class ElementEdits {
    private final byte[] bytes;
    private final int offset;
    private final int length;
    private final ByteArrayOutputStream result = new ByteArrayOutputStream();
    /** Index in the element up to which its bytes are in the result. */
    private int copied;

    /** @param element has an array */
    ElementEdits(ByteBuffer element) {
        this.bytes = element.array();
        this.offset = element.arrayOffset() + element.position();
        this.length = element.remaining();
    }

    /** Returns a parser of the element, before its first token. */
    JsonParser parse() throws IOException {
        return ObjectReader.FACTORY.createParser(bytes, offset, length);
    }

    /** Returns the index of the first byte of the current token. */
    static int begin(JsonParser parser) {
        return (int) parser.currentTokenLocation().getByteOffset();
    }

    /** Returns the index after the last byte of the current token. */
    static int end(JsonParser parser) throws IOException {
        parser.finishToken();
        return (int) parser.currentLocation().getByteOffset();
    }

    /** Replaces the bytes between two indexes, which are behind those of the replacements before. */
    void replace(int begin, int end, byte[] by) {
        result.write(bytes, offset + copied, begin - copied);
        result.writeBytes(by);
        copied = end;
    }

    /** Replaces the value at the parser, with all that it contains. */
    void replaceValue(JsonParser parser, String by) throws IOException {
        int begin = begin(parser);
        parser.skipChildren();
        replace(begin, end(parser), by.getBytes(StandardCharsets.UTF_8));
    }

    /** Values of an array or members of an object, of which some are kept. */
    final class Selection {
        private final int begin;
        private final List<ByteBuffer> kept = new ArrayList<>();
        private boolean isChanged;

        /** @param parser at the begin of the array or object */
        Selection(JsonParser parser) {
            this.begin = ElementEdits.begin(parser);
        }

        /**
         * Decides on the value or member that ends with the current token.
         *
         * @param first index of its first byte
         */
        void add(int first, JsonParser parser, Edit edit) throws IOException {
            isChanged |= edit != Edit.KEEP;
            if (edit instanceof Replace replaced) {
                kept.add(replaced.bytes());
            } else if (edit == Edit.KEEP) {
                kept.add(slice(first, end(parser)));
            }
        }

        /**
         * Writes what is kept.
         *
         * @param parser at the end of the array or object
         */
        void finish(JsonParser parser) throws IOException {
            if (!isChanged) {
                return;
            }
            ByteArrayOutputStream left = new ByteArrayOutputStream();
            left.write(bytes[offset + begin]);
            for (ByteBuffer each : kept) {
                if (left.size() > 1) {
                    left.write(',');
                }
                left.write(each.array(), each.arrayOffset() + each.position(), each.remaining());
            }
            left.write(bytes[offset + begin(parser)]);
            replace(begin, end(parser), left.toByteArray());
        }
    }

    /** Returns the bytes between two indexes. */
    ByteBuffer slice(int begin, int end) {
        return ByteBuffer.wrap(bytes, offset + begin, end - begin);
    }

    /** Lets an editor decide on each value of the array at the parser; null has no value. */
    void editArray(JsonParser parser, ElementEditor editor) throws IOException, ElementException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        ObjectReader.require(parser.currentToken() == JsonToken.START_ARRAY);
        Selection selection = new Selection(parser);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            int begin = begin(parser);
            parser.skipChildren();
            selection.add(begin, parser, editor.edit("", slice(begin, end(parser))));
        }
        selection.finish(parser);
    }

    /** Returns the element with its replacements. */
    Edit edit() {
        if (copied == 0) {
            return Edit.KEEP;
        }
        result.write(bytes, offset + copied, length - copied);
        return new Replace(ByteBuffer.wrap(result.toByteArray()));
    }
}
