package org.socketproxy.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Replays a sample of the recorded denials over HTTP: the daemon must not receive these requests. */
class VerdictOverHttpTest {
    private static final long SEED = 20_261_125;
    private static final int ENVIRONMENTS = 12;

    @TempDir
    Path folder;

    @Test
    void denialOfLinuxServerDoesNotReachDaemon() throws Exception {
        RecordedVerdicts recorded = RecordedVerdicts.load("linuxserver");
        List<String> names = recorded.environments().keySet().stream().sorted().toList();
        Random random = new Random(SEED);
        int allowed = 0;
        int denied = 0;
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: "
                        + (head.startsWith("HEAD") ? "0\r\n\r\n" : "2\r\n\r\nOK"));
            }
        })) {
            for (int i = 0; i < ENVIRONMENTS; i++) {
                String name = names.get(random.nextInt(names.size()));
                try (ProxyUnderTest proxy = ProxyUnderTest.with(
                        daemon.socket(), complete(recorded.environments().get(name)))) {
                    for (int j = 0; j < recorded.requests().size(); j++) {
                        RecordedVerdicts.Request request = recorded.requests().get(j);
                        boolean wasDenied = recorded.verdicts().get(name).charAt(j) == 'D';
                        int status = ask(proxy, request);
                        assertThat(status).as("%s: %s", name, request).isIn(200, 400, 403);
                        assertThat(wasDenied && status == 200)
                                .as("%s: %s", name, request)
                                .isFalse();
                        int forwarded = status == 200 ? 1 : 0;
                        assertThat(daemon.takeHeads(forwarded))
                                .allMatch(head -> head.startsWith(request.method() + " " + request.target() + " "));
                        assertThat(daemon.isUntouched())
                                .as("%s: %s", name, request)
                                .isTrue();
                        denied += wasDenied ? 1 : 0;
                        allowed += forwarded;
                    }
                }
            }
        }
        System.out.println(
                "Over HTTP, seed " + SEED + ": " + denied + " denied by both, " + allowed + " allowed by both");
        assertThat(denied).isGreaterThan(1000);
        assertThat(allowed).isGreaterThan(100);
    }

    private static int ask(ProxyUnderTest proxy, RecordedVerdicts.Request request) throws Exception {
        try (RawClient client = proxy.connect()) {
            client.request(request.method(), request.target());
            return Integer.parseInt(client.readHead().split(" ")[1]);
        }
    }

    private static Map<String, String> complete(Map<String, String> environment) {
        Map<String, String> complete = new HashMap<>();
        for (Variable variable : Variables.load().all()) {
            complete.put(variable.name(), environment.getOrDefault(variable.name(), "0"));
        }
        return complete;
    }
}
