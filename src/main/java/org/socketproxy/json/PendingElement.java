package org.socketproxy.json;

import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.ElementEditor.Drop;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementEditor.Replace;
import org.socketproxy.json.ElementException.Kind;

/**
 * Holds the arriving element and the separator before it until the editor decides. The first kept element of an array has no comma
 * before it. Of an element that is too large only the head is held.
 */
final class PendingElement {
    private final int maxBytes;
    private final ElementEditor editor;
    private final Set<String> headNames;
    private final ElementHead.Limits headLimits;
    private final HeldBytes element = new HeldBytes();
    private final HeldBytes separator = new HeldBytes();
    private @Nullable ElementHead head;
    private int reduced;
    private int seen;
    private int dropped;
    private boolean isAnyKept;
    private boolean isLastKept = true;

    /**
     * @param maxBytes zero to hold no element, and only the heads
     * @param headNames members of the head; without names a too large element fails
     */
    PendingElement(int maxBytes, ElementEditor editor, Set<String> headNames) {
        this.maxBytes = maxBytes;
        this.editor = editor;
        this.headNames = headNames;
        this.headLimits = maxBytes == 0 ? ElementHead.Limits.READ : ElementHead.Limits.FORWARDED;
    }

    int heldBytes() {
        return element.capacity() + separator.capacity() + (head == null ? 0 : head.heldBytes());
    }

    int seen() {
        return seen;
    }

    int dropped() {
        return dropped;
    }

    int reduced() {
        return reduced;
    }

    boolean reduce() {
        if (head != null || element.isEmpty() || headNames.isEmpty()) {
            return false;
        }
        head = headOf(element.array(), 0, element.length());
        element.clear();
        return true;
    }

    void beginArray() {
        isAnyKept = false;
    }

    /** Returns true also without an element. */
    boolean isLastKept() {
        return isLastKept;
    }

    boolean hasSeparator() {
        return !separator.isEmpty();
    }

    void addSeparator(byte[] bytes, int from, int count) throws ElementException {
        if (maxBytes == 0) {
            return; // no element passes
        }
        if (!fits(count)) {
            throw tooLarge();
        }
        separator.add(bytes, from, count);
    }

    /** Passes the blanks before the end of the array. */
    void passSeparator(Consumer<ByteBuffer> out) {
        pass(separator.array(), 0, separator.length(), out);
        separator.clear();
    }

    void add(byte[] bytes, int from, int count) throws ElementException {
        if (head == null && !fits(count)) {
            head = head();
        }
        if (head == null) {
            element.add(bytes, from, count);
        } else {
            head.add(bytes, from, count);
        }
    }

    /** Adds the last bytes, and lets the editor decide. */
    void complete(String list, byte[] bytes, int from, int count, Consumer<ByteBuffer> out) throws ElementException {
        if (head == null && element.isEmpty() && fits(count)) {
            edit(list, bytes, from, count, out);
        } else {
            add(bytes, from, count);
            edit(list, element.array(), 0, element.length(), out);
            element.clear();
            head = null;
        }
        separator.clear();
        seen++;
        dropped += isLastKept ? 0 : 1;
    }

    private boolean fits(int more) {
        return more <= maxBytes - element.length() - separator.length();
    }

    private ElementException tooLarge() {
        return new ElementException(Kind.TOO_LARGE, "an element has more than " + maxBytes + " bytes");
    }

    private ElementHead head() throws ElementException {
        if (headNames.isEmpty()) {
            throw tooLarge();
        }
        ElementHead begun = headOf(element.array(), 0, element.length());
        element.clear();
        return begun;
    }

    private ElementHead headOf(byte[] bytes, int from, int count) {
        ElementHead begun = new ElementHead(headNames, headLimits);
        begun.add(bytes, from, count);
        return begun;
    }

    private void edit(String list, byte[] bytes, int from, int count, Consumer<ByteBuffer> out)
            throws ElementException {
        ElementHead reducedTo = head;
        if (reducedTo == null) {
            try {
                pass(editor.edit(list, ByteBuffer.wrap(bytes, from, count)), bytes, from, count, out);
                return;
            } catch (ElementException wrong) {
                if (wrong.kind() != Kind.TOO_LARGE || headNames.isEmpty()) {
                    throw wrong;
                }
                reducedTo = headOf(bytes, from, count);
            }
        }
        ByteBuffer whole = reducedTo.whole();
        if (whole == null) {
            reduced++;
            isLastKept = false;
            return;
        }
        byte[] small = new byte[whole.remaining()];
        whole.get(small);
        Edit edit = editor.edit(list, ByteBuffer.wrap(small));
        reduced += edit instanceof Drop ? 0 : 1;
        pass(edit, small, 0, small.length, out);
    }

    private void pass(Edit edit, byte[] bytes, int from, int count, Consumer<ByteBuffer> out) {
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
