package org.socketproxy.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.inquiry.ProfileUse.Full;
import org.socketproxy.inquiry.ProfileUse.Outcome;
import org.socketproxy.inquiry.ProfileUse.Remedy;
import org.socketproxy.inquiry.ProfileUse.Reservation;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.ResponseReader;
import org.socketproxy.policy.Totals;
import org.socketproxy.policy.Totals.Total;
import org.socketproxy.policy.create.Demand;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.policy.create.Resources;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopeSelector;

/** A demand counts from its reservation until a count that began after its end. */
class ProfileUseTest {
    private static final long MIB = 1 << 20;

    private final Daemon daemon = new Daemon();
    private final AtomicLong clock = new AtomicLong();
    private final ProfileUse use = new ProfileUse(daemon, clock::get);
    private final Scope scope = scope("ci");

    /** Answers lists and inspects, unless it is held. */
    private static final class Daemon extends DaemonQuery {
        final Map<String, Long> containers = new LinkedHashMap<>();
        final List<String> volumes = new ArrayList<>();
        final List<String> asked = new ArrayList<>();
        int status = 200;

        @Nullable
        CompletableFuture<Void> held;

        Daemon() {
            super(DaemonQuery.NONE);
        }

        @Override
        public CompletableFuture<Answer> get(
                String target, @Nullable ClientConnection asker, @Nullable ResponseReader<?> reader) {
            asked.add(target.replaceAll("\\?.*", ""));
            Answer answer = answer(target, reader);
            return held == null ? CompletableFuture.completedFuture(answer) : held.thenApply(any -> answer);
        }

        private Answer answer(String target, @Nullable ResponseReader<?> reader) {
            if (reader == null) {
                Long memory = containers.get(target.split("/", -1)[2]);
                return memory == null
                        ? new Answer(404, bytes("{}"))
                        : new Answer(status, bytes("{\"HostConfig\":{\"Memory\":" + memory + "}}"));
            }
            Stream<String> ids = target.startsWith("/volumes") ? volumes.stream() : containers.keySet().stream();
            String list = ids.map(id -> "{\"Id\":\"" + id + "\",\"Name\":\"" + id + "\",\"Labels\":{\"owner\":\"ci\"}}")
                    .collect(Collectors.joining(",", "[", "]"));
            try {
                reader.elements()
                        .accept(bytes(target.startsWith("/volumes") ? "{\"Volumes\":" + list + "}" : list), any -> {});
                reader.elements().end();
            } catch (ElementException impossible) {
                throw new AssertionError(impossible);
            }
            return new Answer(status, bytes(""));
        }

        private static ByteBuffer bytes(String text) {
            return StandardCharsets.UTF_8.encode(text);
        }
    }

    private static Scope scope(String owner) {
        ScopeSelector selector = new ScopeSelector(Map.of("owner", owner), List.of(), new ImageRules(List.of()));
        return new Scope(
                List.of("label:owner=" + owner),
                Map.of(ObjectKind.CONTAINER, selector, ObjectKind.NETWORK, selector, ObjectKind.VOLUME, selector));
    }

    private static Totals totals(String text) {
        return Totals.parse(text).orElseThrow();
    }

    private static String id(int number) {
        return String.format("%064x", number);
    }

    private static Reservation container(long memory) {
        return new Reservation(new Demand(1, new Resources(memory, 1, 1), "", 0, Set.of(), 0, false));
    }

    private static Reservation update(String id, long memory) {
        return new Reservation(new Demand(0, new Resources(memory, 0, 0), id, 0, Set.of(), 0, false));
    }

    private static Reservation volumes(int containers, String... names) {
        return new Reservation(new Demand(containers, Resources.NONE, "", 0, Set.of(names), 0, false));
    }

    private String recount(Totals totals) {
        return use.recount(scope, totals).join();
    }

    @Test
    void nothingIsReservedBeforeACount() {
        Totals totals = totals("containers:1");

        assertThat(use.reserve(scope, totals, container(MIB)))
                .extracting(Full::remedy)
                .isEqualTo(Remedy.COUNT);
        assertThat(recount(totals)).isEmpty();
        assertThat(use.reserve(scope, totals, container(MIB))).isNull();
        assertThat(use.reserve(scope, totals, container(MIB))).isEqualTo(new Full(Total.CONTAINERS, 1, 1, Remedy.WAIT));
    }

