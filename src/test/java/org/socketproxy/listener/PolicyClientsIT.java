package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ClientProgram;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.NetworkNamespace;
import org.socketproxy.testing.ProxyUnderTest;

/** Two clients at the same time, with the profiles of a policy file: each gets what the other one does not get. */
class PolicyClientsIT {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK\n";
    private static final String POLICY = """
            profiles:
              reader:
                clients: [{uid: 0}, {network: 198.18.3.0/24, listener: edge}]
                variables: {CONTAINERS: 1}
              puller:
                clients: [{uid: 54321, gid: 54322}, {address: 198.18.4.2}]
                variables: {IMAGES: 1}
            otherwise: deny
            """;
    private static final int CONNECTIONS = 20;
    private static final int REQUESTS = 10;

    @TempDir
    Path folder;

    @Test
    void eachClientGetsItsProfile() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "root is needed");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
        String socket = folder.resolve("proxy.sock").toString();
        Map<String, String> environment = Map.of(
                "LISTEN", "tcp://:0?name=edge,unix://" + socket + "?mode=0666&name=ci", "POLICY", policy.toString());
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                NetworkNamespace three = NetworkNamespace.create(3);
                NetworkNamespace four = NetworkNamespace.create(4);
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), environment)) {
            ClientProgram root = ClientProgram.plain();
            ClientProgram user = ClientProgram.ofUser(54321, 54322);
            checkSeparated(root, socket, user, socket);
            checkSeparated(
                    ClientProgram.in(three),
                    three.hostAddress() + ":" + proxy.port(),
                    ClientProgram.in(four),
                    four.hostAddress() + ":" + proxy.port());
            assertThat(ClientProgram.plain().get("127.0.0.1:" + proxy.port(), "/containers/json"))
                    .startsWith("403 ");
        }
    }

    private static void checkSeparated(
            ClientProgram reader, String readerPeer, ClientProgram puller, String pullerPeer) {
        Cli.Running first = reader.start(readerPeer, CONNECTIONS, REQUESTS, "/containers/json");
        Cli.Running second = puller.start(pullerPeer, CONNECTIONS, REQUESTS, "/images/json");
        assertThat(ClientProgram.output(first)).isEqualTo("200 OK\n".repeat(CONNECTIONS * REQUESTS));
        assertThat(ClientProgram.output(second)).isEqualTo("200 OK\n".repeat(CONNECTIONS * REQUESTS));
        assertThat(reader.get(readerPeer, "/images/json")).startsWith("403 ");
        assertThat(puller.get(pullerPeer, "/containers/json")).startsWith("403 ");
    }
}
