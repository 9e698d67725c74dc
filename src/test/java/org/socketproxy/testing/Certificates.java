package org.socketproxy.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Map;

/** Authorities, certificates and keys in a folder, made by OpenSSL as Docker's own pages do it. */
public final class Certificates {
    /** Of the key stores that are made of them. */
    public static final String PASSWORD = "x";

    private final Path folder;

    private Certificates(Path folder) {
        this.folder = folder;
    }

    /** In a folder, with an authority in {@code ca.pem}, and nothing else yet. */
    public static Certificates in(Path folder) {
        Certificates certificates = new Certificates(folder);
        return certificates.authority("ca");
    }

    /** Another authority, in {@code NAME.pem} and {@code NAME-key.pem}. */
    public Certificates authority(String name) {
        return run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj '/CN="
                + name + "' -addext keyUsage=critical,keyCertSign -keyout " + name + "-key.pem -out " + name + ".pem");
    }

    /** A server's certificate for localhost and 127.0.0.1, in {@code NAME.pem} and {@code NAME-key.pem}. */
    public Certificates server(String name, String authority) {
        return signed(
                name, "/CN=" + name, authority, "subjectAltName=DNS:localhost,IP:127.0.0.1", "serverAuth", "-days 30");
    }

    /**
     * A client's certificate, in {@code NAME.pem} and {@code NAME-key.pem}.
     *
     * @param subject as OpenSSL takes it, such as {@code /O=Acme/CN=alice}
     * @param names as OpenSSL takes them, such as {@code DNS:alice.example,URI:spiffe://x}
     */
    public Certificates client(String name, String subject, String authority, String names) {
        return signed(name, subject, authority, "subjectAltName=" + names, "clientAuth", "-days 30");
    }

    /** A certificate that has expired, for server and client. */
    public Certificates expired(String name, String authority) {
        return signed(
                name,
                "/CN=" + name,
                authority,
                "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "serverAuth,clientAuth",
                "-not_before 20200101000000Z -not_after 20200201000000Z");
    }

    /** A client's certificate that is not valid before the year 2099. */
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

    /** Runs what makes other files of these, such as {@code openssl ec -in a-key.pem -out b-key.pem}. */
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

    /** A folder with {@code ca.pem}, {@code cert.pem} and {@code key.pem}, as {@code DOCKER_CERT_PATH} has it. */
    public Path certPath(String name, String authority) {
        run("mkdir -p path-" + name + " && cp " + authority + ".pem path-" + name + "/ca.pem && cp " + name
                + ".pem path-" + name + "/cert.pem && cp " + name + "-key.pem path-" + name + "/key.pem");
        return folder.resolve("path-" + name);
    }

    /** A certificate and its key, whether or not the proxy would load them. */
    public KeyStore keyStore(String name) throws IOException, GeneralSecurityException {
        run("openssl pkcs12 -export -in " + name + ".pem -inkey " + name + "-key.pem -passout pass:" + PASSWORD
                + " -out " + name + ".p12");
        return KeyStore.getInstance(file(name + ".p12").toFile(), PASSWORD.toCharArray());
    }

    /** Copies a file over another as editors do: whole, and at once. */
    public void replace(String name, String by) throws IOException {
        Path fresh = Files.copy(file(by), folder.resolve(name + ".new"));
        Files.move(fresh, file(name), StandardCopyOption.ATOMIC_MOVE);
    }
}
