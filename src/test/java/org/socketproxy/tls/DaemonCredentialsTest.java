package org.socketproxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.testing.Certificates;

/** Tests faults in the folder of {@code DOCKER_CERT_PATH}. */
class DaemonCredentialsTest {
    @TempDir
    static Path folder;

    private static Certificates files;

    @BeforeAll
    static void make() {
        files = Certificates.in(folder)
                .client("me", "/CN=me", "ca", "DNS:me.example")
                .client("you", "/CN=you", "ca", "DNS:you.example")
                .expired("old", "ca");
        files.certPath("me", "ca");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rm -r $P                       | ca.pem: the file does not exist; create it, or name another file",
                "rm $P/ca.pem                   | ca.pem: the file does not exist; create it, or name another file",
                "rm $P/cert.pem                 | cert.pem: the file does not exist; create it, or name another file",
                "rm $P/key.pem                  | key.pem: the file does not exist; create it, or name another file",
                "cp you-key.pem $P/key.pem      | key.pem: this key does not belong to the certificate in $P/cert.pem;"
                        + " name the key of that certificate",
                "cp old.pem $P/cert.pem         | cert.pem: this certificate expired at 2020-02-01T00:00:00Z; create a"
                        + " new one",
                "cp old.pem $P/ca.pem           | ca.pem: this certificate expired at 2020-02-01T00:00:00Z; create a"
                        + " new one",
                "cp me-key.pem $P/ca.pem        | ca.pem: the file contains no certificate; name a PEM file with BEGIN"
                        + " CERTIFICATE",
            })
    void problemNamesFaultyFile(String script, String advice) {
        Path path = folder.resolve("path-bad");
        files.run("rm -rf path-bad; cp -r path-me path-bad; " + script.replace("$P", "path-bad"));

        InvalidSettingsException refusal =
                catchThrowableOfType(InvalidSettingsException.class, () -> DaemonCredentials.load(path));

        assertThat(refusal).hasMessage("DOCKER_CERT_PATH=" + path + ": " + advice.replace("$P", path.toString()));
    }

    @Test
    void missingCertificateAndKeyMeanNoIdentity() throws InvalidSettingsException {
        files.run("rm -rf path-nobody; mkdir path-nobody; cp ca.pem path-nobody");

        DaemonCredentials nobody = DaemonCredentials.load(folder.resolve("path-nobody"));

        assertThat(nobody.identity()).isNull();
        assertThat(nobody.sentence())
                .isEqualTo("the proxy presents no certificate to the daemon; the daemon needs a certificate signed by"
                        + " CN=ca");
    }

    @Test
    void problemsOfSeveralFilesAreReportedTogether() {
        Path path = folder.resolve("path-worse");
        files.run("rm -rf path-worse; cp -r path-me path-worse; : >path-worse/ca.pem; : >path-worse/key.pem");

        InvalidSettingsException refusal =
                catchThrowableOfType(InvalidSettingsException.class, () -> DaemonCredentials.load(path));

        assertThat(refusal.problems())
                .extracting(problem -> problem.sentence())
                .satisfiesExactly(
                        first -> assertThat(first)
                                .startsWith("DOCKER_CERT_PATH=" + path + ": ca.pem: the file contains no cert"),
                        second -> assertThat(second)
                                .startsWith("DOCKER_CERT_PATH=" + path + ": key.pem: the file contains no key"));
    }
}
