package org.socketproxy.policy.target;

import com.fasterxml.jackson.core.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementEditor.Replace;

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
        private final List<int[]> kept = new ArrayList<>();
        private boolean isAnyRemoved;

        /** @param parser at the begin of the array or object */
        Selection(JsonParser parser) {
            this.begin = ElementEdits.begin(parser);
        }

        /** @param first index of the first byte of the value or member that ends with the current token */
        void add(int first, JsonParser parser, boolean isKept) throws IOException {
            if (isKept) {
                kept.add(new int[] {first, end(parser)});
            } else {
                isAnyRemoved = true;
            }
        }

        /**
         * Writes what is kept.
         *
         * @param parser at the end of the array or object
         */
        void finish(JsonParser parser) throws IOException {
            if (!isAnyRemoved) {
                return;
            }
            ByteArrayOutputStream left = new ByteArrayOutputStream();
            left.write(bytes[offset + begin]);
            for (int[] range : kept) {
                if (left.size() > 1) {
                    left.write(',');
                }
                left.write(bytes, offset + range[0], range[1] - range[0]);
            }
            left.write(bytes[offset + begin(parser)]);
            replace(begin, end(parser), left.toByteArray());
        }

        /** Returns the number of values that are kept. */
        int size() {
            return kept.size();
        }
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
