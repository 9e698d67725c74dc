package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.Glob;
import org.socketproxy.policy.create.ImageRules;

/** Labels by which any profile selects are not for a client to choose. */
class ForcedLabelsTest {
    private static final Scope SHOP = new Scope(
            List.of(),
            Map.of(
                    ObjectKind.CONTAINER, selector("project", "shop"),
                    ObjectKind.VOLUME, selector("project", "shop"),
                    ObjectKind.IMAGE, selector("built", "shop")));

    private final Scope rules = amid(selector("owner", "ci"), SHOP);

    private static Scope amid(ScopeSelector own, Scope other) {
        Scope rules = new Scope(
                List.of(),
                Map.of(
                        ObjectKind.CONTAINER, own,
                        ObjectKind.VOLUME, own,
                        ObjectKind.IMAGE, own,
                        ObjectKind.NETWORK, selector("net", "ci")));
        return rules.amid(List.of(rules, other));
    }

    private static ScopeSelector selector(String key, String value) {
        return new ScopeSelector(Map.of(key, value), List.of(), ImageRules.ALL);
    }

    private static JsonObject labels(String text) {
        Map<String, JsonValue> labels = new LinkedHashMap<>();
        for (String label : text.isEmpty() ? new String[0] : text.split(" ")) {
            labels.put(label.split("=", 2)[0], new JsonString(label.split("=", 2)[1]));
        }
        return new JsonObject(labels);
    }

    private static String texts(JsonObject object) {
        return object.members().entrySet().stream()
                .map(each -> each.getKey() + "=" + ((JsonString) each.getValue()).text())
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @CsvSource({
        "CONTAINER, a=b,          a=b project= owner=ci",
        "CONTAINER, project=mine, project=mine owner=ci",
        "CONTAINER, owner=x,      owner=ci project=",
        "IMAGE,     a=b,          a=b built= project= owner=ci",
        "VOLUME,    a=b,          a=b owner=ci",
        "NETWORK,   owner=x,      owner=x net=ci",
    })
    void inheritedLabelOfAnotherProfileIsEmpty(ObjectKind kind, String sent, String given) {
        assertThat(texts(new ForcedLabels(rules, kind).of(labels(sent)))).isEqualTo(given);
    }

    @ParameterizedTest
    @CsvSource({
        "CONTAINER, project=shop,     project",
        "CONTAINER, a=b project=shop, project",
        "VOLUME,    project=shop,     project",
        "CONTAINER, project=mine,     ''",
        "CONTAINER, project=,         ''",
        "CONTAINER, owner=x,          ''",
        "CONTAINER, built=shop,       ''",
        "IMAGE,     built=shop,       built",
        "NETWORK,   project=shop,     ''",
        "CONTAINER, net=ci,           ''",
    })
    void onlyTheValueByWhichAnotherProfileSelectsIsRefused(ObjectKind kind, String sent, String refused) {
        String key = new ForcedLabels(rules, kind).refused(labels(sent));

        assertThat(key == null ? "" : key).isEqualTo(refused);
    }

    @Test
    void labelThatTheProfileHasItselfIsItsOwn() {
        ForcedLabels forced = new ForcedLabels(amid(selector("project", "shop"), SHOP), ObjectKind.CONTAINER);

        assertThat(forced.refused(labels("project=shop"))).isNull();
        assertThat(texts(forced.of(labels("project=mine")))).isEqualTo("project=shop");
    }

    /** @param own the selector of the profile: a label, or a pattern of names */
    @ParameterizedTest
    @CsvSource({
        "owner=ci, web-*,              web-1, true",
        "owner=ci, web-*,              db-1,  false",
        "owner=ci, *,                  '',    true",
        "owner=ci, web-* owner=ci,     web-1, true",
        "owner=ci, web-* owner=other,  web-1, false",
        "web-*,    web-*,              web-1, false",
        "*-1,      web-*,              web-1, false",
        "owner=ci, owner=other,        web-1, false",
    })
    void nameThatAnotherProfileSelectsIsReserved(String own, String other, String name, boolean isReserved) {
        Scope rules = named(own);

        assertThat(rules.amid(List.of(rules, named(other))).isNameReserved(ObjectKind.CONTAINER, name))
                .isEqualTo(isReserved);
        assertThat(rules.amid(List.of(rules, named(other))).isNameReserved(ObjectKind.VOLUME, name))
                .isFalse();
    }

    private static Scope named(String text) {
        Map<String, String> labels = new HashMap<>();
        List<Glob> names = new ArrayList<>();
        for (String part : text.split(" ")) {
            if (part.contains("=")) {
                labels.put(part.split("=")[0], part.split("=")[1]);
            } else {
                names.add(new Glob(part));
            }
        }
        return new Scope(List.of(), Map.of(ObjectKind.CONTAINER, new ScopeSelector(labels, names, ImageRules.ALL)));
    }
}
