package org.socketproxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Certificates;

class IdentityTest {
    @TempDir
    static Path folder;

    private static Certificates files;

    @BeforeAll
    static void make() {
        files = Certificates.in(folder)
                .server("server", "ca")
                .server("other", "ca")
                .expired("old", "ca")
                .run("openssl ec -in server-key.pem -out sec1.pem && grep -q 'BEGIN EC PRIVATE KEY' sec1.pem")
                .run("(openssl ecparam -name prime256v1; cat sec1.pem) >with-parameters.pem")
                .run("cat server-key.pem server.pem ca.pem >both.pem; (echo 'some text'; cat server.pem ca.pem)"
                        + " >chain.pem")
                .run("openssl pkey -in server-key.pem -aes256 -passout pass:secret -out locked.pem")
                .run("openssl ec -in server-key.pem -aes256 -passout pass:secret -out locked-sec1.pem")
                .run("openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=r -keyout rsa.pem -out rsa-cert.pem")
                .run("openssl rsa -in rsa.pem -traditional -out pkcs1.pem && grep -q 'BEGIN RSA PRIVATE KEY' pkcs1.pem")
                .run("openssl req -x509 -newkey ed25519 -nodes -days 9 -subj /CN=e -keyout ed.pem -out ed-cert.pem")
                .run("sed 's/$/\\r"
                        + "/' server.pem >dos.pem; head -c 200 server.pem >cut.pem; echo text >text.pem; :"
                        + " >empty.pem")
                .run("sed 4d server-key.pem >damaged.pem; head -c 2000000 /dev/zero >large.pem; mkdir folder.pem")
                .run("openssl req -x509 -newkey ed25519 -nodes -not_before 20990101000000Z -not_after 20990201000000Z"
                        + " -subj /CN=f -keyout future-key.pem -out future.pem");
    }

    @ParameterizedTest
    @CsvSource({
        "server.pem, server-key.pem, 1",
        "server.pem, sec1.pem, 1",
        "server.pem, with-parameters.pem, 1",
        "chain.pem, server-key.pem, 2",
        "both.pem, both.pem, 2",
        "dos.pem, server-key.pem, 1",
        "rsa-cert.pem, rsa.pem, 1",
        "rsa-cert.pem, pkcs1.pem, 1",
        "ed-cert.pem, ed.pem, 1",
    })
    void opensslKeyFormatsAreRead(String certificate, String key, int length) throws Exception {
        Identity identity = Identity.load(files.file(certificate), files.file(key));

        assertThat(identity.chain()).hasSize(length);
        assertThat(identity.toKeyStore().isKeyEntry("identity")).isTrue();
        assertThat(identity.toString()).startsWith("Identity[CN=").doesNotContain("rivate");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "none.pem   | server-key.pem | none.pem   | the file does not exist; create it, or name another file",
                "folder.pem | server-key.pem | folder.pem | this is a folder; name a PEM file",
                "large.pem  | server-key.pem | large.pem  | the file is larger than 1 MiB; name a PEM file",
                "empty.pem  | server-key.pem | empty.pem  | the file contains no certificate; name a PEM file with"
                        + " BEGIN CERTIFICATE",
                "text.pem   | server-key.pem | text.pem   | the file contains no certificate; name a PEM file with"
                        + " BEGIN CERTIFICATE",
                "rsa.pem    | server-key.pem | rsa.pem    | the file contains no certificate; name a PEM file with"
                        + " BEGIN CERTIFICATE",
                "cut.pem    | server-key.pem | cut.pem    | the file is damaged, or not a PEM file; write it again"
                        + " with its BEGIN and END lines",
                "old.pem    | old-key.pem    | old.pem    | this certificate expired at 2020-02-01T00:00:00Z; create a"
                        + " new one",
                "future.pem | future-key.pem | future.pem | this certificate is not valid before 2099-01-01T00:00:00Z;"
                        + " correct the machine's clock, or create a new certificate",
                "server.pem | none.pem       | none.pem   | the file does not exist; create it, or name another file",
                "server.pem | server.pem     | server.pem | the file contains no key; name a PEM file with BEGIN"
                        + " PRIVATE KEY",
                "server.pem | other-key.pem  | other-key.pem | this key does not belong to the certificate in"
                        + " FOLDER/server.pem; name the key of that certificate",
                "server.pem | rsa.pem        | rsa.pem    | this key does not belong to the certificate in"
                        + " FOLDER/server.pem; name the key of that certificate",
                "server.pem | ed.pem         | ed.pem     | this key does not belong to the certificate in"
                        + " FOLDER/server.pem; name the key of that certificate",
                "server.pem | locked.pem     | locked.pem | the key has a passphrase, which the proxy cannot ask for;"
                        + " remove it, for example with openssl pkey -in FILE -out FILE",
                "server.pem | locked-sec1.pem | locked-sec1.pem | the key has a passphrase, which the proxy cannot ask"
                        + " for; remove it, for example with openssl pkey -in FILE -out FILE",
                "server.pem | damaged.pem    | damaged.pem | the file is damaged, or not a PEM file; write it again"
                        + " with its BEGIN and END lines",
            })
    void problemNamesFaultyFile(String certificate, String key, String fault, String advice) {
        UnusableFileException refusal = catchThrowableOfType(
                UnusableFileException.class, () -> Identity.load(files.file(certificate), files.file(key)));

        assertThat(refusal).isNotNull();
        assertThat(refusal.file()).isEqualTo(files.file(fault));
        assertThat(refusal.advice()).isEqualTo(advice.replace("FOLDER", folder.toString()));
        assertThat(refusal).hasMessage(files.file(fault) + ": " + refusal.advice());
    }

    @Test
    void authoritiesNeedOneValidCertificate() throws Exception {
        files.run("cat old.pem ca.pem rsa-cert.pem >authorities.pem");

        assertThat(Authorities.load(files.file("authorities.pem")).toKeyStore().size())
                .isEqualTo(3);
        UnusableFileException refusal =
                catchThrowableOfType(UnusableFileException.class, () -> Authorities.load(files.file("old.pem")));
        assertThat(refusal.advice()).startsWith("this certificate expired at 2020-02-01");
    }
}
