package org.socketproxy.json;

/** The JSON of a response cannot be split into elements, or one element cannot be handled. */
public final class ElementException extends Exception {
    private static final long serialVersionUID = 1;

    public enum Kind {
        /** The bytes are not JSON of the expected shape, or they end within a value. */
        MALFORMED,
        /** One element has more bytes than the limit. */
        TOO_LARGE
    }

    private final Kind kind;

    /** @param message a sentence without a part of the response, which can contain secrets */
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
