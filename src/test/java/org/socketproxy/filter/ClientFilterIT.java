package org.socketproxy.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.config.NetworkAddress;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.NetworkNamespace;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** A client with an address of the network of the proxy's container, and a daemon that says which container has it. */
class ClientFilterIT {
    private static final String SELF = "5e1f".repeat(16);
    private static final String POLICY = """
            profiles:
              confined:
                clients: [{address: ADDRESS, listener: confined}]
                variables: {CONTAINERS: 1}
                create: safe
                targets: {label: owner=reader}
                max: {exchanges: 1, requests: 1/m, burst: 6}
              reader:
                clients: [{address: ADDRESS}]
                variables: {CONTAINERS: 1, EVENTS: 1}
            otherwise: deny
            """;

    private static NetworkNamespace network;

    @TempDir
    Path folder;

    private final AtomicInteger asked = new AtomicInteger();
    private volatile String container = "aaaa";
    private volatile int status = 200;
    private FakeDaemon daemon;
    private ProxyUnderTest proxy;

    /** One for all tests, because its devices disappear some time after its end. */
    @BeforeAll
    static void createNetwork() {
        assumeTrue(System.getProperty("user.name").equals("root"), "root is needed");
        network = NetworkNamespace.create(5);
    }

    @AfterAll
    static void removeNetwork() {
        if (network != null) {
            network.close();
        }
    }

    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                answer(peer, head);
            }
        });
        Path policy =
                Files.writeString(folder.resolve("policy.yaml"), POLICY.replace("ADDRESS", network.hostAddress()));
        proxy = ProxyUnderTest.with(
                daemon.socket(),
                Map.of(
                        "SELF_CONTAINER",
                        SELF,
                        "LISTEN",
                        "tcp://" + network.hostAddress() + ":0,tcp://127.0.0.1:0,tcp://" + network.hostAddress()
                                + ":0?name=confined",
                        "POLICY",
                        policy.toString()));
    }

    private void answer(FakeDaemon.Peer peer, String head) throws IOException {
        String body = "forwarded";
        int code = 200;
        if (head.startsWith("GET /containers/" + SELF + "/json ")) {
            body = "{\"Id\":\"" + SELF + "\",\"NetworkSettings\":{\"Networks\":{\"api\":{\"NetworkID\":\"n1\"}}}}";
        } else if (head.startsWith("GET /networks/n1 ")) {
            asked.incrementAndGet();
            code = status;
            body = "{\"Name\":\"api\",\"Id\":\"n1\",\"IPAM\":{\"Config\":[{\"Subnet\":\"198.18.5.0/24\"}]},"
                    + "\"Containers\":{\"" + container + "\":{\"Name\":\"" + container
                    + "\",\"IPv4Address\":\"198.18.5.1/24\"}}}";
        } else if (head.startsWith("GET /events ")) {
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n");
            return;
        }
        peer.write("HTTP/1.1 " + code + " X\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    @AfterEach
    void stop() throws IOException {
        if (proxy != null) {
            proxy.close();
        }
        if (daemon != null) {
            daemon.close();
        }
    }

    private RawClient connect() throws IOException {
        return RawClient.over(new Socket(network.hostAddress(), proxy.port()));
    }

    private int port(int listener) {
        return ((NetworkAddress) proxy.server().listening().get(listener)).port();
    }

    private String status(RawClient client) throws IOException {
        return client.request("GET", "/containers/json").readResponse().substring(9, 12);
    }

    private String statusOfANewConnection() throws IOException {
        try (RawClient client = connect()) {
            return status(client);
        }
    }

    @Test
    void addressBelongsToItsFirstContainerFromTheFirstRequestOfAConnectionOn() throws Exception {
        assertThat(statusOfANewConnection()).isEqualTo("200");
        container = "bbbb";
        assertThat(statusOfANewConnection()).isEqualTo("403");
        assertThat(statusOfANewConnection()).isEqualTo("403");
        container = "aaaa";
        assertThat(statusOfANewConnection()).isEqualTo("200");
    }

    @Test
    void connectionAndStreamOfAContainerThatHasLeftEnd() throws Exception {
        try (RawClient kept = connect();
                RawClient stream = connect()) {
            assertThat(status(kept)).isEqualTo("200");
            assertThat(stream.request("GET", "/events").readHead()).startsWith("HTTP/1.1 200 ");
            container = "bbbb";

            assertThat(statusOfANewConnection()).isEqualTo("403");
            assertThat(status(kept)).isEqualTo("403");
            assertThat(stream.readToEnd()).startsWith("3\r\n{}\n").doesNotContain("\r\n0\r\n");
        }
    }

    @Test
    void withoutAnAnswerOfTheDaemonAConnectionIsDeniedAndAKeptOneStays() throws Exception {
        try (RawClient kept = connect()) {
            assertThat(status(kept)).isEqualTo("200");
            status = 500;
            try (RawClient client = connect()) {
                assertThat(client.request("GET", "/containers/json").readResponse())
                        .startsWith("HTTP/1.1 502 ")
                        .contains("the daemon did not describe the networks of this proxy");
                status = 200;
                assertThat(status(client)).isEqualTo("200");
            }
            assertThat(status(kept)).isEqualTo("200");
        }
    }

    /** The target filter dispatches the request a second time after its own question. */
    @Test
    void laterFiltersJudgeARequestOnce() throws Exception {
        for (int i = 0; i < 3; i++) {
            try (RawClient client = RawClient.over(new Socket(network.hostAddress(), port(2)))) {
                assertThat(client.request("GET", "/containers/x/json").readResponse())
                        .startsWith("HTTP/1.1 404 ")
                        .contains("No such container: x");
                assertThat(client.request("GET", "/containers/x/json").readResponse())
                        .startsWith("HTTP/1.1 404 ");
            }
        }
        try (RawClient client = RawClient.over(new Socket(network.hostAddress(), port(2)))) {
            for (int i = 0; i < 2; i++) {
                assertThat(client.request("GET", "/containers/x/json").readResponse())
                        .startsWith("HTTP/1.1 429 ")
                        .contains("the limit of requests of this profile (1/m, burst 6)");
            }
        }
    }

    @Test
    void questionsOfManyConnectionsAreMerged() throws Exception {
        assertThat(statusOfANewConnection()).isEqualTo("200");
        int before = asked.get();
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 50; i++) {
                clients.add(connect());
                clients.get(i).request("GET", "/containers/json");
            }
            for (RawClient client : clients) {
                assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ");
            }
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
        assertThat(asked.get() - before).isLessThan(25);
    }

    @Test
    void clientOnLoopbackCostsNoQuestion() throws Exception {
        assertThat(statusOfANewConnection()).isEqualTo("200");
        container = "bbbb";
        try (RawClient client = RawClient.connect(port(1))) {
            assertThat(status(client)).isEqualTo("403");
        }
        container = "aaaa";
        assertThat(statusOfANewConnection()).isEqualTo("200");
    }
}
