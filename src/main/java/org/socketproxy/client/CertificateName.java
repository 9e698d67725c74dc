package org.socketproxy.client;

/** Kind of a name in a client certificate. */
public enum CertificateName {
    /** The common name of the subject; case-sensitive. */
    CN("cn"),
    /** A subject alternative name of type dNSName; not case-sensitive. */
    DNS("dns"),
    /** A subject alternative name of type uniformResourceIdentifier, such as a SPIFFE id; case-sensitive. */
    URI("uri"),
    /** A subject alternative name of type rfc822Name; case-sensitive. */
    EMAIL("email");

    private final String word;

    CertificateName(String word) {
        this.word = word;
    }

    /** Returns the word for messages and the policy file, such as {@code cn}. */
    public String word() {
        return word;
    }
}
