package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.policy.create.BindRules;
import org.socketproxy.policy.create.CreateAllowances;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.recreate.EndedContainers;
import org.socketproxy.recreate.RecreateRecord;

/** What the proxy remembers for the rules of one profile does not hold for those of another one, and does not replace it. */
class RulesOfTwoProfilesTest {
    private static final CreateRules FIRST = rules("a/**");
    private static final CreateRules SECOND = rules("b/**");

    private static CreateRules rules(String images) {
        return new CreateRules(
                CreateAllowances.NONE, BindRules.NONE, new ImageRules(List.of(images)), Set.of(), 1 << 20);
    }

    private static RecreateRecord container(char id) {
        String inspect = "{\"Id\":\"" + String.valueOf(id).repeat(64) + "\",\"Name\":\"/app\"}";
        return Objects.requireNonNull(RecreateRecord.read(ByteBuffer.wrap(inspect.getBytes(StandardCharsets.UTF_8))));
    }

    @Test
    void allowedContainers() {
        DaemonObjects.JudgedContainers judged = new DaemonObjects.JudgedContainers();
        judged.allow(FIRST, "x");
        judged.allow(SECOND, "y");

        assertThat(List.of(
                        judged.isAllowed(FIRST, "x"),
                        judged.isAllowed(SECOND, "x"),
                        judged.isAllowed(FIRST, "y"),
                        judged.isAllowed(SECOND, "y")))
                .containsExactly(true, false, false, true);
    }

    @Test
    void recordedContainers() {
        EndedContainers ended = new EndedContainers();
        ended.record(FIRST, "client", container('a'));
        assertThat(ended.find(SECOND, "app")).isNull();
        ended.record(SECOND, "client", container('b'));

        assertThat(Map.of(
                        1, Objects.requireNonNull(ended.find(FIRST, "app")).id(),
                        2, Objects.requireNonNull(ended.find(SECOND, "app")).id()))
                .isEqualTo(Map.of(1, "a".repeat(64), 2, "b".repeat(64)));
    }
}
