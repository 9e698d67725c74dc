package org.socketproxy.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;

/** Creates authorities, certificates and keys in a folder with OpenSSL, as in Docker's documentation. Tests without OpenSSL are skipped. */
public final class Certificates {
    /** Password of the key stores. */
    public static final String PASSWORD = "x";

    private final Path folder;

    private Certificates(Path folder) {
        this.folder = folder;
    }

    /** Creates an authority in {@code ca.pem} of a folder. */
    public static Certificates in(Path folder) {
        Programs.assumeInstalled("openssl");
        Certificates certificates = new Certificates(folder);
        return certificates.authority("ca");
    }

    /** Creates another authority in {@code NAME.pem} and {@code NAME-key.pem}. */
    public Certificates authority(String name) {
        return run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj '/CN="
                + name + "' -addext keyUsage=critical,keyCertSign -keyout " + name + "-key.pem -out " + name + ".pem");
    }

    /** Creates a server certificate for localhost and 127.0.0.1 in {@code NAME.pem} and {@code NAME-key.pem}. */
    public Certificates server(String name, String authority) {
        return signed(
                name, "/CN=" + name, authority, "subjectAltName=DNS:localhost,IP:127.0.0.1", "serverAuth", "-days 30");
    }

    /** Creates a server certificate for one host. */
    public Certificates serverOf(String host, String name, String authority) {
        return signed(name, "/CN=" + name, authority, "subjectAltName=DNS:" + host, "serverAuth", "-days 30");
    }

    /**
     * Creates a client certificate in {@code NAME.pem} and {@code NAME-key.pem}.
     *
     * @param subject in OpenSSL's form, such as {@code /O=Acme/CN=alice}
     * @param names subject alternative names in OpenSSL's form, such as {@code DNS:alice.example,URI:spiffe://x}
     */
    public Certificates client(String name, String subject, String authority, String names) {
        return signed(name, subject, authority, "subjectAltName=" + names, "clientAuth", "-days 30");
    }

    /** Creates a client certificate that expires at this time, in whole seconds. */
    public Certificates clientUntil(Instant end, String name, String authority) {
        String notAfter = DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'")
                .withZone(ZoneOffset.UTC)
                .format(end);
        return signed(
                name,
                "/CN=" + name,
                authority,
                "subjectAltName=DNS:" + name,
                "clientAuth",
                "-not_before 20200101000000Z -not_after " + notAfter);
    }

    /** Creates an expired certificate for server and client. */
    public Certificates expired(String name, String authority) {
        return signed(
                name,
                "/CN=" + name,
                authority,
                "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "serverAuth,clientAuth",
                "-not_before 20200101000000Z -not_after 20200201000000Z");
    }

    /** Creates a client certificate that is not valid before the year 2099. */
    public Certificates early(String name, String authority) {
        return signed(
                name,
                "/CN=" + name,
                authority,
                "subjectAltName=DNS:" + name,
                "clientAuth",
                "-not_before 20990101000000Z -not_after 20990201000000Z");
    }

    private Certificates signed(
            String name, String subject, String authority, String names, String use, String validity) {
        return run("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '" + subject
                + "' -keyout " + name + "-key.pem -out " + name + ".csr\n"
                + "printf '%s\\n' '" + names + "' 'extendedKeyUsage=" + use + "' >" + name + ".ext\n"
                + "openssl x509 -req -in " + name + ".csr -CA " + authority + ".pem -CAkey " + authority
                + "-key.pem -CAcreateserial -extfile " + name + ".ext " + validity + " -out " + name + ".pem");
    }

    /** Runs a script in the folder, such as {@code openssl ec -in a-key.pem -out b-key.pem}. */
    public Certificates run(String script) {
        Cli.Result made = Cli.in(folder, Map.of()).script(script);
        if (made.exitCode() != 0) {
            throw new IllegalStateException(script + "\n" + made.stderr());
        }
        return this;
    }

    public Path file(String name) {
        return folder.resolve(name);
    }

    /** Creates a folder for {@code DOCKER_CERT_PATH} with {@code ca.pem}, {@code cert.pem} and {@code key.pem}. */
    public Path certPath(String name, String authority) {
        run("mkdir -p path-" + name + " && cp " + authority + ".pem path-" + name + "/ca.pem && cp " + name
                + ".pem path-" + name + "/cert.pem && cp " + name + "-key.pem path-" + name + "/key.pem");
        return folder.resolve("path-" + name);
    }

    /** Loads a certificate and its key without the proxy's checks. */
    public KeyStore keyStore(String name) throws IOException, GeneralSecurityException {
        Cli.Result exported = Cli.in(folder, Map.of())
                .script("openssl pkcs12 -export -in " + name + ".pem -inkey " + name + "-key.pem -passout pass:"
                        + PASSWORD);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(
                new ByteArrayInputStream(exported.stdout().getBytes(StandardCharsets.ISO_8859_1)),
                PASSWORD.toCharArray());
        return store;
    }

    /** Replaces a file by another one atomically, like an editor. */
    public void replace(String name, String by) throws IOException {
        Path fresh = Files.copy(file(by), folder.resolve(name + ".new"));
        Files.move(fresh, file(name), StandardCopyOption.ATOMIC_MOVE);
    }
}
