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
    /** Follows the name of an object of which all members, or of an array of which all objects are in the head. */
    private static final String ALL = ".*";

    private static final int MAX_DEPTH = 8;

    private enum State {
        BETWEEN,
        IN_KEY,
        IN_TEXT,
        /** In a number, true, false or null. */
        IN_WORD
    }

    /**
     * Limits in bytes.
     *
     * @param head of the whole head
     * @param text of one text or name in it
     */
    record Limits(int head, int text) {
        /** For an element that is forwarded. */
        static final Limits FORWARDED = new Limits(32 * 1024, 4096);
        /** For an element that the proxy reads. */
        static final Limits READ = new Limits(3 << 20, 64 * 1024);
    }

    private final Set<String> names;
    private final Limits limits;
    private final boolean[] isWhole = new boolean[MAX_DEPTH];
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

    /** @param names names as written, without escapes; {@code Networks.*} keeps also the members, or the objects of an array, with other names */
    ElementHead(Set<String> names, Limits limits) {
        this.names = names;
        this.limits = limits;
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
            if (isPart && key.length() <= limits.text) {
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
        boolean isKept =
                isInHead() && (keptDepth == 0 || (isArray[keptDepth - 1] ? isWhole[keptDepth - 1] : isNamed()));
        if (isKept && keptDepth < MAX_DEPTH) {
            boolean isAll = keptDepth > 0 && !isArray[keptDepth - 1] && names.contains(key() + ALL);
            beginValue();
            keep(b);
            isWhole[keptDepth] = isAll;
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

    /** Returns true for a member whose value is in the head. */
    private boolean isNamed() {
        return isWhole[keptDepth - 1] || names.contains(key());
    }

    private String key() {
        return new String(key.array(), 0, key.length(), StandardCharsets.UTF_8);
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
        isTooLong |= head.length() == limits.head || head.length() - valueBegin == limits.text;
        if (!isTooLong) {
            head.add(b);
        }
    }
}
