package org.socketproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.GrpcDaemon;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Proxy before a fake BuildKit, for clients that send gRPC calls. Both start with the first client. */
abstract class GrpcFixture {
    /** A method whose message has a list of texts. */
    static final String WORKERS = "/moby.buildkit.v1.Control/ListWorkers";
    /** Valid for ControlListWorkers. */
    static final String HELLO = GrpcDaemon.message("\n\5hello");
    /** Message without fields, which is valid for each method. */
    static final String EMPTY = GrpcDaemon.message("");

    /** How the client begins HTTP/2, and the sockets of the client and of the daemon. */
    enum Way {
        UPGRADE_TCP,
        UPGRADE_UNIX,
        PRIOR_TCP,
        PRIOR_UNIX;

        boolean isUnix() {
            return name().endsWith("UNIX");
        }
    }

    @TempDir
    Path folder;

    final List<String> records = new CopyOnWriteArrayList<>();
    GrpcDaemon daemon;
    ProxyUnderTest proxy;

    final Http2Client connect(Way way) throws IOException {
        return connect(way, ProxyUnderTest.everything());
    }

    final Http2Client connect(Way way, Map<String, String> settings) throws IOException {
        if (daemon == null) {
            daemon = GrpcDaemon.start(way.isUnix() ? FakeDaemon.Kind.UNIX : FakeDaemon.Kind.TCP, folder);
        }
        if (proxy == null) {
            Map<String, String> environment = new HashMap<>(settings);
            environment.put("DOCKER_HOST", daemon.host());
            environment.put("LOG_LEVEL", "info");
            if (way.isUnix()) {
                environment.put("LISTEN", "unix://" + folder.resolve("proxy.sock"));
            }
            proxy = ProxyUnderTest.recording(environment, lines -> lines.lines().forEach(records::add));
        }
        RawClient wire = way.isUnix() ? RawClient.connect(folder.resolve("proxy.sock")) : proxy.connect();
        return way.name().startsWith("UPGRADE") ? Http2Client.afterGrpc(wire) : Http2Client.over(wire);
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

    /** Begins a call that the daemon answers with a head, and whose answer goes on. */
    static int running(Http2Client client) throws IOException {
        int call = client.call(WORKERS, "paced");
        assertThat(client.data(call, HELLO, true).head(call).status()).isEqualTo(200);
        return call;
    }

    /** Ends the running calls, and returns the answer of one. */
    static Http2Client.Answer finish(Http2Client client, int running) throws IOException {
        for (String task : new String[] {"push", "finish"}) {
            int call = client.call(WORKERS, task);
            assertThat(client.data(call, HELLO, true).answer(call).body()).isEqualTo(HELLO);
        }
        return client.answer(running);
    }

    static String text(HttpFields fields) {
        return fields.get("grpc-status") + " " + fields.get("grpc-message");
    }

    final void awaitRecord(String part) throws InterruptedException {
        assertThat(ProcessResources.await(() -> records.stream().anyMatch(line -> line.contains(part))))
                .isTrue();
    }
}
