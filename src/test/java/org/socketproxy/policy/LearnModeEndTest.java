package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LearnModeEndTest {
    private final LearnMode on = LearnMode.until(Instant.now().plus(Duration.ofDays(1)));
    private final LearnMode ended = LearnMode.until(Instant.now().minus(Duration.ofDays(1)));

    @Test
    void learnModeIsOnUntilItsEnd() {
        assertThat(on.isOn()).isTrue();
        assertThat(on.hasBegun()).isTrue();
        assertThat(on.left()).isBetween(Duration.ofHours(23), Duration.ofDays(1));
        assertThat(on.end()).isAfter(Instant.now());
    }

    @Test
    void learnModeThatHasEndedIsOff() {
        for (LearnMode off : List.of(ended, LearnMode.off())) {
            assertThat(off.isOn()).isFalse();
            assertThat(off.hasBegun()).isFalse();
            assertThat(off.left()).isZero();
            assertThat(off.end()).isBefore(Instant.now());
        }
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void onlyAMissingVariableIsLetThrough(Reason reason) {
        Decision denied = Decision.denied(reason, null, false);

        assertThat(on.letsThrough(denied)).isEqualTo(reason == Reason.VARIABLE_MISSING);
        assertThat(ended.letsThrough(denied)).isFalse();
        assertThat(reason.isAllowed())
                .isEqualTo(List.of("section", "alone", "operation-allowed").contains(reason.code()));
    }
}
