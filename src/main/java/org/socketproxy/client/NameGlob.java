package org.socketproxy.client;

import org.socketproxy.client.CertificateIdentity.CertificateName;

/**
 * Pattern for a name in a certificate. {@code *} stands for one or more characters within one label, at most one in a label. A
 * label is a run of ASCII letters, digits, {@code -} and {@code _}; in the path of a URI also {@code .} and {@code ~}.
 */
record NameGlob(CertificateName kind, String text) {
    private static final char STAR = '*';
    /** Slashes of a URI up to the end of its authority, as in {@code spiffe://domain/}. */
    private static final int SLASHES_BEFORE_PATH = 3;

    /** @throws IllegalArgumentException if the pattern could match nothing or too much; with a message for the administrator */
    NameGlob {
        if (!CertificateIdentity.isComparable(text)) {
            throw new IllegalArgumentException("the pattern of a certificate name is empty, has control characters, or"
                    + " has more than " + CertificateIdentity.MAX_CHARS + " characters");
        }
        if (kind != CertificateName.CN && text.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw new IllegalArgumentException("\"" + text + "\" has spaces or characters other than ASCII; names of"
                    + " type " + kind.word() + " have none (write a domain name in its xn-- form)");
        }
        if (hasTwoStars(kind, text)) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" has two * in one label; use one for each label, such" + " as " + example(kind));
        }
        if (kind == CertificateName.URI && text.indexOf(STAR) >= 0 && text.indexOf(STAR) < authority(text)) {
            throw new IllegalArgumentException("\"" + text + "\" has a * before the authority; use it behind a scheme,"
                    + " such as " + example(kind));
        }
    }

    private static int authority(String uri) {
        int separator = uri.indexOf("://");
        return separator < 0 ? uri.length() : separator + 3;
    }

    private static String example(CertificateName kind) {
        return switch (kind) {
            case CN -> "runner-*";
            case DNS -> "*.ci.example";
            case URI -> "spiffe://domain/ns/ci/sa/*";
            case EMAIL -> "ci-*@example.org";
        };
    }

    private static boolean hasTwoStars(CertificateName kind, String pattern) {
        int slashes = 0;
        boolean isStarred = false;
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c == STAR) {
                if (isStarred) {
                    return true;
                }
                isStarred = true;
            } else if (!isOfLabel(kind, c, slashes)) {
                isStarred = false;
                slashes += c == '/' ? 1 : 0;
            }
        }
        return false;
    }

    /** Matches the whole name in linear time. Allocates nothing. */
    boolean matches(String name) {
        int slashes = 0;
        int at = 0;
        int begin = 0;
        while (begin < text.length()) {
            char c = text.charAt(begin);
            if (c != STAR && !isOfLabel(kind, c, slashes)) {
                if (at == name.length() || name.charAt(at) != c) {
                    return false;
                }
                slashes += c == '/' ? 1 : 0;
                begin++;
                at++;
            } else {
                int end = endOfLabel(text, begin, slashes, true);
                int endInName = endOfLabel(name, at, slashes, false);
                if (!labelMatches(begin, end, name, at, endInName)) {
                    return false;
                }
                begin = end;
                at = endInName;
            }
        }
        return at == name.length();
    }

    private boolean labelMatches(int begin, int end, String name, int at, int endInName) {
        int star = text.indexOf(STAR, begin);
        boolean isIgnoringCase = kind == CertificateName.DNS;
        if (star < 0 || star >= end) {
            return endInName - at == end - begin && name.regionMatches(isIgnoringCase, at, text, begin, end - begin);
        }
        int prefix = star - begin;
        int suffix = end - star - 1;
        return endInName - at > prefix + suffix
                && name.regionMatches(isIgnoringCase, at, text, begin, prefix)
                && name.regionMatches(isIgnoringCase, endInName - suffix, text, star + 1, suffix)
                && !isDots(name, at, endInName);
    }

    private static boolean isDots(String name, int at, int end) {
        return end - at <= 2 && name.charAt(at) == '.' && name.charAt(end - 1) == '.';
    }

    private int endOfLabel(String whole, int begin, int slashes, boolean isPattern) {
        int end = begin;
        while (end < whole.length()
                && (isPattern && whole.charAt(end) == STAR || isOfLabel(kind, whole.charAt(end), slashes))) {
            end++;
        }
        return end;
    }

    private static boolean isOfLabel(CertificateName kind, char c, int slashes) {
        if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
            return true;
        }
        return (c == '.' || c == '~') && kind == CertificateName.URI && slashes >= SLASHES_BEFORE_PATH;
    }
}
