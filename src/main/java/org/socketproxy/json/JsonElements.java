package org.socketproxy.json;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.ElementException.Kind;

/**
 * Splits the JSON of a response into elements while it arrives; an editor keeps, replaces or drops each. Holds only an element that
 * crosses a chunk, and the separator before it. Kept elements pass byte for byte.
 *
 * <p>Threading: one thread at a time.
 *
 * <p>Security: input of another shape fails, and no byte of the faulty element passes.
 */
public final class JsonElements {
    /** Default limit of one element. */
    public static final int MAX_ELEMENT_BYTES = 8 << 20;
    /** Limit of an element of a list or stream; the head of a larger one can remain. */
    public static final int MAX_WHOLE_BYTES = 1 << 20;

    /** Place of the elements of an array that is no member. */
    public static final String ARRAY = "[]";
    /** Place of an element that is the whole JSON. */
    public static final String VALUE = "";

    /** RFC 7464: begins each value of a JSON text sequence. */
    private static final byte RECORD_SEPARATOR = 0x1E;

    private static final int MAX_KEY_BYTES = 256;

    private enum Shape {
        VALUE,
        ARRAY,
        MEMBERS,
        STREAM
    }

    private enum State {
        BEFORE,
        IN_ELEMENT,
        ARRAY_BEGIN,
        /** After a comma. */
        ARRAY_NEXT,
        ARRAY_AFTER,
        OBJECT_BEGIN,
        OBJECT_NEXT,
        IN_KEY,
        AFTER_KEY,
        BEFORE_MEMBER,
        /** In a value that passes. */
        IN_PASSED,
        /** In the literal null instead of an array or value. */
        IN_NULL,
        OBJECT_AFTER,
        AFTER
    }

    private final Shape shape;
    private final Set<String> names;
    private final ValueScanner scanner = new ValueScanner();
    private final PendingElement element;
    private final HeldBytes key = new HeldBytes();
    private int nullBytes;
    private @Nullable JsonElements next;
    /** Name, with a dot, of the object with the member; empty for the outer object. */
    private String parent = "";

    private State state = State.BEFORE;
    private String list = "";

    private JsonElements(Shape shape, Set<String> names, int maxBytes, ElementEditor editor) {
        this.shape = shape;
        this.names = Set.copyOf(names);
        Set<String> head = shape == Shape.VALUE && maxBytes > 0 ? Set.of() : editor.head();
        this.element =
                new PendingElement(head.isEmpty() ? maxBytes : Math.min(maxBytes, MAX_WHOLE_BYTES), editor, head);
    }

    /**
     * An object or an array of which a reader needs only the heads. Elements of any length pass, and are not held.
     *
     * @param list name of the array in an object; or {@link #ARRAY}, or {@link #VALUE} for an object that is the element
     * @param reader drops all elements; an element whose head is too long counts as reduced
     */
    public static JsonElements heads(String list, ElementEditor reader) {
        Shape shape = list.equals(VALUE) ? Shape.VALUE : list.equals(ARRAY) ? Shape.ARRAY : Shape.MEMBERS;
        return new JsonElements(shape, shape == Shape.MEMBERS ? Set.of(list) : Set.of(), 0, reader);
    }

    /** One element, an object or an array; null passes. Dropping the element leaves no bytes. */
    public static JsonElements value(int maxBytes, ElementEditor editor) {
        return new JsonElements(Shape.VALUE, Set.of(), maxBytes, editor);
    }

    /** An array of elements; null passes. */
    public static JsonElements array(int maxBytes, ElementEditor editor) {
        return new JsonElements(Shape.ARRAY, Set.of(), maxBytes, editor);
    }

    /** An object with arrays of elements, or null, in the members of these names, such as {@code a} or {@code a.b}; others pass. */
    public static JsonElements members(Set<String> names, int maxBytes, ElementEditor editor) {
        return new JsonElements(Shape.MEMBERS, names, maxBytes, editor);
    }

    /**
     * Objects or arrays one after the other: concatenated, one on each line, or as a JSON text sequence. Each passes with its last
     * byte.
     */
    public static JsonElements stream(int maxBytes, ElementEditor editor) {
        return new JsonElements(Shape.STREAM, Set.of(), maxBytes, editor);
    }

    /** Lets another splitter read what this one passes. */
    public JsonElements then(JsonElements following) {
        next = following;
        return this;
    }

    /** Returns the number of elements so far. */
    public int seen() {
        return element.seen();
    }

    /** Returns the number of elements so far that did not pass. */
    public int dropped() {
        return element.dropped();
    }

    /** Returns the number of elements that were too large to pass as a whole. */
    public int reduced() {
        return element.reduced();
    }