    @Test
    void countedObjectsAreCertain() {
        Totals totals = totals("containers:1");
        daemon.containers.put(id(1), MIB);
        recount(totals);

        assertThat(use.reserve(scope, totals, container(MIB)))
                .isEqualTo(new Full(Total.CONTAINERS, 1, 1, Remedy.NOTHING));
    }

    @Test
    void refusedRequestGivesItsRoomBack() {
        Totals totals = totals("containers:1");
        recount(totals);
        Reservation refused = container(MIB);
        assertThat(use.reserve(scope, totals, refused)).isNull();

        CompletableFuture<Void> change = use.change();
        use.end(refused, Outcome.REFUSED);
        use.end(refused, Outcome.UNKNOWN);

        assertThat(change).isDone();
        assertThat(use.reserve(scope, totals, container(MIB))).isNull();
    }

    @Test
    void doneRequestCountsUntilACountThatBeganAfterIt() {
        Totals totals = totals("containers:1");
        recount(totals);
        Reservation done = container(MIB);
        use.reserve(scope, totals, done);
        daemon.held = new CompletableFuture<>();
        CompletableFuture<String> early = use.recount(scope, totals); // sees no container
        use.end(done, Outcome.DONE);
        daemon.held.complete(null);
        assertThat(early.join()).isEmpty();

        assertThat(use.reserve(scope, totals, container(MIB)))
                .extracting(Full::remedy)
                .isEqualTo(Remedy.COUNT);
        recount(totals);
        assertThat(use.reserve(scope, totals, container(MIB)))
                .as("it was removed")
                .isNull();
    }

    @Test
    void unknownOutcomeCountsForHalfAMinute() {
        Totals totals = totals("containers:1");
        recount(totals);
        Reservation unknown = container(MIB);
        use.reserve(scope, totals, unknown);
        use.end(unknown, Outcome.UNKNOWN);
        recount(totals);

        assertThat(use.reserve(scope, totals, container(MIB)))
                .extracting(Full::remedy)
                .isEqualTo(Remedy.NOTHING);
        clock.addAndGet(Duration.ofSeconds(30).toNanos());
        assertThat(use.reserve(scope, totals, container(MIB)))
                .extracting(Full::remedy)
                .isEqualTo(Remedy.COUNT);
        recount(totals);
        assertThat(use.reserve(scope, totals, container(MIB))).isNull();
    }

    @Test
    void requestThatHasEndedReservesNothing() {
        Totals totals = totals("containers:1");
        recount(totals);
        Reservation ended = container(MIB);
        use.end(ended, Outcome.REFUSED);

        assertThat(use.reserve(scope, totals, ended)).isNull();
        assertThat(use.reserve(scope, totals, container(MIB))).isNull();
    }

    @Test
    void updateCountsAboveTheKnownLimitOfItsContainer() {
        Totals totals = totals("memory:100m");
        daemon.containers.put(id(1), 60 * MIB);
        recount(totals);

        assertThat(use.reserve(scope, totals, update(id(1), 101 * MIB)))
                .isEqualTo(new Full(Total.MEMORY, 60 * MIB, 41 * MIB, Remedy.NOTHING));
        assertThat(use.reserve(scope, totals, update(id(1), 30 * MIB)))
                .as("less")
                .isNull();
        assertThat(use.reserve(scope, totals, update(id(1), 90 * MIB))).isNull();
        assertThat(use.reserve(scope, totals, update(id(1), 100 * MIB)))
                .as("the higher one counts")
                .isNull();
        assertThat(use.reserve(scope, totals, container(MIB)))
                .isEqualTo(new Full(Total.MEMORY, 100 * MIB, MIB, Remedy.WAIT));
    }

