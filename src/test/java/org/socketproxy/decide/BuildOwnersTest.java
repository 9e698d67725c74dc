package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.client.Client;
import org.socketproxy.client.UnixPeer;
import org.socketproxy.decide.BuildOwners.Answer;
import org.socketproxy.decide.BuildOwners.BuildId;
import org.socketproxy.decide.BuildOwners.Kind;
import org.socketproxy.decide.BuildOwners.Owner;
import org.socketproxy.exchange.ErrorReply;

class BuildOwnersTest {
    private static final Executor DIRECT = Runnable::run;
    private static final Owner ALICE =
            owner("ci", Client.unix(null, "/run/a.sock", new UnixPeer("alice", "a", 1000, 1)));
    private static final Owner BOB = owner("ci", Client.unix(null, "/run/a.sock", new UnixPeer("bob", "a", 1001, 1)));
    private static final BuildId BUILD = new BuildId(Kind.BUILD, "ttwc4h3ug6oan9kdoz7l7v5kd");
    private static final ErrorReply DENIAL = new ErrorReply(403, "no");

    private final BuildOwners owners = new BuildOwners();

    private static Owner owner(String profile, Client client) {
        return new Owner(profile, client.identity());
    }

    private static BuildId build(int number) {
        return new BuildId(Kind.BUILD, "build-of-the-test-" + number);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "the same                    | ci    | a.sock | 1000 | true",
                "another group               | ci    | a.sock | 1000 | true",
                "another user                | ci    | a.sock | 1001 | false",
                "another socket              | ci    | b.sock | 1000 | false",
                "another profile             | admin | a.sock | 1000 | false",
            })
    void clientIsItsProfileUserAndSocket(String what, String profile, String socket, int uid, boolean isOwn) {
        owners.begin(ALICE, BUILD);
        String group = what.equals("another group") ? "b" : "a";

        Owner other = owner(profile, Client.unix(null, "/run/" + socket, new UnixPeer("name", group, uid, 7)));

        assertThat(owners.isOwn(other, BUILD)).isEqualTo(isOwn);
        assertThat(owners.begin(other, BUILD)).isEqualTo(isOwn);
    }

    @Test
    void clientWithoutUserIsItsAddress() {
        Owner first = owner("ci", Client.at("192.0.2.1"));
        owners.begin(first, BUILD);

        assertThat(owners.isOwn(owner("ci", Client.at("192.0.2.1")), BUILD)).isTrue();
        assertThat(owners.isOwn(owner("ci", Client.at("192.0.2.2")), BUILD)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void idOfOneKindIsNotThatOfAnother(Kind kind) {
        owners.begin(ALICE, new BuildId(kind, BUILD.text()));

        for (Kind other : Kind.values()) {
            assertThat(owners.isOwn(ALICE, new BuildId(other, BUILD.text()))).isEqualTo(other == kind);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ttwc4h3ug6oan9kdoz7l7v5kd, true",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, true",
        "3f0ff9c1-4f5b-4a0e-8b71-9a2f0f6f1d11, true",
        "'', false",
        "short, false",
        "prefix:ttwc4h3ug6oan9kdoz7l7v5kd, false",
        "ttwc4h3ug6oan9kdoz7l7v5k/, false",
        "'ttwc4h3ug6oan9kdoz7l7v5kd ', false",
        "-twc4h3ug6oan9kdoz7l7v5kd, false",
    })
    void formOfAnIdIsLimited(String text, boolean isValid) {
        assertThat(new BuildId(Kind.SESSION, text).isValid()).isEqualTo(isValid);
    }

    @Test
    void longIdIsInvalid() {
        assertThat(new BuildId(Kind.SESSION, "a".repeat(128)).isValid()).isTrue();
        assertThat(new BuildId(Kind.SESSION, "a".repeat(129)).isValid()).isFalse();
    }

    @Test
    void endedBuildKeepsItsOwner() {
        owners.begin(ALICE, BUILD);
        owners.end(ALICE, BUILD);

        assertThat(owners.isOwn(ALICE, BUILD)).isTrue();
        assertThat(owners.begin(BOB, BUILD)).isFalse();
        assertThat(owners.begin(ALICE, BUILD)).isTrue();
    }

    @Test
    void otherClientCannotEndABuild() {
        owners.begin(ALICE, BUILD);
        owners.end(BOB, BUILD);
        owners.addResult(ALICE, BUILD, "result");

        assertThat(owners.hasResult(ALICE, BUILD, "result")).isTrue();
    }

    @Test
    void restartForgetsAllOwners() {
        owners.begin(ALICE, BUILD);

        assertThat(new BuildOwners().isOwn(ALICE, BUILD)).isFalse();
    }

    @Test
    void floodOfOneClientForgetsOnlyItsOwnEndedBuilds() {
        owners.begin(BOB, build(0));
        owners.end(BOB, build(0));
        owners.begin(ALICE, build(1));
        for (int i = 2; i < 20_000; i++) {
            owners.begin(ALICE, build(i));
            owners.end(ALICE, build(i));
        }

        assertThat(owners.size()).isEqualTo(1002);
        assertThat(owners.isOwn(BOB, build(0))).isTrue();
        assertThat(owners.isOwn(ALICE, build(1))).as("a running build").isTrue();
        assertThat(owners.isOwn(ALICE, build(2))).as("the oldest build").isFalse();
        assertThat(owners.isOwn(ALICE, build(19_999))).as("the newest build").isTrue();
    }

    @Test
    void floodOfManyClientsIsLimited() {
        owners.begin(ALICE, BUILD);
        for (int i = 0; i < 30_000; i++) {
            Owner each = owner("ci", Client.at("client-" + i));
            owners.begin(each, build(i));
            owners.end(each, build(i));
        }

        assertThat(owners.size()).isEqualTo(10_001);
        assertThat(owners.isOwn(ALICE, BUILD)).isTrue();
    }

    @Test
    void waitEndsWhenTheBuildBegins() {
        CompletableFuture<Answer> own = owners.await(ALICE, BUILD, DIRECT);
        CompletableFuture<Answer> other = owners.await(BOB, BUILD, DIRECT);
        assertThat(own).isNotDone();

        owners.begin(ALICE, BUILD);

        assertThat(own).isCompletedWithValue(Answer.OWN);
        assertThat(other).isNotDone();
        assertThat(owners.await(ALICE, BUILD, DIRECT)).isCompletedWithValue(Answer.OWN);
        assertThat(owners.await(BOB, BUILD, DIRECT)).isCompletedWithValue(Answer.UNKNOWN);
    }

    @Test
    void waitEndsWhenTheBuildIsDenied() {
        CompletableFuture<Answer> own = owners.await(ALICE, BUILD, DIRECT);
        CompletableFuture<Answer> other = owners.await(BOB, BUILD, DIRECT);

        owners.deny(ALICE, BUILD, DENIAL);

        assertThat(own).isCompletedWithValue(new Answer(false, DENIAL));
        assertThat(other).isNotDone();
        assertThat(owners.await(ALICE, BUILD, DIRECT)).isCompletedWithValue(new Answer(false, DENIAL));
        assertThat(owners.isOwn(ALICE, BUILD)).isFalse();
        assertThat(owners.begin(BOB, BUILD)).as("a denial reserves no id").isTrue();
    }

    @Test
    void laterPermissionReplacesADenial() {
        owners.deny(ALICE, BUILD, DENIAL);
        owners.begin(ALICE, BUILD);

        assertThat(owners.await(ALICE, BUILD, DIRECT)).isCompletedWithValue(Answer.OWN);
    }

    @Test
    void waitingExchangesOfAClientAreLimited() {
        List<CompletableFuture<Answer>> waiting = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            waiting.add(owners.await(ALICE, build(i), DIRECT));
        }
        assertThat(waiting).noneMatch(CompletableFuture::isDone);
        assertThat(owners.await(ALICE, BUILD, DIRECT)).isCompletedWithValue(Answer.UNKNOWN);
        assertThat(owners.await(BOB, BUILD, DIRECT)).isNotDone();

        waiting.get(0).cancel(false);
        waiting.get(1).complete(Answer.UNKNOWN);

        assertThat(owners.await(ALICE, BUILD, DIRECT)).isNotDone();
    }

    @Test
    void abortedWaitLeavesNothing() {
        owners.await(ALICE, BUILD, DIRECT).cancel(false);
        owners.await(ALICE, BUILD, DIRECT).complete(Answer.UNKNOWN);

        assertThat(owners.size()).isZero();
    }

    @Test
    void resultBelongsToOneRunningBuild() {
        owners.begin(ALICE, BUILD);
        owners.addResult(ALICE, BUILD, "result");
        owners.addResult(BOB, BUILD, "other");

        assertThat(owners.hasResult(ALICE, BUILD, "result")).isTrue();
        assertThat(owners.hasResult(ALICE, BUILD, "other")).isFalse();
        assertThat(owners.hasResult(BOB, BUILD, "result")).isFalse();

        owners.end(ALICE, BUILD);

        assertThat(owners.hasResult(ALICE, BUILD, "result")).isFalse();
    }

    @Test
    void resultsOfABuildAreLimited() {
        owners.begin(ALICE, BUILD);
        for (int i = 0; i < 17; i++) {
            owners.addResult(ALICE, BUILD, i);
        }

        assertThat(owners.hasResult(ALICE, BUILD, 0)).isFalse();
        assertThat(owners.hasResult(ALICE, BUILD, 1)).isTrue();
        assertThat(owners.hasResult(ALICE, BUILD, 16)).isTrue();
    }

    @Test
    void blobBelongsToAClient() {
        owners.addBlob(ALICE, "sha256:1");

        assertThat(owners.isOwnBlob(ALICE, "sha256:1")).isTrue();
        assertThat(owners.isOwnBlob(BOB, "sha256:1")).isFalse();
    }

    @Test
    void floodOfBlobsAndDenialsDisplacesNoneOfAnotherClient() throws Exception {
        ErrorReply denial = new ErrorReply(403, "no");
        owners.addBlob(BOB, "sha256:1");
        owners.deny(BOB, build(1), denial);
        for (int i = 0; i < 10_000; i++) {
            owners.addBlob(ALICE, "sha256:" + i);
            owners.deny(ALICE, build(i), denial);
        }

        assertThat(owners.isOwnBlob(BOB, "sha256:1")).isTrue();
        assertThat(owners.isOwnBlob(ALICE, "sha256:1")).isFalse();
        assertThat(owners.await(BOB, build(1), Runnable::run).get().denial()).isEqualTo(denial);
    }

    @Test
    void ofClientsAtTheSameTimeOneGetsTheId() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            for (int round = 0; round < 200; round++) {
                BuildId id = build(round);
                CountDownLatch start = new CountDownLatch(1);
                List<Future<Boolean>> begun = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    Owner each = owner("ci", Client.at("client-" + i));
                    begun.add(threads.submit(() -> {
                        start.await();
                        return owners.begin(each, id);
                    }));
                }
                start.countDown();
                int winners = 0;
                for (Future<Boolean> each : begun) {
                    winners += each.get(30, TimeUnit.SECONDS) ? 1 : 0;
                }
                assertThat(winners).isOne();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void noWaitMissesABuildThatBeginsAtTheSameTime() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < 500; round++) {
                BuildId id = build(round);
                Future<Answer> waiter =
                        threads.submit(() -> owners.await(ALICE, id, DIRECT).get(30, TimeUnit.SECONDS));
                Future<Boolean> begun = threads.submit(() -> owners.begin(ALICE, id));

                assertThat(begun.get(30, TimeUnit.SECONDS)).isTrue();
                assertThat(waiter.get(30, TimeUnit.SECONDS)).isEqualTo(Answer.OWN);
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
