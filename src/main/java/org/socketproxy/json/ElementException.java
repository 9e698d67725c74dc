package org.socketproxy.json;

/** Thrown if a response cannot be split into elements, or an element cannot be handled. */
public final class ElementException extends Exception {
    private static final long serialVersionUID = 1;

    public enum Kind {
        /** Not JSON of the expected shape, or an early end. */
        MALFORMED,
        /** An element exceeds the limit. */
        TOO_LARGE
    }

    private final Kind kind;

    /** @param message a sentence without a part of the response, which may be secret */
    public ElementException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    static ElementException malformed(String message) {
        return new ElementException(Kind.MALFORMED, message);
    }

    public Kind kind() {
        return kind;
    }
}
