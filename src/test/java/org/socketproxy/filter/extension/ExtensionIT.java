package org.socketproxy.filter.extension;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.server.Program;
import org.socketproxy.testing.CompiledJar;

/** Tests log messages about extensions, and the exit code for unloadable extensions. */
class ExtensionIT {
    @TempDir
    Path folder;

    private Map<String, String> environment() {
        return Map.of(
                "EXTENSIONS",
                folder.toString(),
                "SOCKET_PATH",
                folder.resolve("docker.sock").toString(),
                "LISTEN",
                "tcp://127.0.0.1:0",
                "STATUS_LISTEN",
                "off");
    }

    @Test
    void extensionWithoutResultDeniesAndIsLogged() throws Exception {
        CompiledJar.of("""
            package a;
            import jakarta.servlet.*;
            public final class Silent implements Filter {
                public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain) {}
            }
            """).naming("a.Silent").writeTo(folder.resolve("silent.jar"));
        Program.Outcome outcome;
        int status;
        try (Program program = Program.start(environment())) {
            URI ping = program.address().resolve("/_ping");
            status = HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(ping).build(), HttpResponse.BodyHandlers.ofString())
                    .statusCode();
            program.terminate();
            outcome = program.outcome();
        }

        assertThat(status).isEqualTo(500);
        assertThat(outcome.out())
                .contains("\n  extension    a.Silent\n")
                .containsPattern(" deny extension-failed GET /_ping SystemPing 500 .* a\\.Silent seq=1\n");
        assertThat(outcome.err())
                .contains("Exchange 1 is denied, because the extension a.Silent failed: it returned, and neither called"
                        + " chain.doFilter nor denied the request");
    }

    @Test
    void unloadableExtensionPreventsStart() throws Exception {
        Files.writeString(folder.resolve("a.jar"), "text");
        CompiledJar.empty().writeTo(folder.resolve("b.jar"));

        Program.Outcome outcome = Program.start(environment()).outcome();

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err().lines())
                .satisfiesExactly(
                        a -> assertThat(a)
                                .startsWith("docker-socket-proxy: EXTENSIONS=" + folder
                                        + "/a.jar: the file is not a readable jar ("),
                        b -> assertThat(b)
                                .startsWith("docker-socket-proxy: EXTENSIONS=" + folder
                                        + "/b.jar: the jar declares no filter."));
    }
}
