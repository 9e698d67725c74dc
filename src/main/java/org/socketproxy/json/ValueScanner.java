package org.socketproxy.json;

import java.util.BitSet;
import org.socketproxy.json.ElementException.Kind;

/**
 * Finds the end of one JSON value in arriving chunks. Checks strings and nesting, not the order of tokens.
 *
 * <p>Threading: one thread at a time.
 */
final class ValueScanner {
    /** The deepest response of the daemon has fewer than 20 levels. */
    static final int MAX_DEPTH = 512;

    private static final byte BLANK = 1;
    private static final byte TOKEN = 2;
    private static final byte STRUCTURE = 3;
    /** Class of each ASCII character outside of strings; 0 for characters that JSON does not allow there. */
    private static final byte[] CLASSES = new byte[128];

    static {
        mark(" \t\r\n", BLANK);
        mark("+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz,:", TOKEN);
        mark("\"{}[]", STRUCTURE);
    }

    private final BitSet arrays = new BitSet();
    private int depth;
    private boolean isInString;
    private boolean isEscaped;
    private boolean isScalar;

    private static void mark(String characters, byte kind) {
        characters.chars().forEach(character -> CLASSES[character] = kind);
    }

    static boolean isBlank(byte b) {
        return b == '\n' || b == ' ' || b == '\r' || b == '\t';
    }

    /** Begins a value; its first byte goes to {@link #end} too. */
    void begin(byte first) throws ElementException {
        boolean isStructured = first == '{' || first == '[' || first == '"';
        if (!isStructured && !isTokenByte(first)) {
            throw ElementException.malformed("a value begins with an invalid character");
        }
        depth = 0;
        isInString = false;
        isEscaped = false;
        isScalar = !isStructured;
    }

    private static boolean isTokenByte(byte b) {
        return b >= 0 && CLASSES[b] == TOKEN && b != ',' && b != ':';
    }

    /** Returns the index after the value, or -1 before its end. A number or literal ends with the byte after it. */
    int end(byte[] bytes, int from, int to) throws ElementException {
        return isScalar ? endOfScalar(bytes, from, to) : endOfStructure(bytes, from, to);
    }

    private static int endOfScalar(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!isTokenByte(bytes[i])) {
                return i;
            }
        }
        return -1;
    }

    private int endOfStructure(byte[] bytes, int from, int to) throws ElementException {
        int i = from;
        while (i < to) {
            if (isInString) {
                i = endOfString(bytes, i, to);
                if (!isInString && depth == 0) {
                    return i;
                }
                continue;
            }
            byte b = bytes[i++];
            byte kind = b < 0 ? 0 : CLASSES[b];
            if (kind == STRUCTURE) {
                if (b == '"') {
                    isInString = true;
                } else if (b == '{' || b == '[') {
                    open(b == '[');
                } else {
                    close(b == ']');
                    if (depth == 0) {
                        return i;
                    }
                }
            } else if (kind == 0) {
                throw ElementException.malformed("an invalid character outside of strings");
            }
        }
        return -1;
    }

    private int endOfString(byte[] bytes, int from, int to) throws ElementException {
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            if (isEscaped) {
                isEscaped = false;
            } else if (b == '"') {
                isInString = false;
                return i + 1;
            } else if (b == '\\') {
                isEscaped = true;
            }
            if (b >= 0 && b < ' ') {
                throw ElementException.malformed("a control character in a string");
            }
        }
        return to;
    }

    private void open(boolean isArray) throws ElementException {
        if (depth == MAX_DEPTH) {
            throw new ElementException(Kind.TOO_LARGE, "more than " + MAX_DEPTH + " levels of nesting");
        }
        arrays.set(depth++, isArray);
    }

    private void close(boolean isArray) throws ElementException {
        if (depth == 0 || arrays.get(--depth) != isArray) {
            throw ElementException.malformed("a bracket without its counterpart");
        }
    }
}
