package org.socketproxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileLimits;
import org.socketproxy.policy.ProfileLimits.ProfileLimit;
import org.socketproxy.policy.ProfileOrigin;
import org.socketproxy.policy.RequestRate;
import org.socketproxy.policy.RequestRate.Period;
import org.socketproxy.testing.TestProfile;

/** The rate of requests of a profile, with a clock of the test. */
class RequestRateTest {
    private static final Policy POLICY =
            TestProfile.granting(Set.of("CONTAINERS")).policy();

    /** Near the end of the range, because System.nanoTime may overflow. */
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);

    private final ProfileConcurrency load = new ProfileConcurrency(nanos::get);

    /** @param rate such as {@code 2/s 5} with a burst, or {@code -} for none */
    private static Profile profile(String name, String rate) {
        String[] parts = rate.split("[/ ]");
        RequestRate limit = rate.equals("-")
                ? null
                : new RequestRate(
                        Integer.parseInt(parts[0]),
                        Period.valueOf(parts[1].toUpperCase(Locale.ROOT)),
                        Integer.parseInt(parts[2]));
        return Profile.of(new ProfileOrigin(name, "policy.yaml", Map.of()), POLICY)
                .with(ProfileLimits.KEY, new ProfileLimits(Map.of(), limit))
                .build();
    }

    private int admitted(Profile profile, int requests) {
        return (int) IntStream.range(0, requests)
                .filter(any -> load.admit(profile) == 0)
                .count();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // rate and burst | each step: +milliseconds, requests=admitted
                "2/s 2       | 3=2 +499 1=0 +1 2=1 +1000 3=2 +3600000 9=2",
                "2/s 5       | 9=5 +500 9=1 +2499 9=4 +1 9=1",
                "50/s 1      | 2=1 +19 1=0 +1 2=1",
                "1/s 1       | 1=1 +999 1=0 +1 1=1",
                "6/m 3       | 4=3 +9999 1=0 +1 2=1 +20000 5=2 +600000 5=3",
                "1/m 1       | 2=1 +59999 1=0 +1 1=1",
                "3/s 1       | 1=1 +333 1=0 +1 1=1",
                "1000000/s 9 | 20=9 +1 99=9",
                "1000000/m 1 | 2=1 +1 99=1",
            })
    void tokensComeBackWithTheRateUpToTheBurst(String rate, String steps) {
        Profile profile = profile("ci", rate);

        for (String step : steps.split(" ")) {
            if (step.startsWith("+")) {
                nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(Long.parseLong(step.substring(1))));
            } else {
                String[] numbers = step.split("=");
                assertThat(admitted(profile, Integer.parseInt(numbers[0])))
                        .as(step + " of " + steps)
                        .isEqualTo(Integer.parseInt(numbers[1]));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"50/s 2, 1", "1/s 1, 1", "6/m 5, 10", "1/m 2, 60"})
    void refusedRequestGetsTheSecondsUntilTheNextToken(String rate, int seconds) {
        Profile profile = profile("ci", rate);
        while (load.admit(profile) == 0) {
            assertThat(load.refused("ci", ProfileLimit.REQUESTS)).isZero();
        }

        assertThat(load.admit(profile)).isEqualTo(seconds);
        assertThat(load.refused("ci", ProfileLimit.REQUESTS)).isEqualTo(2);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
        assertThat(load.admit(profile)).isZero();
    }

    @Test
    void profilesHaveTheirOwnTokensAndOneWithoutARateHasNoBound() {
        assertThat(admitted(profile("ci", "1/m 3"), 9)).isEqualTo(3);
        assertThat(admitted(profile("web", "1/m 2"), 9)).isEqualTo(2);
        assertThat(admitted(profile("free", "-"), 1000)).isEqualTo(1000);
        assertThat(Stream.of("ci", "web", "free", "none").map(name -> load.open(name, ProfileLimit.REQUESTS)))
                .containsExactly(3, 2, 0, 0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // before     | used | after       | admitted at once | after one more second
                "10/s 10      | 10   | 10/s 10     | 0  | 10",
                "10/s 10      | 10   | 20/s 10     | 0  | 10",
                "10/s 10      | 4    | 20/s 10     | 6  | 10",
                "10/s 10      | 10   | 10/s 30     | 20 | 10",
                "10/s 30      | 30   | 10/s 10     | 0  | 10",
                "1000/s 1000  | 1000 | 6/m 5       | 0  | 0",
                "6/m 5        | 5    | 1000/s 1000 | 995 | 1000",
                "10/s 10      | 0    | 6/m 5       | 5  | 0",
            })
    void reloadNeitherFillsTheBucketNorKeepsADebtBeyondTheBurst(
            String before, int used, String after, int atOnce, int later) {
        assertThat(admitted(profile("ci", before), used)).isEqualTo(used);

        assertThat(admitted(profile("ci", after), 2000)).isEqualTo(atOnce);
        assertThat(admitted(profile("ci", after), 10)).isZero();
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(admitted(profile("ci", after), 2000)).isEqualTo(later);
    }

    @Test
    void limitThatIsRemovedAndAddedAgainGivesNoNewBurst() {
        for (int reload = 0; reload < 9; reload++) {
            assertThat(admitted(profile("ci", "1/m 7"), 9)).isEqualTo(reload == 0 ? 7 : 0);
            assertThat(admitted(profile("ci", "-"), 9)).isEqualTo(9);
        }
    }

    /** Threads with two policies, as during a reload, and a clock that goes on: never more than the burst and the rate. */
    @ParameterizedTest
    @CsvSource({"1000/s 50, 1000/s 50", "1000/s 50, 500/s 50"})
    void concurrentRequestsNeverGetMoreThanTheBurstAndTheRate(String rate, String other) throws Exception {
        int millis = 200;
        List<Profile> profiles = List.of(profile("ci", rate), profile("ci", other));
        AtomicInteger admitted = new AtomicInteger();
        CountDownLatch begin = new CountDownLatch(1);
        List<Thread> threads = IntStream.range(0, 8)
                .mapToObj(index -> new Thread(() -> {
                    try {
                        begin.await();
                    } catch (InterruptedException stopped) {
                        return;
                    }
                    for (int i = 0; i < 5000; i++) {
                        if (load.admit(profiles.get(index % 2)) == 0) {
                            admitted.incrementAndGet();
                        }
                    }
                }))
                .toList();
        threads.forEach(Thread::start);
        begin.countDown();
        for (int i = 0; i < millis; i++) {
            nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
            Thread.onSpinWait();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(admitted.get()).isBetween(20, 50 + millis);
        nanos.addAndGet(TimeUnit.HOURS.toNanos(1));
        assertThat(admitted(profiles.get(0), 99)).isEqualTo(50);
    }
}
