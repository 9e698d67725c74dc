package org.socketproxy.json;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collects the head of an element that is too large to be held: the members with some names, whose values are objects with such
 * members, short texts and numbers, or arrays of these. The head is JSON of the same form, without blanks.
 *
 * <p>Threading: one thread at a time.
 *
 * <p>Security: takes bytes that {@link ValueScanner} has accepted. If a value with one of the names is too long, there is no head, so
 * that no decision is made without it.
 */
final class ElementHead {
    private static final int MAX_BYTES = 32 * 1024;
    private static final int MAX_TEXT_BYTES = 4096;
    private static final int MAX_KEY_BYTES = 256;
    private static final int MAX_DEPTH = 8;

    private enum State {
        BETWEEN,
        IN_KEY,
        IN_TEXT,
        /** In a number, true, false or null. */
        IN_WORD
    }

    private final Set<String> names;
    private final HeldBytes head = new HeldBytes();
    private final HeldBytes key = new HeldBytes();
    private final boolean[] isArray = new boolean[MAX_DEPTH];
    private final boolean[] hasValue = new boolean[MAX_DEPTH];
    private State state = State.BETWEEN;
    private int depth;
    /** Number of open arrays and objects, from the outermost, that are in the head. */
    private int keptDepth;

    private boolean isAfterColon;
    private boolean isEscaped;
    private boolean isValueKept;
    private int valueBegin;
    private boolean isTooLong;

    /** @param names names of the members that are collected, as they are written, without escapes */
    ElementHead(Set<String> names) {
        this.names = names;
    }

    /** Returns the memory in bytes that it holds. */
    int heldBytes() {
        return head.capacity() + key.capacity();
    }

    /** Takes the next bytes of the element. */
    void add(byte[] bytes, int from, int count) {
        int end = from + count;
        for (int i = from; i < end; i++) {
            if (state == State.IN_TEXT && !isValueKept && !isEscaped) {
                i = skip(bytes, i, end);
            }
            if (i < end) {
                switch (state) {
                    case IN_KEY, IN_TEXT -> inString(bytes[i]);
                    default -> outside(bytes[i]);
                }
            }
        }
    }

    /** Returns the index of the next byte that matters in a text that is left out, or the end. */
    private static int skip(byte[] bytes, int from, int end) {
        int i = from;
        while (i < end && bytes[i] != '"' && bytes[i] != '\\') {
            i++;
        }
        return i;
    }

    /** Returns the head of the whole element, or null if a value in it is too long. */
    @Nullable
    ByteBuffer whole() {
        return isTooLong ? null : ByteBuffer.wrap(head.array(), 0, head.length());
    }

    private void inString(byte b) {
        if (state == State.IN_KEY) {
            boolean isPart = isEscaped || b != '"';
            if (isPart && key.length() <= MAX_KEY_BYTES) {
                key.add(b);
            }
        } else {
            keep(b);
        }
        if (isEscaped) {
            isEscaped = false;
        } else if (b == '\\') {
            isEscaped = true;
        } else if (b == '"') {
            state = State.BETWEEN;
        }
    }

    private void outside(byte b) {
        switch (b) {
            case '"' -> beginString(b);
            case '{', '[' -> open(b);
            case '}', ']' -> close(b);
            case ':' -> isAfterColon = true;
            case ',' -> {
                isAfterColon = false;
                state = State.BETWEEN;
            }
            default -> word(b);
        }
    }

    private void beginString(byte b) {
        boolean isKey = isInHead() && keptDepth > 0 && !isArray[keptDepth - 1] && !isAfterColon;
        if (isKey) {
            key.clear();
            state = State.IN_KEY;
        } else {
            state = State.IN_TEXT;
            beginValue();
            keep(b);
        }
    }

    private void word(byte b) {
        if (ValueScanner.isBlank(b)) {
            state = State.BETWEEN;
            return;
        }
        if (state != State.IN_WORD) {
            state = State.IN_WORD;
            beginValue();
        }
        keep(b);
    }

    private void open(byte b) {
        boolean isKept = isInHead() && (keptDepth == 0 || !isArray[keptDepth - 1] && isNamed());
        if (isKept && keptDepth < MAX_DEPTH) {
            beginValue();
            keep(b);
            isArray[keptDepth] = b == '[';
            hasValue[keptDepth] = false;
            keptDepth++;
        }
        depth++;
        isAfterColon = false;
        state = State.BETWEEN;
    }

    private void close(byte b) {
        if (isInHead()) {
            keptDepth--;
            isValueKept = true;
            valueBegin = head.length();
            keep(b);
        }
        depth--;
        isAfterColon = false;
        state = State.BETWEEN;
    }

    private boolean isInHead() {
        return depth == keptDepth;
    }

    private boolean isNamed() {
        return names.contains(new String(key.array(), 0, key.length(), StandardCharsets.UTF_8));
    }

    private void beginValue() {
        isValueKept = isInHead() && (keptDepth == 0 || isArray[keptDepth - 1] || isNamed());
        if (!isValueKept) {
            return;
        }
        valueBegin = head.length();
        if (keptDepth > 0) {
            if (hasValue[keptDepth - 1]) {
                keep((byte) ',');
            }
            hasValue[keptDepth - 1] = true;
            if (!isArray[keptDepth - 1]) {
                keep((byte) '"');
                for (int i = 0; i < key.length(); i++) {
                    keep(key.array()[i]);
                }
                keep((byte) '"');
                keep((byte) ':');
            }
        }
    }

    private void keep(byte b) {
        if (!isValueKept) {
            return;
        }
        isTooLong |= head.length() == MAX_BYTES || head.length() - valueBegin == MAX_TEXT_BYTES;
        if (!isTooLong) {
            head.add(b);
        }
    }
}