    /** Frees memory by keeping only the head of the held element of a stream; returns false if there is none. */
    public boolean reduce() {
        return shape == Shape.STREAM && element.reduce();
    }

    /** Returns bytes of memory. */
    public int heldBytes() {
        return element.heldBytes() + key.capacity() + (next == null ? 0 : next.heldBytes());
    }

    /**
     * Takes the next bytes.
     *
     * @param chunk read to its end
     * @param out copies bytes of the response before it returns
     * @throws ElementException if the bytes cannot be split; the response must end
     */
    public void accept(ByteBuffer chunk, Consumer<ByteBuffer> out) throws ElementException {
        if (next == null) {
            split(chunk, out);
            return;
        }
        HeldBytes passed = new HeldBytes();
        split(chunk, passed::add);
        next.accept(ByteBuffer.wrap(passed.array(), 0, passed.length()), out);
    }

    private void split(ByteBuffer chunk, Consumer<ByteBuffer> out) throws ElementException {
        int length = chunk.remaining();
        byte[] bytes;
        int from;
        if (chunk.hasArray()) {
            bytes = chunk.array();
            from = chunk.arrayOffset() + chunk.position();
            chunk.position(chunk.limit());
        } else {
            bytes = new byte[length];
            from = 0;
            chunk.get(bytes);
        }
        int to = from + length;
        int i = from;
        while (i < to) {
            i = switch (state) {
                case IN_ELEMENT -> inElement(bytes, i, to, out);
                case IN_KEY -> inKey(bytes, i, to, out);
                case IN_PASSED -> inPassed(bytes, i, to, out);
                case IN_NULL -> inNull(bytes, i, out);
                default -> between(bytes, i, to, out);
            };
        }
    }

    /**
     * Checks that the bytes were complete.
     *
     * @throws ElementException at an end within a value, or without bytes except of a stream
     */
    public void end() throws ElementException {
        boolean isComplete = state == State.AFTER || shape == Shape.STREAM && state == State.BEFORE;
        if (!isComplete) {
            throw ElementException.malformed("it ends before the end of a value");
        }
        if (next != null) {
            next.end();
        }
    }

    private int inElement(byte[] bytes, int from, int to, Consumer<ByteBuffer> out) throws ElementException {
        int end = scanner.end(bytes, from, to);
        if (end < 0) {
            element.add(bytes, from, to - from);
            return to;
        }
        element.complete(list, bytes, from, end - from, out);
        state = switch (shape) {
            case VALUE -> State.AFTER;
            case STREAM -> State.BEFORE;
            case ARRAY, MEMBERS -> State.ARRAY_AFTER;
        };
        return end;
    }

    private int inPassed(byte[] bytes, int from, int to, Consumer<ByteBuffer> out) throws ElementException {
        int end = scanner.end(bytes, from, to);
        int next = end < 0 ? to : end;
        PendingElement.pass(bytes, from, next - from, out);
        if (end >= 0) {
            state = State.OBJECT_AFTER;
        }
        return next;
    }

    /** Refuses a key with an escape, which no name of the API has. */
    private int inKey(byte[] bytes, int from, int to, Consumer<ByteBuffer> out) throws ElementException {
        int end = scanner.end(bytes, from, to);
        int next = end < 0 ? to : end;
        if (key.length() + (next - from) > MAX_KEY_BYTES) {
            throw new ElementException(Kind.TOO_LARGE, "a name has more than " + MAX_KEY_BYTES + " bytes");
        }
        key.add(bytes, from, next - from);
        PendingElement.pass(bytes, from, next - from, out);
        if (end >= 0) {
            list = parent + new String(key.array(), 1, key.length() - 2, StandardCharsets.UTF_8);
            key.clear();
            if (list.indexOf('\\') >= 0) {
                throw ElementException.malformed("a name with an escape");
            }
            state = State.AFTER_KEY;
        }
        return next;
    }

