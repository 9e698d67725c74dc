package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Replays attacks on proxies in front of one real daemon, one proxy for each set of variables. */
final class AttackProxies implements AutoCloseable {
    private final Map<String, ProxyUnderTest> proxies = new HashMap<>();
    private final Path socket;

    AttackProxies(Path socket) {
        this.socket = socket;
    }

    /** @param variables variables that are on in addition to the defaults, comma-separated; - for none, * for all */
    ProxyUnderTest get(String variables) {
        return proxies.computeIfAbsent(variables, on -> switch (on) {
            case "-" -> ProxyUnderTest.allowing(socket);
            case "*" -> ProxyUnderTest.allowingEverything(socket);
            default -> ProxyUnderTest.allowing(socket, on.split(","));
        });
    }

    /** Returns true if only the proxy responds, and no request that reaches the daemon changes its state. */
    static boolean isSafeToReplay(Attack attack) {
        boolean isAllDenied = attack.seen().isEmpty();
        boolean isAnyDenied =
                attack.statuses().stream().anyMatch(status -> status.startsWith("4") && !status.equals("409"));
        boolean isHarmless =
                attack.seen().stream().allMatch(seen -> seen.endsWith("/_ping") || seen.endsWith("/version"));
        return (isAllDenied || isAnyDenied)
                && isHarmless
                && !attack.isTunnel()
                && !attack.statuses().isEmpty();
    }

    /** Sends an attack on a separate connection, and reads the expected number of responses. */
    List<String> statusesOf(Attack attack) throws IOException {
        List<String> answers = new ArrayList<>();
        try (RawClient client = get(attack.variables()).connect()) {
            sendAsFarAsItIsRead(client, attack);
            for (int i = 0; i < attack.statuses().size(); i++) {
                String answer = attack.isHead() ? client.readHead() : client.readResponse();
                answers.add(answer.substring(9, 12));
            }
        }
        return answers;
    }

    /** The proxy may send its response and close the connection before it has read the whole attack. */
    private static void sendAsFarAsItIsRead(RawClient client, Attack attack) throws IOException {
        try {
            client.send(attack.bytes());
        } catch (SocketException closed) {
            assertThat(attack.isClosed()).as(closed.getMessage()).isTrue();
        }
    }

    @Override
    public void close() {
        proxies.values().forEach(ProxyUnderTest::close);
    }
}
