package org.socketproxy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.client.Client;
import org.socketproxy.client.UnixPeer;
import org.socketproxy.policy.create.CreatedObject;
import org.socketproxy.testing.Records;

class RepeatedDenialsTest {
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    /** Near the end of the range, because System.nanoTime may overflow. */
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);

    private final RepeatedDenials repeats = new RepeatedDenials(nanos::get);
    private long id;

    @Test
    void repeatsAreCountedUntilTheFlush() {
        assertThat(repeats.nanosToFlush()).isEqualTo(Long.MAX_VALUE);
        assertThat(repeats.holds(denied("GET", "/info"))).isFalse();
        for (int i = 0; i < 600; i++) {
            assertThat(repeats.holds(denied("GET", "/info"))).isTrue();
        }
        assertThat(repeats.nanosToFlush()).isEqualTo(MINUTE);
        nanos.addAndGet(MINUTE);
        assertThat(repeats.nanosToFlush()).isZero();

        assertThat(repeats.flush()).singleElement().satisfies(summary -> {
            assertThat(summary.repeated()).isEqualTo(600);
            assertThat(summary.begun().id()).isEqualTo(601);
        });
        assertThat(repeats.nanosToFlush()).isEqualTo(MINUTE);
        assertThat(repeats.holds(denied("GET", "/info"))).isTrue();
        assertThat(repeats.flush()).extracting(AuditEntry.Repeatable::repeated).containsExactly(1L);
    }

    @Test
    void denialWithoutRepeatsIsForgotten() {
        repeats.holds(denied("GET", "/info"));

        assertThat(repeats.flush()).isEmpty();
        assertThat(repeats.nanosToFlush()).isEqualTo(Long.MAX_VALUE);
        assertThat(repeats.holds(denied("GET", "/info"))).isFalse();
    }

    @Test
    void summariesAreInTheOrderOfTheLastRepeats() {
        for (String path : List.of("/c", "/a", "/b", "/a", "/c", "/b", "/c")) {
            repeats.holds(denied("GET", path));
        }

        assertThat(repeats.flush())
                .extracting(summary -> summary.begun().path() + " " + summary.repeated())
                .containsExactly("/a 1", "/b 1", "/c 2");
    }

    @Test
    void moreDifferentDenialsThanTheBoundAreNotHeld() {
        for (int i = 0; i < RepeatedDenials.MOST; i++) {
            assertThat(repeats.holds(denied("GET", "/" + i))).isFalse();
        }
        for (int i = 0; i < 3; i++) {
            assertThat(repeats.holds(denied("GET", "/beyond"))).isFalse();
            assertThat(repeats.holds(denied("GET", "/0"))).isTrue();
        }
        assertThat(repeats.flush()).extracting(AuditEntry.Repeatable::repeated).containsExactly(3L);
        assertThat(repeats.holds(denied("GET", "/beyond"))).isFalse();
        assertThat(repeats.holds(denied("GET", "/beyond"))).isTrue();
    }

    @Test
    void differentDenialsAreNotMixed() {
        Client unix = Client.unix(null, null, new UnixPeer("alice", "users", 1000, 100));
        List<AuditRecord> different = List.of(
                record(Client.at("10.0.0.1"), null, "GET", "/x", null, "r", 403, null, CreatedObject.NONE),
                record(Client.at("10.0.0.2"), null, "GET", "/x", null, "r", 403, null, CreatedObject.NONE),
                record(unix, null, "GET", "/x", null, "r", 403, null, CreatedObject.NONE),
                record(
                        Client.unix(null, null, new UnixPeer("bob", "users", 1001, 100)),
                        null,
                        "GET",
                        "/x",
                        null,
                        "r",
                        403,
                        null,
                        CreatedObject.NONE),
                record(
                        Client.unix("ci", null, unix.peer()),
                        null,
                        "GET",
                        "/x",
                        null,
                        "r",
                        403,
                        null,
                        CreatedObject.NONE),
                record(Client.at("10.0.0.1"), "ci", "GET", "/x", null, "r", 403, null, CreatedObject.NONE),
                record(Client.at("10.0.0.1"), null, "POST", "/x", null, "r", 403, null, CreatedObject.NONE),
                record(Client.at("10.0.0.1"), null, "GET", "/y", null, "r", 403, null, CreatedObject.NONE),
                record(Client.at("10.0.0.1"), null, "GET", "/x", "Info", "r", 403, null, CreatedObject.NONE),
                record(Client.at("10.0.0.1"), null, "GET", "/x", null, "s", 403, null, CreatedObject.NONE),
                record(Client.at("10.0.0.1"), null, "GET", "/x", null, "r", 404, null, CreatedObject.NONE),
                record(Client.at("10.0.0.1"), null, "GET", "/x", null, "r", 403, "X", CreatedObject.NONE),
                record(
                        Client.at("10.0.0.1"),
                        null,
                        "GET",
                        "/x",
                        null,
                        "r",
                        403,
                        null,
                        new CreatedObject("nginx", null, List.of())));

        assertThat(different).noneMatch(repeats::holds);
        assertThat(different).allMatch(repeats::holds);
    }

    /** Also with {@code LOG_REPEATS=every}. */
    @Test
    void requestsBeyondTheRateOfAProfileAreOneDenialOfEachClient() {
        for (int i = 0; i < RepeatedDenials.MOST; i++) {
            repeats.holds(denied("GET", "/" + i));
        }
        for (String client : List.of("10.0.0.1", "10.0.0.2")) {
            for (int i = 0; i < 2000; i++) {
                AuditRecord denied = record(
                        Client.at(client),
                        "ci",
                        "M" + i,
                        "/" + i,
                        null,
                        "profile-max-requests",
                        429,
                        null,
                        CreatedObject.NONE);
                assertThat(RepeatedDenials.isFlood(denied)).isTrue();
                assertThat(repeats.holds(denied)).isEqualTo(i > 0);
            }
        }
        assertThat(repeats.flush())
                .extracting(summary -> summary.begun().client().name() + " " + summary.repeated())
                .containsExactly("10.0.0.1 1999", "10.0.0.2 1999");
        assertThat(RepeatedDenials.isFlood(denied("GET", "/info"))).isFalse();
    }

    @Test
    void resultsOfATriedPolicyAreHeldToo() {
        BeginRecord denied = begun(Outcome.WOULD_DENY, "create-field");
        BeginRecord hidden = begun(Outcome.WOULD_HIDE, "target-outside");
        List<ShadowRecord> different = List.of(
                new ShadowRecord(denied, null, null, 1),
                new ShadowRecord(denied, "ci", null, 1),
                new ShadowRecord(hidden, "ci", new ShadowRecord.HiddenElements(12, 15), 1),
                new ShadowRecord(hidden, "ci", new ShadowRecord.HiddenElements(12, 16), 1));

        assertThat(different).noneMatch(repeats::holds);
        assertThat(different).allMatch(repeats::holds);
        assertThat(different).allMatch(repeats::holds);
        assertThat(repeats.flush())
                .extracting(summary -> summary.toText(ZoneOffset.UTC).replaceFirst(".* (would-[a-z]+) ", "$1 "))
                .containsExactlyInAnyOrder(
                        "would-deny create-field GET /x X repeated=2",
                        "would-deny create-field GET /x X shadow=ci repeated=2",
                        "would-hide target-outside GET /x X hidden=12 of=15 shadow=ci repeated=2",
                        "would-hide target-outside GET /x X hidden=12 of=16 shadow=ci repeated=2");
    }

    private BeginRecord begun(Outcome outcome, String reason) {
        return Records.begun(Instant.EPOCH, ++id, Client.at("10.0.0.1"), null, "GET", "/x", "X", outcome, reason);
    }

    @Test
    void operationIsTheSameOnAllItsPathsAndConnections() {
        assertThat(repeats.holds(record(
                        Client.at("10.0.0.1"), null, "GET", "/v1.41/info", "Info", "r", 403, null, CreatedObject.NONE)))
                .isFalse();
        assertThat(repeats.holds(record(
                        Client.at("10.0.0.1"), null, "GET", "/info", "Info", "r", 403, null, CreatedObject.NONE)))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "ALLOW, 200, section",
        "ALLOW, 403, section",
        "LEARN, 200, variable-missing",
        "DENY, 0, body-incomplete",
        "DENY, 500, extension-failed",
        "DENY, 502, container-lookup",
        "DENY, 503, body-memory",
    })
    void allowedAndFailedExchangesAreNotHeld(Outcome outcome, int status, String reason) {
        for (int i = 0; i < 2; i++) {
            assertThat(repeats.holds(new AuditRecord(
                            Records.begun(Instant.EPOCH, 1, Client.at("c"), "GET", "/x", "X", outcome, reason),
                            status,
                            Duration.ZERO,
                            false,
                            0,
                            0,
                            null)))
                    .isFalse();
        }
        assertThat(repeats.nanosToFlush()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void policyChangesAndBeginsAreNotHeld() {
        PolicyChange change = PolicyChange.learnOff(Instant.EPOCH);
        BeginRecord begin = denied("GET", "/x").begun();

        assertThat(List.of(change, change, begin, begin)).noneMatch(repeats::holds);
    }

    private AuditRecord denied(String method, String path) {
        return record(Client.at("c"), null, method, path, null, "unlisted", 403, null, CreatedObject.NONE);
    }

    private AuditRecord record(
            Client client,
            String profile,
            String method,
            String path,
            String operation,
            String reason,
            int status,
            String extension,
            CreatedObject created) {
        return new AuditRecord(
                Records.begun(Instant.EPOCH, ++id, client, profile, method, path, operation, Outcome.DENY, reason),
                status,
                Duration.ZERO,
                false,
                0,
                0,
                extension,
                created,
                false,
                1);
    }
}