    /** Handles one byte, or a run of blanks, between values. */
    private int between(byte[] bytes, int from, int to, Consumer<ByteBuffer> out) throws ElementException {
        byte b = bytes[from];
        if (ValueScanner.isBlank(b)) {
            int next = from + 1;
            while (next < to && ValueScanner.isBlank(bytes[next])) {
                next++;
            }
            blanks(bytes, from, next - from, out);
            return next;
        }
        return switch (state) {
            case BEFORE -> begin(bytes, from, out);
            case ARRAY_BEGIN -> b == ']' ? endArray(bytes, from, out) : beginElement(b, from);
            case ARRAY_NEXT -> beginElement(b, from);
            case ARRAY_AFTER -> {
                if (b == ']') {
                    yield endArray(bytes, from, out);
                }
                require(b, ',');
                element.addSeparator(bytes, from, 1);
                state = State.ARRAY_NEXT;
                yield from + 1;
            }
            case OBJECT_BEGIN -> b == '}' ? endObject(bytes, from, out) : beginKey(b, from);
            case OBJECT_NEXT -> beginKey(b, from);
            case AFTER_KEY -> {
                require(b, ':');
                yield step(State.BEFORE_MEMBER, bytes, from, out);
            }
            case BEFORE_MEMBER -> beginMember(bytes, from, out);
            case OBJECT_AFTER -> {
                if (b == '}') {
                    yield endObject(bytes, from, out);
                }
                require(b, ',');
                yield step(State.OBJECT_NEXT, bytes, from, out);
            }
            default -> throw ElementException.malformed("characters after the value");
        };
    }

    private void blanks(byte[] bytes, int from, int count, Consumer<ByteBuffer> out) throws ElementException {
        boolean isBetweenElements =
                state == State.ARRAY_BEGIN || state == State.ARRAY_NEXT || state == State.ARRAY_AFTER;
        if (isBetweenElements || element.hasSeparator()) {
            element.addSeparator(bytes, from, count);
        } else if (shape != Shape.STREAM || element.isLastKept()) {
            PendingElement.pass(bytes, from, count, out);
        }
    }

    private int begin(byte[] bytes, int from, Consumer<ByteBuffer> out) throws ElementException {
        byte b = bytes[from];
        switch (shape) {
            case STREAM -> {
                if (b == RECORD_SEPARATOR) {
                    element.addSeparator(bytes, from, 1);
                    return from + 1;
                }
            }
            case MEMBERS -> {
                require(b, '{');
                return step(State.OBJECT_BEGIN, bytes, from, out);
            }
            case VALUE, ARRAY -> {
                if (b == 'n') {
                    return beginNull(from);
                }
            }
        }
        if (shape == Shape.ARRAY) {
            return beginArray(bytes, from, out);
        }
        if (b != '{' && b != '[') {
            throw ElementException.malformed("an element is neither an object nor an array");
        }
        return beginElement(b, from);
    }

    private int beginArray(byte[] bytes, int from, Consumer<ByteBuffer> out) throws ElementException {
        require(bytes[from], '[');
        element.beginArray();
        return step(State.ARRAY_BEGIN, bytes, from, out);
    }

    private int endArray(byte[] bytes, int from, Consumer<ByteBuffer> out) {
        element.passSeparator(out);
        return step(shape == Shape.ARRAY ? State.AFTER : State.OBJECT_AFTER, bytes, from, out);
    }

    private int beginElement(byte b, int from) throws ElementException {
        scanner.begin(b);
        state = State.IN_ELEMENT;
        return from;
    }

    private int beginKey(byte b, int from) throws ElementException {
        require(b, '"');
        scanner.begin(b);
        state = State.IN_KEY;
        return from;
    }

    private int endObject(byte[] bytes, int from, Consumer<ByteBuffer> out) {
        State after = parent.isEmpty() ? State.AFTER : State.OBJECT_AFTER;
        parent = "";
        return step(after, bytes, from, out);
    }

    private int beginMember(byte[] bytes, int from, Consumer<ByteBuffer> out) throws ElementException {
        boolean isParent = bytes[from] == '{' && parent.isEmpty();
        if (isParent && names.stream().anyMatch(name -> name.startsWith(list + "."))) {
            parent = list + ".";
            return step(State.OBJECT_BEGIN, bytes, from, out);
        }
        if (!names.contains(list)) {
            scanner.begin(bytes[from]);
            state = State.IN_PASSED;
            return from;
        }
        return bytes[from] == 'n' ? beginNull(from) : beginArray(bytes, from, out);
    }

    private int beginNull(int from) {
        nullBytes = 0;
        state = State.IN_NULL;
        return from;
    }

    private int inNull(byte[] bytes, int from, Consumer<ByteBuffer> out) throws ElementException {
        require(bytes[from], "null".charAt(nullBytes++));
        boolean isWhole = nullBytes == "null".length();
        State next = shape == Shape.MEMBERS ? State.OBJECT_AFTER : State.AFTER;
        return step(isWhole ? next : State.IN_NULL, bytes, from, out);
    }

    private int step(State next, byte[] bytes, int from, Consumer<ByteBuffer> out) {
        PendingElement.pass(bytes, from, 1, out);
        state = next;
        return from + 1;
    }

    private static void require(byte found, char expected) throws ElementException {
        if (found != expected) {
            throw ElementException.malformed("a character other than " + expected + " where it is required");
        }
    }
}
