package org.socketproxy.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.server.Program;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.Notices;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.TlsClient;

/** The program and an env file that changes while it runs. */
class ReloadIT {
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(300);
    private static final int DENIED = 403;
    /** 502: the request is allowed, and there is no daemon. */
    private static final int ALLOWED = 502;

    @TempDir
    Path folder;

    @Test
    void sighupReloadsTheFile() throws Exception {
        Path file = write("CONTAINERS=1\n");
        try (Program program = Program.start(environment(file))) {
            URI address = program.address();
            assertThat(status(address, "/containers/json")).isEqualTo(ALLOWED);

            write("IMAGES=1\n");
            program.sendSighup();
            awaitStatus(address, "/containers/json", DENIED);
            assertThat(status(address, "/images/json")).isEqualTo(ALLOWED);

            program.terminate();
            Program.Outcome outcome = program.outcome();
            assertThat(outcome.exitCode()).isEqualTo(143);
            assertThat(Notices.withoutTimes(outcome.err())).isEqualTo("info reload by SIGHUP: -CONTAINERS +IMAGES\n");
        }
    }

    @Test
    void changeIsAppliedWithoutSignal() throws Exception {
        Path file = write("CONTAINERS=1\n");
        try (Program program = Program.start(environment(file))) {
            URI address = program.address();
            assertThat(status(address, "/images/json")).isEqualTo(DENIED);

            write("IMAGES=1\n");
            awaitStatus(address, "/images/json", ALLOWED);

            program.terminate();
            assertThat(Notices.withoutTimes(program.outcome().err()))
                    .isEqualTo("info reload by a change of " + file + ": -CONTAINERS +IMAGES\n");
        }
    }

    @Test
    void sighupReloadsCertificatesAndKeys() throws Exception {
        Certificates files = Certificates.in(folder).server("server", "ca").server("renewed", "ca");
        int port = freePort();
        Map<String, String> environment = environment(Path.of(""));
        environment.put("LISTEN", "tcp://127.0.0.1:0,tls://127.0.0.1:" + port);
        environment.put("TLS_CERT", files.file("server.pem").toString());
        environment.put("TLS_KEY", files.file("server-key.pem").toString());
        try (Program program = Program.start(environment)) {
            assertThat(program.address()).isNotNull();
            assertThat(shown(files, port)).isEqualTo("CN=server");

            files.replace("server.pem", "renewed.pem");
            files.replace("server-key.pem", "renewed-key.pem");
            program.sendSighup();
            long deadline = System.nanoTime() + LIMIT_NANOS;
            while (!shown(files, port).equals("CN=renewed")) {
                assertThat(System.nanoTime()).as("the new certificate is used").isLessThan(deadline);
                TimeUnit.MILLISECONDS.sleep(20);
            }

            program.terminate();
            assertThat(Notices.withoutTimes(program.outcome().err()))
                    .contains(": the certificate of tls:// addresses is that of CN=renewed, valid until ");
        }
    }

    private static String shown(Certificates files, int port) throws IOException {
        try (SSLSocket socket = TlsClient.showing(files, null, "ca").socket(port)) {
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    /** Without a handler the JVM exits on SIGHUP. */
    @Test
    void sighupWithoutFileDoesNotEndTheProgram() throws Exception {
        try (Program program = Program.start(environment(Path.of("")))) {
            URI address = program.address();
            for (int i = 0; i < 5; i++) {
                program.sendSighup();
            }
            assertThat(status(address, "/version")).isEqualTo(ALLOWED);

            program.terminate();
            Program.Outcome outcome = program.outcome();
            assertThat(outcome.exitCode()).isEqualTo(143);
            assertThat(Notices.withoutTimes(outcome.err()).lines().distinct())
                    .singleElement()
                    .asString()
                    .startsWith("warn reload by SIGHUP refused: there is no file to reload");
        }
    }

    @Test
    void invalidFileStopsTheStart() throws Exception {
        Path file = write("\nPOST=maybe\n");
        try (Program program = Program.start(environment(file))) {
            Program.Outcome outcome = program.outcome();

            assertThat(outcome.exitCode()).isEqualTo(2);
            assertThat(Notices.withoutTimes(outcome.err()))
                    .startsWith("docker-socket-proxy: " + file + " line 2: POST=maybe: use 1");
        }
    }

    private static Map<String, String> environment(Path file) {
        Map<String, String> environment = new HashMap<>();
        environment.put("LISTEN", "tcp://127.0.0.1:0");
        environment.put("STATUS_LISTEN", "off");
        environment.put("SOCKET_PATH", "/nowhere/docker.sock");
        environment.put("ENV_FILE", file.toString());
        return environment;
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("proxy.env"), text);
    }

    private static int status(URI address, String target) throws IOException {
        try (RawClient client = RawClient.connect(address.getPort())) {
            return Integer.parseInt(client.request("GET", target).readResponse().substring(9, 12));
        }
    }

    private static void awaitStatus(URI address, String target, int expected) throws Exception {
        long deadline = System.nanoTime() + LIMIT_NANOS;
        while (status(address, target) != expected) {
            assertThat(System.nanoTime()).as(target + " gets " + expected).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
