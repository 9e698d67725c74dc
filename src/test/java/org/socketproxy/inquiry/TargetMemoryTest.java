package org.socketproxy.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.client.SharedMap;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.policy.scope.ObjectIdentity;
import org.socketproxy.policy.scope.ObjectIndex;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;

/** The memory for what the proxy remembers of objects has a limit, whatever number of them it has seen. */
class TargetMemoryTest {
    private static final int SEEN = 100_000;
    private static final int KIB = 1024;

    @TempDir
    Path folder;

    private static String id(int number) {
        return String.format("%064x", number);
    }

    private static ObjectIdentity container(int number) {
        return new ObjectIdentity(ObjectKind.CONTAINER, id(number), List.of("c" + number), Map.of());
    }

    @Test
    void verdictsAndExecsOfTheNewestAreRemembered() {
        DaemonObjects.JudgedContainers verdicts = new DaemonObjects.JudgedContainers();
        SharedMap<String, String, String> execs = new SharedMap<>(DaemonObjects.MOST_CONTAINERS);
        Object rules = new Object();
        for (int i = 0; i < SEEN; i++) {
            verdicts.allow(rules, id(i));
            execs.put("profile", id(i), id(0));
        }

        assertThat(verdicts.size()).isEqualTo(DaemonObjects.MOST_CONTAINERS);
        assertThat(verdicts.isAllowed(rules, id(SEEN - 1))).isTrue();
        assertThat(verdicts.isAllowed(rules, id(0))).isFalse();
        assertThat(execs.size()).isEqualTo(DaemonObjects.MOST_CONTAINERS);
        assertThat(execs.find("profile", id(SEEN - 1))).isEqualTo(id(0));
        assertThat(execs.find("profile", id(0))).isNull();
    }

    @Test
    void aProfileWithManyContainersDisplacesNoneOfAnother() {
        DaemonObjects.JudgedContainers verdicts = new DaemonObjects.JudgedContainers();
        Object few = new Object();
        Object many = new Object();
        verdicts.allow(few, id(0));
        verdicts.allow(few, id(1));
        for (int i = 0; i < SEEN; i++) {
            verdicts.allow(many, id(i));
        }

        assertThat(verdicts.size()).isEqualTo(DaemonObjects.MOST_CONTAINERS);
        assertThat(verdicts.isAllowed(few, id(0))).isTrue();
        assertThat(verdicts.isAllowed(few, id(1))).isTrue();
        assertThat(verdicts.isAllowed(many, id(SEEN - 1))).isTrue();
    }

    @Test
    void ownObjectsOfAStreamHaveALimitAndAreCounted() {
        ObjectIndex known = new ObjectIndex();
        for (int i = 0; i < SEEN; i++) {
            known.add(container(i));
            known.add(container(i));
        }

        assertThat(known.has(ObjectKind.CONTAINER, id(ObjectIndex.MOST - 1))).isTrue();
        assertThat(known.has(ObjectKind.CONTAINER, id(ObjectIndex.MOST))).isFalse();
        assertThat(known.heldBytes()).isBetween(200 * ObjectIndex.MOST, 400 * ObjectIndex.MOST);

        IntStream.range(0, SEEN).forEach(i -> known.remove(ObjectKind.CONTAINER, id(i)));
        known.remove(ObjectKind.NETWORK, id(0));
        assertThat(known.heldBytes()).isZero();
    }

    /** Each stream knows 2,000 own containers, before its first event. */
    @Test
    void streamsBeyondTheMemoryLimitAreRefusedAndMemoryComesBack() throws Exception {
        String list = IntStream.range(0, 2000)
                .mapToObj(i -> "{\"Id\":\"" + id(i) + "\",\"Names\":[\"/c\"],\"Labels\":{\"owner\":\"ci\"}}")
                .collect(Collectors.joining(",", "[", "]"));
        HeldMemory memory = new HeldMemory(8 * KIB * KIB); // the half for one client
        List<RawClient> streams = new ArrayList<>();
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                        boolean isStream = head.startsWith("GET /events");
                        peer.write("HTTP/1.1 200 OK\r\n"
                                + (isStream
                                        ? "Transfer-Encoding: chunked\r\n\r\n"
                                        : "Content-Length: " + list.length() + "\r\n\r\n" + list));
                    }
                });
                ChainUnderTest chain =
                        ChainUnderTest.safe(daemon.host(), Map.of("TARGETS", "containers:label:owner=ci"), memory)) {
            String status = "";
            while (!status.startsWith("HTTP/1.1 503 ")) {
                assertThat(streams).hasSizeLessThan(12);
                RawClient client = chain.connect().request("GET", "/events");
                streams.add(client);
                status = client.readHead();
            }
            assertThat(streams).hasSizeGreaterThan(4);

            for (RawClient client : streams) {
                client.close();
            }
            assertThat(ProcessResources.await(() -> memory.reservedBytes() == 0))
                    .isTrue();
        }
    }
}
