package org.socketproxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The limits of held memory for all exchanges, for those of a client, and for those of a profile. */
class HeldMemoryTest {
    private static final Duration LONG = Duration.ofHours(1);

    /**
     * Steps: {@code client/profile+bytes} reserves, {@code -} releases, {@code x} closes. A step whose reservation fails ends
     * with {@code !}. Each client has one share, and the limit is 100.
     */
    @ParameterizedTest
    @CsvSource({
        "a/+50, 50",
        "a/+51!, 0",
        "a/+50 b/+50 c/+1!, 100",
        "a/+30 a/+21! a/+20, 50",
        "a/+50 a/-20 a/+20 a/+1!, 50",
        "a/p+50 b/p+25 c/p+1! c/q+25 d/+1!, 100",
        "a/p+50 b/p+25 b/px c/p+25, 75",
        "a/+50 a/x a/+1!, 0",
        "a/+50 a/-60 a/+50, 50",
        "a/+50 a/x a/-50 b/+50 c/+50, 100",
    })
    void aClientHasTheHalfAndAProfileThreeQuarters(String steps, long reserved) {
        HeldMemory memory = new HeldMemory(100, 0, LONG);
        Map<String, HeldMemory.Share> shares = new HashMap<>();
        for (String step : steps.split(" ")) {
            String client = step.substring(0, 1);
            String rest = step.substring(2).replace("!", "");
            int sign = rest.replaceAll("[pq]", "").length();
            String profile = rest.substring(0, rest.length() - sign);
            HeldMemory.Share share = shares.computeIfAbsent(
                    client + profile, any -> memory.share(client, profile.isEmpty() ? null : profile));
            String action = rest.substring(profile.length());
            switch (action.charAt(0)) {
                case '+' ->
                    assertThat(share.reserve(Integer.parseInt(action.substring(1))))
                            .as(step)
                            .isEqualTo(!step.endsWith("!"));
                case '-' -> share.release(Integer.parseInt(action.substring(1)));
                default -> share.close();
            }
        }
        assertThat(memory.reservedBytes()).isEqualTo(reserved);
    }

    /** One client with a large message leaves a quarter, of which other clients of its profile get the half. */
    @Test
    void bodiesOfOneClientLeaveAQuarter() {
        HeldMemory memory = HeldMemory.ofBodies(160);

        assertThat(memory.share("a", "p").reserve(120)).isTrue();
        assertThat(memory.share("a", "p").reserve(1)).isFalse();
        assertThat(memory.share("b", "p").reserve(20)).isTrue();
        assertThat(memory.share("c", "p").reserve(1)).isFalse();
        assertThat(memory.share("d", "q").reserve(20)).isTrue();
    }

    @Test
    void oneClientCanHoldTheLargestPiece() {
        HeldMemory memory = new HeldMemory(100, 80, LONG);

        assertThat(memory.share("a", null).reserve(80)).isTrue();
        assertThat(memory.share("a", null).reserve(1)).isFalse();
        assertThat(memory.share("b", null).reserve(20)).isTrue();
        assertThat(new HeldMemory(100, 200, LONG).share("a", null).reserve(101)).isFalse();
    }

    /** Shares in the order in which they begin to wait: {@code client/profile bytes}; a star marks those that do not wait. */
    @ParameterizedTest
    @CsvSource({
        "a/:50 b/:50, c/:10, true, 0",
        "a/:50* b/:50, c/:10, true, 1",
        "a/:50* b/:50*, c/:10, false, ''",
        "a/:10 b/:50, b/:10, true, 1",
        "a/:50 b/:50, b/:10, true, 1",
        "a/:10 b/:50*, b/:10, false, ''",
        "a/p:40 b/q:10 c/p:35, d/p:10, true, 0",
        "b/q:10 a/p:40* c/p:35, d/p:10, true, 2",
        "a/:30 b/:30 c/:40, d/:50, true, 0 1",
        "a/:0 b/:50 c/:50, d/:10, true, 1",
    })
    void exchangesThatWaitForTheirClientsLoseTheirMemory(
            String holders, String needing, boolean isReserved, String cut) {
        HeldMemory memory = new HeldMemory(100, 0, Duration.ZERO);
        List<String> lost = new ArrayList<>();
        List<HeldMemory.Share> shares = new ArrayList<>();
        for (String holder : holders.split(" ")) {
            HeldMemory.Share share = share(memory, holder);
            String number = String.valueOf(shares.size());
            share.onCut(() -> lost.add(number));
            assertThat(share.reserve(bytes(holder))).isTrue();
            shares.add(share);
            share.waitForClient();
            if (holder.endsWith("*")) {
                share.goOn();
            }
        }

        assertThat(share(memory, needing).reserve(bytes(needing))).isEqualTo(isReserved);

        assertThat(lost).containsExactlyInAnyOrder(cut.isEmpty() ? new String[0] : cut.split(" "));
        lost.forEach(number ->
                assertThat(shares.get(Integer.parseInt(number)).reserve(1)).isFalse());
        shares.forEach(HeldMemory.Share::close);
        assertThat(memory.reservedBytes()).isEqualTo(isReserved ? bytes(needing) : 0);
    }

    @Test
    void spareMemoryIsTheFirstHalfOfEachLimit() {
        HeldMemory memory = new HeldMemory(100, 0, Duration.ZERO);
        HeldMemory.Share waiting = memory.share("a", null);
        assertThat(waiting.reserveSpare(26)).isFalse();
        assertThat(waiting.reserveSpare(25)).isTrue();
        waiting.waitForClient();
        HeldMemory.Share other = memory.share("b", null);
        assertThat(other.reserve(25)).isTrue();

        assertThat(memory.share("c", null).reserveSpare(1)).isFalse();
        assertThat(other.reserve(25)).isTrue();
        assertThat(memory.share("c", null).reserve(25)).isTrue();
        assertThat(memory.reservedBytes()).isEqualTo(100);
        waiting.close();
        assertThat(waiting.reserveSpare(0)).isFalse();
    }

    @Test
    void aShortWaitCostsNoMemory() {
        HeldMemory memory = new HeldMemory(100, 0, LONG);
        HeldMemory.Share waiting = memory.share("a", null);
        assertThat(waiting.reserve(50)).isTrue();
        waiting.waitForClient();

        assertThat(memory.share("b", null).reserve(50)).isTrue();
        assertThat(memory.share("c", null).reserve(1)).isFalse();
        assertThat(memory.reservedBytes()).isEqualTo(100);
    }

    private static HeldMemory.Share share(HeldMemory memory, String text) {
        String profile = text.substring(2, text.indexOf(':'));
        return memory.share(text.substring(0, 1), profile.isEmpty() ? null : profile);
    }

    private static int bytes(String text) {
        return Integer.parseInt(text.substring(text.indexOf(':') + 1).replace("*", ""));
    }
}
