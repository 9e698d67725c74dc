package org.socketproxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Certificates;

/** Client certificates under jumps of the system clock. */
class ClientTrustTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        // end of the certificate, from now | jump, later jump | is it trusted after the first, after both
        "PT12H, P1D, -P1D, false, true",
        "PT12H, -P1D, P1D, true, true",
        "P2D, P1D, P1D, true, false",
        "P2D, P1D, -P1D, true, true",
        "P2D, -P1D, -P1D, true, true",
    })
    void anOpenConnectionIsTrustedByTheClock(
            Duration until, Duration jump, Duration later, boolean isTrusted, boolean isTrustedLater) throws Exception {
        Instant now = Instant.now();
        Certificates files = Certificates.in(folder).clientUntil(now.plus(until), "alice", "ca");
        ClientTrust.Chain chain = new ClientTrust(Authorities.load(files.file("ca.pem")))
                .chain(new X509Certificate[] {certificate(files.file("alice.pem"))});
        assertThat(isTrusted(chain, now)).isTrue();
        assertThat(isTrusted(chain, now.plus(jump))).isEqualTo(isTrusted);
        assertThat(isTrusted(chain, now.plus(jump).plus(later))).isEqualTo(isTrustedLater);
    }

    private static boolean isTrusted(ClientTrust.Chain chain, Instant now) {
        try {
            chain.check(now.toEpochMilli());
            return true;
        } catch (CertificateException untrusted) {
            return false;
        }
    }

    private static X509Certificate certificate(Path file) throws Exception {
        try (InputStream in = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }
}
