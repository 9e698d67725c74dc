package org.socketproxy.client;

import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1PrintableString;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.ASN1UTF8String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.jspecify.annotations.Nullable;

/**
 * Names in a client certificate that conditions compare.
 *
 * <p>Security: fails closed. It has no name if the certificate has several common names, more than {@link #MAX_NAMES} alternative
 * names, or unreadable names. Omits a name with control characters or of more than {@link #MAX_CHARS}.
 *
 * @param commonName the only common name of the subject, or null
 */
public record CertificateIdentity(
        @Nullable String commonName, List<String> dns, List<String> uris, List<String> emails) {
    static final int MAX_NAMES = 64;
    /** In UTF-16 units. */
    static final int MAX_CHARS = 1024;

    /** Identity of a certificate with names that cannot be trusted. */
    public static final CertificateIdentity NONE = new CertificateIdentity(null, List.of(), List.of(), List.of());

    private static final String ALTERNATIVE_NAMES = "2.5.29.17";
    /** Tags of GeneralName in RFC 5280, section 4.2.1.6. */
    private static final int EMAIL = 1;

    private static final int DNS = 2;
    private static final int URI = 6;

    public CertificateIdentity {
        dns = List.copyOf(dns);
        uris = List.copyOf(uris);
        emails = List.copyOf(emails);
    }

    static CertificateIdentity of(X509Certificate certificate) {
        try {
            List<String> commonNames = commonNames(certificate);
            Collection<List<?>> names = alternativeNames(certificate);
            if (commonNames.size() > 1 || names.size() > MAX_NAMES) {
                return NONE;
            }
            String commonName = commonNames.isEmpty() || !isComparable(commonNames.get(0)) ? null : commonNames.get(0);
            return new CertificateIdentity(commonName, ofType(DNS, names), ofType(URI, names), ofType(EMAIL, names));
        } catch (CertificateParsingException | IllegalArgumentException | IllegalStateException unreadable) {
            return NONE;
        }
    }

    /** Includes an RDN with several values. */
    private static List<String> commonNames(X509Certificate certificate) {
        List<String> found = new ArrayList<>();
        for (RDN part : X500Name.getInstance(
                        certificate.getSubjectX500Principal().getEncoded())
                .getRDNs()) {
            for (AttributeTypeAndValue attribute : part.getTypesAndValues()) {
                if (BCStyle.CN.equals(attribute.getType())) {
                    found.add(text(attribute.getValue()));
                }
            }
        }
        return found;
    }

    private static String text(ASN1Encodable value) {
        if (value instanceof ASN1UTF8String || value instanceof ASN1PrintableString) {
            return ((ASN1String) value).getString(); // throws on invalid UTF-8
        }
        throw new IllegalArgumentException("Common name of a type other than UTF8String and PrintableString");
    }

    private static Collection<List<?>> alternativeNames(X509Certificate certificate)
            throws CertificateParsingException {
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        if (names != null) {
            return names;
        }
        if (certificate.getExtensionValue(ALTERNATIVE_NAMES) != null) {
            throw new CertificateParsingException("The JDK ignores an extension that it cannot parse");
        }
        return List.of();
    }

    private static List<String> ofType(int type, Collection<List<?>> names) {
        return names.stream()
                .filter(name -> name.get(0).equals(type))
                .map(name -> (String) name.get(1))
                .filter(name -> isComparable(name)
                        && StandardCharsets.US_ASCII.newEncoder().canEncode(name))
                .toList();
    }

    /** Refuses names that could look like another one in a log, or are not worth a comparison. */
    static boolean isComparable(String name) {
        return !name.isEmpty()
                && name.length() <= MAX_CHARS
                && name.codePoints().allMatch(CertificateIdentity::isVisible);
    }

    private static boolean isVisible(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> character != 0xFFFD; // the replacement of a byte that could not be decoded
        };
    }

    /** Allocates nothing. */
    boolean matches(CertificateName kind, NameGlob glob) {
        return switch (kind) {
            case CN -> commonName != null && glob.matches(commonName);
            case DNS -> matchesOne(dns, glob);
            case URI -> matchesOne(uris, glob);
            case EMAIL -> matchesOne(emails, glob);
        };
    }

    private static boolean matchesOne(List<String> names, NameGlob glob) {
        for (int i = 0; i < names.size(); i++) { // without an iterator
            if (glob.matches(names.get(i))) {
                return true;
            }
        }
        return false;
    }

    /** Kind of a name; case-sensitive except {@link #DNS}. */
    public enum CertificateName {
        /** The common name of the subject. */
        CN("cn"),
        /** The alternative name dNSName. */
        DNS("dns"),
        /** The alternative name uniformResourceIdentifier, such as a SPIFFE id. */
        URI("uri"),
        /** The alternative name rfc822Name. */
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
}
