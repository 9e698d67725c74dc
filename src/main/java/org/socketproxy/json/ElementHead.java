package org.socketproxy.json;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collects the head of an element that is too large to hold: the members of some names with short texts, numbers, or objects and
 * arrays of these. The head is JSON of the same form, without blanks.
 *
 * <p>Threading: one thread at a time.
 *
 * <p>Security: takes bytes that {@link ValueScanner} has accepted. A too long value makes the head null, because no decision may
 * lack it.
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
    /** Number of open arrays and objects in the head. */
    private int keptDepth;

    private boolean isAfterColon;
    private boolean isEscaped;
    private boolean isValueKept;
    private int valueBegin;
    private boolean isTooLong;

    /** @param names names as written, without escapes */
    ElementHead(Set<String> names) {
        this.names = names;
    }

    int heldBytes() {
        return head.capacity() + key.capacity();
    }

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

    /** Skips a text outside of the head. */
    private static int skip(byte[] bytes, int from, int end) {
        int i = from;
        while (i < end && bytes[i] != '"' && bytes[i] != '\\') {
            i++;
        }
        return i;
    }

    /** Returns null if a value in the head is too long. */
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
