package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RestartableDocker;

/** The daemon is killed and restarted under load: clients receive errors, and the proxy reconnects to the new daemon. */
class DaemonKilledIT {
    /** {@code docs/evidence/reliability.md} describes a run with {@code -Dkills=20}, which takes minutes. */
    private static final int KILLS = Integer.getInteger("kills", 2);

    private static final int ANSWERS_BETWEEN_KILLS = 100;
    private static final int CLIENTS = 8;
    private static final Duration LIMIT = Duration.ofMinutes(5);

    /** Number of each response, over all clients. */
    private final Map<String, Integer> answers = new ConcurrentSkipListMap<>();

    private final AtomicBoolean isOver = new AtomicBoolean();

    @Test
    void proxySurvivesKilledDaemonUnderLoad() throws Exception {
        try (RestartableDocker docker = RestartableDocker.start();
                ProxyProcess proxy =
                        ProxyProcess.start(docker.socket(), Map.of("CONTAINERS", "1", "LOG_LEVEL", "err"))) {
            awaitAnswer(proxy.port());
            long files = proxy.openFiles();
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Thread client = new Thread(() -> load(proxy.port()), "client");
                client.start();
                clients.add(client);
            }
            awaitAnswers(ANSWERS_BETWEEN_KILLS);
            for (int kill = 0; kill < KILLS; kill++) {
                docker.kill();
                docker.restart(kill % 2 == 0);
                awaitAnswer(proxy.port());
                awaitAnswers(ANSWERS_BETWEEN_KILLS);
            }
            isOver.set(true);
            for (Thread client : clients) {
                client.join(LIMIT.toMillis());
                assertThat(client.isAlive()).as("a client hangs").isFalse();
            }
            System.out.println("DaemonKilledIT: " + KILLS + " kills, answers " + new TreeMap<>(answers) + " from "
                    + CLIENTS + " clients, files before " + files + ", after " + proxy.openFiles() + ", threads "
                    + proxy.threads() + ", resident " + proxy.residentKilobytes() + " KiB");
            assertThat(answers.keySet())
                    .allMatch(answer -> answer.equals("200")
                            || answer.equals("cut")
                            || answer.equals("200, then cut")
                            || answer.startsWith("502 no answer from the daemon at "));
            awaitFiles(proxy, files + 2 * CLIENTS);
            assertThat(proxy.stderr().lines()).allMatch(line -> line.contains("The daemon at "));
        }
    }

    private void load(int port) {
        while (!isOver.get()) {
            try (RawClient client = RawClient.connect(port)) {
                for (boolean isKept = true; isKept && !isOver.get(); ) {
                    RawResponse answer =
                            client.request("GET", "/containers/json").readAnswer("GET");
                    String told = answer.status() == 200 && answer.isWhole() ? "200" : answer.toString();
                    answers.merge(told, 1, Integer::sum);
                    isKept = answer.isWhole();
                }
            } catch (IOException broken) {
                answers.merge(broken.toString(), 1, Integer::sum);
            }
        }
    }

    private static void awaitAnswer(int port) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        String seen = "";
        while (System.nanoTime() < deadline) {
            try (RawClient client = RawClient.connect(port)) {
                RawResponse answer = client.request("GET", "/_ping").readAnswer("GET");
                seen = answer.toString();
                if (seen.equals("200 OK")) {
                    return;
                }
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        throw new AssertionError("No answer of the new daemon within " + LIMIT + ", but " + seen);
    }

    private void awaitAnswers(int more) throws InterruptedException {
        int before = answers.getOrDefault("200", 0);
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (answers.getOrDefault("200", 0) < before + more) {
            assertThat(System.nanoTime()).as("answers under load: " + answers).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static void awaitFiles(ProxyProcess proxy, long most) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (proxy.openFiles() > most && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        assertThat(proxy.openFiles()).as("open files of the proxy").isLessThanOrEqualTo(most);
    }
}