    /** A smaller limit, a count, and the update back that was on its way. */
    @Test
    void updateUnderWayCountsAlsoIfALowerLimitIsCountedMeanwhile() {
        Totals totals = totals("memory:100m");
        daemon.containers.put(id(1), 60 * MIB);
        recount(totals);
        Reservation back = update(id(1), 60 * MIB);
        assertThat(use.reserve(scope, totals, back)).isNull();
        daemon.containers.put(id(1), MIB);
        recount(totals);

        assertThat(use.reserve(scope, totals, container(50 * MIB))).isNotNull();
        use.end(back, Outcome.DONE);
        daemon.containers.put(id(1), 60 * MIB);
        recount(totals);
        assertThat(use.reserve(scope, totals, container(50 * MIB))).isNotNull();
    }

    @Test
    void requestBeyondAThousandOpenOnesWaitsAndNamesNoTotal() {
        Totals totals = totals("containers:5000");
        recount(totals);
        List<Reservation> open = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            open.add(container(MIB));
            assertThat(use.reserve(scope, totals, open.get(i))).isNull();
        }

        assertThat(use.reserve(scope, totals, container(MIB))).isEqualTo(new Full(null, 0, 0, Remedy.WAIT));
        use.end(open.get(0), Outcome.DONE);
        assertThat(use.reserve(scope, totals, container(MIB))).isEqualTo(new Full(null, 0, 0, Remedy.COUNT));
        recount(totals);
        assertThat(use.reserve(scope, totals, container(MIB))).isNull();
    }

    @Test
    void containerWithoutALimitFillsTheTotal() {
        Totals totals = totals("memory:100m");
        daemon.containers.put(id(1), 0L);
        recount(totals);

        assertThat(use.reserve(scope, totals, container(MIB)))
                .isEqualTo(new Full(Total.MEMORY, Resources.UNLIMITED, MIB, Remedy.NOTHING));
    }

    @Test
    void volumesCountByTheirNames() {
        Totals totals = totals("volumes:2");
        daemon.volumes.add("a");
        recount(totals);

        assertThat(use.reserve(scope, totals, volumes(1, "a"))).isNull();
        Reservation refused = volumes(1, "b");
        assertThat(use.reserve(scope, totals, refused)).isNull();
        assertThat(use.reserve(scope, totals, volumes(0, "b"))).as("the same").isNull();
        use.end(refused, Outcome.REFUSED);
        assertThat(use.reserve(scope, totals, volumes(0, "c")))
                .as("the proxy had created b")
                .isNotNull();
    }

    @Test
    void otherTargetsNeedANewCountAndEqualOnesDoNot() {
        Totals totals = totals("containers:1");
        recount(totals);

        assertThat(use.reserve(scope("me"), totals, container(MIB)))
                .extracting(Full::remedy)
                .isEqualTo(Remedy.COUNT);
        assertThat(use.reserve(scope, totals("memory:1g"), container(MIB)))
                .extracting(Full::remedy)
                .isEqualTo(Remedy.COUNT);
        assertThat(use.reserve(scope("ci"), totals, container(MIB))).isNull();
        clock.addAndGet(Duration.ofSeconds(61).toNanos());
        assertThat(use.reserve(scope, totals("containers:9"), container(MIB)))
                .as("old")
                .isNotNull();
    }

    @Test
    void countsAreMergedAndInspectEachContainerOnce() {
        Totals totals = totals("memory:100m");
        daemon.containers.put(id(1), MIB);
        daemon.held = new CompletableFuture<>();
        List<CompletableFuture<String>> counts = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            counts.add(use.recount(scope, totals));
        }
        counts.get(1).cancel(false);
        daemon.held.complete(null);

        assertThat(counts.get(8).join()).isEmpty();
        assertThat(daemon.asked)
                .containsExactly("/containers/json", "/containers/" + id(1) + "/json", "/containers/json");
        assertThat(use.reserve(scope, totals, update(id(1), 2 * MIB))).isNull();
        recount(totals);
        assertThat(daemon.asked)
                .as("its limit may have changed")
                .hasSize(5)
                .last()
                .isEqualTo("/containers/" + id(1) + "/json");
    }

    @Test
    void failedCountKeepsTheLastOneAndSaysWhy() {
        Totals totals = totals("containers:1");
        daemon.status = 500;

        assertThat(recount(totals)).isEqualTo("the daemon did not list the containers of this profile (status 500)");
        assertThat(use.reserve(scope, totals, container(MIB))).isNotNull();
    }
}
