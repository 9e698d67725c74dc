package org.socketproxy.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.socketproxy.client.SharedMap;

/** The memory of allowed containers, and of the containers of execs, has a limit. */
class RememberedContainersTest {
    private final DaemonObjects.JudgedContainers judged = new DaemonObjects.JudgedContainers();
    private final SharedMap<String, String, String> execs = new SharedMap<>(DaemonObjects.MOST_CONTAINERS);

    @Test
    void containerIsAllowedByTheSameRulesOnly() {
        judged.allow("rules", "a");

        assertThat(judged.isAllowed("rules", "a")).isTrue();
        assertThat(judged.isAllowed("other rules", "a")).isFalse();
        assertThat(judged.isAllowed("rules", "b")).isFalse();
        assertThat(judged.size()).isEqualTo(1);
    }

    @Test
    void theContainerThatWasAskedForLeastRecentlyIsForgotten() {
        for (int i = 0; i < DaemonObjects.MOST_CONTAINERS; i++) {
            judged.allow("rules", "container" + i);
        }
        assertThat(judged.isAllowed("rules", "container0")).isTrue();
        judged.allow("rules", "new");

        assertThat(judged.size()).isEqualTo(DaemonObjects.MOST_CONTAINERS);
        assertThat(judged.isAllowed("rules", "container0")).isTrue();
        assertThat(judged.isAllowed("rules", "container1")).isFalse();
        assertThat(judged.isAllowed("rules", "new")).isTrue();
    }

    @Test
    void theExecThatWasUsedLeastRecentlyIsForgotten() {
        for (int i = 0; i < DaemonObjects.MOST_CONTAINERS; i++) {
            execs.put("profile", "exec" + i, "container" + i);
        }
        assertThat(execs.find("profile", "exec0")).isEqualTo("container0");
        execs.put("profile", "new", "container");

        assertThat(execs.size()).isEqualTo(DaemonObjects.MOST_CONTAINERS);
        assertThat(execs.find("profile", "exec0")).isEqualTo("container0");
        assertThat(execs.find("profile", "exec1")).isNull();
        assertThat(execs.find("profile", "new")).isEqualTo("container");
    }
}
