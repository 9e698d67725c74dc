package org.socketproxy.json;

/** Thrown for text that is not one strict JSON value; the message contains no value of it. */
public final class InvalidJsonException extends Exception {
    private static final long serialVersionUID = 1;

    private final String pointer;

    public InvalidJsonException(String pointer, String problem) {
        super(problem, null, false, false);
        this.pointer = pointer;
    }

    /** Returns the JSON pointer (RFC 6901) of the invalid value; empty for the whole text. */
    public String pointer() {
        return pointer;
    }

    /** Returns a part of a sentence, such as {@code contains a name twice}. */
    public String problem() {
        return String.valueOf(getMessage());
    }

    /** Adds a segment before the pointer. */
    InvalidJsonException below(String segment) {
        return new InvalidJsonException("/" + JsonPointers.escape(segment) + pointer, problem());
    }
}
