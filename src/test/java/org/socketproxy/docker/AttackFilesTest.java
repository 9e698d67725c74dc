package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.policy.Consequence;

/** Checks the files of attacks against the table of consequences, without a daemon. */
class AttackFilesTest {
    @Test
    void everyRowIsAttackedOrHasAReasonButNotBoth() {
        assertThat(Attack.all().map(Attack::row))
                .containsExactlyInAnyOrderElementsOf(
                        Consequence.load().stream().map(Attack::row).toList());
    }

    @ParameterizedTest
    @MethodSource("org.socketproxy.docker.Attack#all")
    void entryIsComplete(Attack attack) {
        assertThat(attack.lines(attack.isShown() ? "attack" : "elsewhere")).isNotEmpty();
        assertThat(attack.lines("then").isEmpty()).isEqualTo(!attack.isShown());
        assertThat(attack.lines(attack.isShown() ? "elsewhere" : "attack")).isEmpty();
    }
}
