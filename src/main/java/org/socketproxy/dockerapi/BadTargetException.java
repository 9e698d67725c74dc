package org.socketproxy.dockerapi;

import java.util.Locale;

/**
 * Thrown for a request target that two parsers could read differently; the proxy rejects it with status 400.
 *
 * <p>Security: the message never repeats bytes that the client sent.
 */
public final class BadTargetException extends Exception {
    private static final long serialVersionUID = 1;

    /** Reason for the rejection. */
    public enum Fault {
        FORM("the request target must begin with one slash (origin form, RFC 9112 section 3.2.1)"),
        CHARACTER("the request target contains a character that no Docker API path has: "
                + "a control byte, a byte over 0x7f, a backslash, a semicolon or a number sign"),
        SEGMENT("the path contains an empty segment, or a segment that is a single or double dot"),
        DEPTH("the path contains more than 64 segments, counted at slashes and escaped slashes"),
        ESCAPE("the path contains a percent escape that is invalid, doubled or unnecessary"),
        SLASH("the path contains an escaped slash where a name cannot contain one"),
        VERSION("the API version must be v<digits>.<digits>, such as v1.45 or, below /libpod, v5.4.2"),
        PARAMETER(
                "the query contains a semicolon, or a parameter twice, with another case of its name, or with a value that"
                        + " is not valid"),
        FILTERS("filters must be a JSON object that has an array of strings for each name, or an object of booleans for"
                + " each name");

        private final String sentence;

        Fault(String sentence) {
            this.sentence = sentence;
        }

        /** The stable code, such as {@code target-form}. */
        public String code() {
            return "target-" + name().toLowerCase(Locale.ROOT);
        }

        /** Describes the fault in one sentence, without bytes that the client sent. */
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
