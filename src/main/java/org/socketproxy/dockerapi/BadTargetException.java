package org.socketproxy.dockerapi;

/**
 * A request target that two readers could read differently, and that is therefore refused (400) instead of judged.
 *
 * <p>Security: the message never repeats what the client sent.
 */
public final class BadTargetException extends Exception {
    private static final long serialVersionUID = 1;

    /** Why a target is refused; the code stands in audit records and is stable. */
    public enum Fault {
        FORM("target-form", "the request target must begin with one slash (origin form, RFC 9112 section 3.2.1)"),
        CHARACTER(
                "target-character",
                "the request target holds a character that no Docker API path has: "
                        + "a control byte, a byte over 0x7f, a backslash, a semicolon or a number sign"),
        SEGMENT("target-segment", "the path holds an empty segment, or one that is a single or double dot"),
        DEPTH("target-depth", "the path holds more than 64 segments, counted at slashes and escaped slashes"),
        ESCAPE("target-escape", "the path holds a percent escape that is broken, doubled or not needed"),
        SLASH("target-slash", "the path holds an escaped slash where no name may hold one"),
        VERSION(
                "target-version",
                "the API version must be v<digits>.<digits>, such as v1.45 or, below /libpod, v5.4.2");

        private final String code;
        private final String sentence;

        Fault(String code, String sentence) {
            this.code = code;
            this.sentence = sentence;
        }

        /** Stable, lower case, with dashes. */
        public String code() {
            return code;
        }

        /** What is wrong, for people; it never repeats what the client sent. */
        public String sentence() {
            return sentence;
        }
    }

    private final Fault fault;

    BadTargetException(Fault fault) {
        super(fault.sentence, null, false, false);
        this.fault = fault;
    }

    public Fault fault() {
        return fault;
    }
}
