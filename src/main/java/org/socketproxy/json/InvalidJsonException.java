package org.socketproxy.json;

/** A text is not one strict JSON value. The message never contains a value of the text. */
public final class InvalidJsonException extends Exception {
    private static final long serialVersionUID = 1;

    private final String pointer;

    InvalidJsonException(String pointer, String problem) {
        super(problem, null, false, false);
        this.pointer = pointer;
    }

    /** Returns the JSON pointer (RFC 6901) of the value with the problem; empty for the whole text. */
    public String pointer() {
        return pointer;
    }

    /** Returns the problem as a part of a sentence, such as {@code contains a name twice}. */
    public String problem() {
        return String.valueOf(getMessage());
    }

    /** Returns a copy whose pointer has this segment in front. */
    InvalidJsonException below(String segment) {
        return new InvalidJsonException("/" + JsonPointers.escape(segment) + pointer, problem());
    }
}
