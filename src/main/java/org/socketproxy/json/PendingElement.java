package org.socketproxy.json;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.socketproxy.json.ElementEditor.Drop;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementEditor.Replace;
import org.socketproxy.json.ElementException.Kind;

/**
 * The element that arrives, with the separator before it: both are held until the editor decides. A dropped element takes
 * its separator with it; the first element that is kept has no comma before it.
 */
final class PendingElement {
    private final int maxBytes;
    private final ElementEditor editor;
    private final HeldBytes element = new HeldBytes();
    private final HeldBytes separator = new HeldBytes();
    private boolean isAnyKept;
    private boolean isLastKept = true;

    PendingElement(int maxBytes, ElementEditor editor) {
        this.maxBytes = maxBytes;
        this.editor = editor;
    }

    int heldBytes() {
        return element.capacity() + separator.capacity();
    }

    /** Begins an array, whose first element has no comma before it. */
    void beginArray() {
        isAnyKept = false;
    }

    /** Returns whether the last element was kept, or there was none. */
    boolean isLastKept() {
        return isLastKept;
    }

    boolean hasSeparator() {
        return !separator.isEmpty();
    }

    void addSeparator(byte[] bytes, int from, int count) throws ElementException {
        checkSize(count);
        separator.add(bytes, from, count);
    }

    /** Passes the blanks between the last element and the end of its array. */
    void passSeparator(Consumer<ByteBuffer> out) {
        pass(separator.array(), 0, separator.length(), out);
        separator.clear();
    }

    void add(byte[] bytes, int from, int count) throws ElementException {
        checkSize(count);
        element.add(bytes, from, count);
    }

    /** Adds the last bytes of the element, and lets the editor decide. */
    void complete(String list, byte[] bytes, int from, int count, Consumer<ByteBuffer> out) throws ElementException {
        if (element.isEmpty()) {
            checkSize(count);
            edit(list, bytes, from, count, out);
        } else {
            add(bytes, from, count);
            edit(list, element.array(), 0, element.length(), out);
            element.clear();
        }
        separator.clear();
    }

    private void checkSize(int more) throws ElementException {
        if (more > maxBytes - element.length() - separator.length()) {
            throw new ElementException(Kind.TOO_LARGE, "an element has more than " + maxBytes + " bytes");
        }
    }

    private void edit(String list, byte[] bytes, int from, int count, Consumer<ByteBuffer> out)
            throws ElementException {
        Edit edit = editor.edit(list, ByteBuffer.wrap(bytes, from, count));
        isLastKept = !(edit instanceof Drop);
        if (!isLastKept) {
            return;
        }
        if (isAnyKept) {
            passSeparator(out);
        } else {
            passWithoutComma(out);
        }
        isAnyKept = true;
        if (edit instanceof Replace replaced) {
            out.accept(replaced.bytes());
        } else {
            pass(bytes, from, count, out);
        }
    }

    private void passWithoutComma(Consumer<ByteBuffer> out) {
        byte[] bytes = separator.array();
        int comma = 0;
        while (comma < separator.length() && bytes[comma] != ',') {
            comma++;
        }
        pass(bytes, 0, comma, out);
        pass(bytes, comma + 1, separator.length() - comma - 1, out);
    }

    static void pass(byte[] bytes, int offset, int count, Consumer<ByteBuffer> out) {
        if (count > 0) {
            out.accept(ByteBuffer.wrap(bytes, offset, count));
        }
    }
}
