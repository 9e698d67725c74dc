package org.socketproxy.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBMPString;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERT61String;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTCTime;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests the names that conditions see in unusual certificates, encoded byte for byte. */
class CertificateIdentityTest {
    private static final ASN1ObjectIdentifier ALTERNATIVE_NAMES = new ASN1ObjectIdentifier("2.5.29.17");
    private static final int EMAIL = 1;
    private static final int DNS = 2;
    private static final int URI = 6;
    private static final int IP = 7;

    static Stream<Arguments> subjects() {
        return Stream.of(
                row("one", "alice", cn(utf8("alice"))),
                row("as PrintableString", "alice", cn(new DERPrintableString("alice"))),
                row("among others", "alice", part(BCStyle.O, utf8("Acme")), cn(utf8("alice"))),
                row("with escaped characters", "alice,CN=root", cn(utf8("alice,CN=root"))),
                row("with + and =", "alice+CN=root", cn(utf8("alice+CN=root"))),
                row("with quotes and backslash", "a\"b\\c", cn(utf8("a\"b\\c"))),
                row("begins with #", "#1234", cn(utf8("#1234"))),
                row("with blanks around it", " alice ", cn(utf8(" alice "))),
                row("only in another attribute", null, part(BCStyle.O, utf8("CN=alice"))),
                row("as UID", null, part(BCStyle.UID, utf8("alice"))),
                row("none", null),
                row("empty", null, cn(utf8(""))),
                row("two", null, cn(utf8("alice")), cn(utf8("root"))),
                row("twice the same", null, cn(utf8("alice")), cn(utf8("alice"))),
                row(
                        "two in one RDN",
                        null,
                        set(attribute(BCStyle.CN, utf8("alice")), attribute(BCStyle.CN, utf8("root")))),
                row(
                        "in a multi-valued RDN",
                        "alice",
                        set(attribute(BCStyle.CN, utf8("alice")), attribute(BCStyle.UID, utf8("7")))),
                row(
                        "second in a multi-valued RDN",
                        null,
                        cn(utf8("alice")),
                        set(attribute(BCStyle.O, utf8("x")), attribute(BCStyle.CN, utf8("root")))),
                row("NUL", null, cn(utf8("alice\u0000.evil"))),
                row("line end", null, cn(utf8("alice\n"))),
                row("right-to-left override", null, cn(utf8("\u202ealice"))),
                row("zero-width space", null, cn(utf8("ali\u200bce"))),
                row("not encoded as UTF-8", null, cn(invalidUtf8())),
                row("as BMPString", null, cn(new DERBMPString("alice"))),
                row("as T61String", null, cn(new DERT61String("alice"))),
                row("as IA5String", null, cn(new DERIA5String("alice"))),
                row("as octets", null, cn(new DEROctetString(new byte[] {65}))),
                row("too long", null, cn(utf8("a".repeat(1025)))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("subjects")
    void commonNameIsReadOnlyIfItIsUnambiguous(String what, String commonName, List<ASN1Encodable> parts)
            throws Exception {
        assertThat(CertificateIdentity.of(certificate(parts, builder -> {})).commonName())
                .isEqualTo(commonName);
    }

    static Stream<Arguments> alternativeNames() {
        return Stream.of(
                names(
                        "one of each",
                        List.of("a.example"),
                        List.of("spiffe://td/a"),
                        List.of("a@example.org"),
                        name(DNS, "a.example"),
                        name(URI, "spiffe://td/a"),
                        name(EMAIL, "a@example.org")),
                names(
                        "several",
                        List.of("a.example", "b.example"),
                        List.of(),
                        List.of(),
                        name(DNS, "a.example"),
                        name(DNS, "b.example")),
                names("address", List.of(), List.of(), List.of(), ip()),
                names("other name", List.of("a.example"), List.of(), List.of(), name(DNS, "a.example"), otherName()),
                names(
                        "NUL in one of two",
                        List.of("b.example"),
                        List.of(),
                        List.of(),
                        name(DNS, "a.example\u0000.evil"),
                        name(DNS, "b.example")),
                names("line end", List.of(), List.of(), List.of(), name(EMAIL, "a@example.org\n")),
                names("byte that is not ASCII", List.of(), List.of(), List.of(), raw(DNS, new byte[] {'a', (byte) 0xe9
                })),
                names("empty", List.of(), List.of(), List.of(), name(DNS, "")),
                names(
                        "invalid URI",
                        List.of(),
                        List.of(),
                        List.of(),
                        name(DNS, "a.example"),
                        name(URI, "spiffe://td/a b")),
                names(
                        "too long",
                        List.of("b.example"),
                        List.of(),
                        List.of(),
                        name(DNS, "a".repeat(1025)),
                        name(DNS, "b.example")),
                names("64 names", numbered(64), List.of(), List.of(), named(numbered(64))),
                names("65 names", List.of(), List.of(), List.of(), named(numbered(65))),
                names("64 addresses and a name", List.of(), List.of(), List.of(), addressesAndAName()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("alternativeNames")
    void alternativeNamesAreReadCompletelyOrNotAtAll(
            String what, List<String> dns, List<String> uris, List<String> emails, ASN1Encodable[] names)
            throws Exception {
        X509Certificate certificate =
                certificate(List.of(cn(utf8("alice"))), builder -> extend(builder, new DERSequence(names)));
        CertificateIdentity identity = CertificateIdentity.of(certificate);

        assertThat(identity.dns()).isEqualTo(dns);
        assertThat(identity.uris()).isEqualTo(uris);
        assertThat(identity.emails()).isEqualTo(emails);
    }

    static Stream<Arguments> unreadable() {
        return Stream.of(
                Arguments.of("65 names", new DERSequence(named(numbered(65)))),
                Arguments.of("invalid URI", new DERSequence(name(URI, "spiffe://td/a b"))),
                Arguments.of("extension is no sequence", utf8("a.example")),
                Arguments.of("extension is an empty sequence", new DERSequence()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unreadable")
    void certificateWithUnreadableAlternativeNamesHasNoCommonNameEither(String what, ASN1Encodable extension)
            throws Exception {
        X509Certificate certificate = certificate(List.of(cn(utf8("alice"))), builder -> extend(builder, extension));

        assertThat(CertificateIdentity.of(certificate)).isEqualTo(CertificateIdentity.NONE);
    }

    private static Arguments row(String what, String commonName, ASN1Encodable... parts) {
        return Arguments.of(what, commonName, List.of(parts));
    }

    private static Arguments names(
            String what, List<String> dns, List<String> uris, List<String> emails, ASN1Encodable... names) {
        return Arguments.of(what, dns, uris, emails, names);
    }

    private static ASN1Encodable utf8(String text) {
        return new DERUTF8String(text);
    }

    private static ASN1Encodable cn(ASN1Encodable value) {
        return part(BCStyle.CN, value);
    }

    private static ASN1Encodable part(ASN1ObjectIdentifier type, ASN1Encodable value) {
        return set(attribute(type, value));
    }

    private static ASN1Encodable attribute(ASN1ObjectIdentifier type, ASN1Encodable value) {
        return new DERSequence(new ASN1Encodable[] {type, value});
    }

    private static ASN1Encodable set(ASN1Encodable... attributes) {
        return new DERSet(attributes);
    }

    /** UTF8String (tag 12) with the byte 0xff. */
    private static ASN1Encodable invalidUtf8() {
        try {
            return org.bouncycastle.asn1.ASN1Primitive.fromByteArray(new byte[] {12, 2, 'a', (byte) 0xff});
        } catch (java.io.IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static ASN1Encodable name(int type, String text) {
        return new DERTaggedObject(false, type, new DERIA5String(text));
    }

    private static ASN1Encodable raw(int type, byte[] bytes) {
        return new DERTaggedObject(false, type, new DEROctetString(bytes));
    }

    private static ASN1Encodable ip() {
        return raw(IP, new byte[] {10, 0, 0, 1});
    }

    private static ASN1Encodable otherName() {
        return new DERTaggedObject(false, 0, new DERSequence(new ASN1Encodable[] {
            new ASN1ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), new DERTaggedObject(true, 0, utf8("root@x"))
        }));
    }

    private static List<String> numbered(int count) {
        return IntStream.range(0, count).mapToObj(i -> "n" + i + ".example").toList();
    }

    private static ASN1Encodable[] named(List<String> names) {
        return names.stream().map(text -> name(DNS, text)).toArray(ASN1Encodable[]::new);
    }

    private static ASN1Encodable[] addressesAndAName() {
        List<ASN1Encodable> all = new ArrayList<>();
        IntStream.range(0, 64).forEach(i -> all.add(ip()));
        all.add(name(DNS, "a.example"));
        return all.toArray(ASN1Encodable[]::new);
    }

    private static void extend(X509v3CertificateBuilder builder, ASN1Encodable names) {
        try {
            builder.addExtension(ALTERNATIVE_NAMES, false, names);
        } catch (java.io.IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static X509Certificate certificate(List<ASN1Encodable> subject, Consumer<X509v3CertificateBuilder> extend)
            throws Exception {
        ASN1EncodableVector parts = new ASN1EncodableVector();
        subject.forEach(parts::add);
        KeyPair keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        X509v3CertificateBuilder builder = new X509v3CertificateBuilder(
                new X500Name("CN=ca"),
                BigInteger.ONE,
                new Time(new DERUTCTime("260101000000Z")),
                new Time(new DERUTCTime("460101000000Z")),
                X500Name.getInstance(new DERSequence(parts)),
                SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()));
        extend.accept(builder);
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("Ed25519").build(keys.getPrivate())));
    }
}
