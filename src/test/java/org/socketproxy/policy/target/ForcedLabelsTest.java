package org.socketproxy.policy.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.ImageRules;

/** Labels by which any profile selects are not for a client to choose. */
class ForcedLabelsTest {
    private final TargetRules rules = new TargetRules(
                    List.of(),
                    Map.of(
                            ObjectKind.CONTAINER, selector("owner", "ci"),
                            ObjectKind.VOLUME, selector("owner", "ci"),
                            ObjectKind.NETWORK, selector("net", "ci")))
            .reserving(Set.of("team"));

    private static TargetSelector selector(String key, String value) {
        return new TargetSelector(Map.of(key, value), List.of(), ImageRules.ALL);
    }

    private static JsonObject labels(String key, String value) {
        return new JsonObject(Map.of(key, new JsonString(value)));
    }

    private static Map<String, String> texts(JsonObject object) {
        return object.members().entrySet().stream()
                .collect(java.util.stream.Collectors.toMap(
                        Map.Entry::getKey, each -> ((JsonString) each.getValue()).text()));
    }

    @Test
    void labelOfAnImageCannotMakeAContainerOneOfAnotherProfile() {
        ForcedLabels forced = new ForcedLabels(rules, ObjectKind.CONTAINER);

        assertThat(texts(forced.of(labels("a", "b"))))
                .isEqualTo(Map.of("a", "b", "owner", "ci", "team", "", "net", ""));
        assertThat(texts(new ForcedLabels(rules, ObjectKind.VOLUME).of(labels("a", "b"))))
                .isEqualTo(Map.of("a", "b", "owner", "ci"));
    }

    @Test
    void reservedLabelIsRefusedAndAnOwnOneOverwritten() {
        ForcedLabels forced = new ForcedLabels(rules, ObjectKind.CONTAINER);

        assertThat(forced.refused(labels("team", "x"))).isEqualTo("team");
        assertThat(forced.refused(labels("net", "ci"))).isEqualTo("net");
        assertThat(forced.refused(labels("owner", "x"))).isNull();
        assertThat(forced.refused(labels("a", "x"))).isNull();
        assertThat(texts(forced.of(labels("owner", "x")))).containsEntry("owner", "ci");
    }
}
