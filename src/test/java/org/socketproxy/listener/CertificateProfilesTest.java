package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.ProfileLimits.ProfileLimit;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.TlsClient;

/** The profiles of a policy file for clients of one TLS listener with different certificates. */
class CertificateProfilesTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK\n";
    private static final String POLICY = """
            profiles:
              runners:
                clients: [{certificate: {cn: "runner-*"}}]
                variables: {IMAGES: 1, POST: 1}
                max: {connections: 1}
              dashboard:
                clients: [{certificate: {dns: dashboard.example}}, {certificate: {uri: "spiffe://td/dashboard"}}]
                variables: {CONTAINERS: 1}
            otherwise: deny
            """;

    @TempDir
    Path folder;

    private Certificates files;
    private FakeDaemon daemon;
    private TlsListenerFixture proxy;

    @BeforeEach
    void start() throws Exception {
        files = Certificates.in(folder)
                .server("server", "ca")
                .client("runner", "/CN=runner-7", "ca", "DNS:runner-7.ci.example")
                .client("runner-evil", "/CN=runner-7.evil.example", "ca", "DNS:evil.example")
                .client("dashboard", "/CN=web", "ca", "DNS:dashboard.example")
                .client("spiffe", "/CN=workload", "ca", "URI:spiffe://td/dashboard")
                .client("both", "/CN=runner-8", "ca", "DNS:dashboard.example")
                .client("unknown", "/CN=guest", "ca", "DNS:guest.example");
        daemon = FakeDaemon.answering(folder, OK);
        Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
        proxy = new TlsListenerFixture(daemon.socket(), files, Map.of("POLICY", policy.toString()));
    }

    @AfterEach
    void stop() throws Exception {
        if (proxy != null) {
            proxy.close();
            daemon.close();
        }
    }

    private String ask(String client, String version, String request) throws Exception {
        try (RawClient connection = TlsClient.showing(files, client, "ca").connect(proxy.port(), version)) {
            return connection
                    .request(request.split(" ")[0], request.split(" ")[1])
                    .readResponse();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // certificate | request                | status | part of the response
                "runner      | POST /images/create?fromImage=a | 200 | OK",
                "runner      | GET /containers/json     | 403 | set create: safe and variables: {CONTAINERS: 1} (CONTAINERS: 1 alone: root on the host) (profile runners: policy.yaml line 4)",
                "dashboard   | GET /containers/json     | 200 | OK",
                "dashboard   | GET /images/json         | 403 | set IMAGES=1 (profile dashboard: policy.yaml line 8)",
                "spiffe      | GET /containers/json     | 200 | OK",
                "both        | GET /containers/json     | 403 | (profile runners: policy.yaml line 4)",
                "runner-evil | GET /_ping               | 403 | no profile of policy.yaml has this client",
                "unknown     | GET /_ping               | 403 | no profile of policy.yaml has this client",
            })
    void eachCertificateGetsItsProfile(String client, String request, int status, String part) throws Exception {
        for (String version : new String[] {"TLSv1.3", "TLSv1.2"}) {
            assertThat(ask(client, version, request))
                    .startsWith("HTTP/1.1 " + status + " ")
                    .contains(part);
            proxy.await(
                    "the connection is closed",
                    () -> proxy.server().load().open("runners", ProfileLimit.CONNECTIONS) == 0);
        }
    }

    @Test
    void limitOfOneCertificateDoesNotReachTheOther() throws Exception {
        try (RawClient first = TlsClient.showing(files, "runner", "ca").connect(proxy.port(), "TLSv1.3")) {
            assertThat(first.request("GET", "/images/json").readResponse()).startsWith("HTTP/1.1 200 ");
            assertThat(ask("both", "TLSv1.3", "GET /images/json"))
                    .startsWith("HTTP/1.1 429 ")
                    .contains("(profile runners: policy.yaml line 5)")
                    .doesNotContain("dashboard");
            assertThat(ask("dashboard", "TLSv1.3", "GET /containers/json")).startsWith("HTTP/1.1 200 ");
        }
        proxy.await(
                "the audit record", () -> proxy.records().contains("@runners deny profile-max-connections - - - 429"));
    }
}
