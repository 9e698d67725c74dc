package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/**
 * Names and ids by which a request names an image. The image {@code shared} has the names {@code ci/a:1} and
 * {@code dev/a:1}, {@code own} has {@code ci/b:latest} and a digest, {@code local} has {@code localhost/app:1}.
 */
class ImageMatchTest {
    private static final String ID = "ab" + "0".repeat(62);
    private static final String DIGEST = "sha256:" + "1".repeat(64);
    private static final Map<String, InspectedObject> IMAGES = Map.of(
            "shared", image("ci/a:1", "dev/a:1"),
            "own", image("ci/b:latest", "ci/b@" + DIGEST),
            "local", image("localhost/app:1"),
            "none", image());

    private static InspectedObject image(String... names) {
        return new InspectedObject(Subject.IMAGE, "sha256:" + ID, List.of(names), Map.of("owner", "ci"), "");
    }

    /** @param own {@code names}: {@code reference:ci/*}; {@code label}: {@code label:owner=ci}; {@code other}: another label */
    private static Scope rules(String own) {
        ScopeSelector selector = switch (own) {
            case "names" -> new ScopeSelector(Map.of(), List.of(), new ImageRules(List.of("ci/*")));
            case "local" -> new ScopeSelector(Map.of(), List.of(), new ImageRules(List.of("localhost/*")));
            case "both" -> new ScopeSelector(Map.of("owner", "ci"), List.of(), new ImageRules(List.of("ci/*")));
            case "other" -> new ScopeSelector(Map.of("owner", "dev"), List.of(), new ImageRules(List.of("ci/*")));
            default -> new ScopeSelector(Map.of("owner", "ci"), List.of(), ImageRules.ALL);
        };
        return new Scope(List.of(), Map.of(ObjectKind.IMAGE, selector));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // profile | image  | name or id         | own   | may be removed
                "names     | shared | ci/a:1             | true  | true",
                "names     | shared | docker.io/ci/a:1   | true  | true",
                "names     | shared | dev/a:1            | false | false",
                "names     | shared | sha256:ab          | true  | false",
                "names     | shared | ab                 | true  | false",
                "names     | shared | ac                 | false | false",
                "names     | shared | ci/a               | false | false",
                "names     | shared | ci/a:2             | false | false",
                "names     | own    | ci/b               | true  | true",
                "names     | own    | ci/b:latest        | true  | true",
                "names     | own    | ci/b@DIGEST        | true  | true",
                "names     | own    | ci/b:2@DIGEST      | true  | true",
                "names     | own    | ci/c@DIGEST        | false | false",
                "names     | own    | ci/b@sha256:22     | false | false",
                "names     | own    | ab                 | true  | true",
                "names     | none   | ab                 | false | false",
                "names     | local  | localhost/app:1    | false | false",
                "local     | local  | localhost/app:1    | true  | true",
                "local     | local  | app:1              | false | false",
                "label     | shared | dev/a:1            | true  | true",
                "label     | shared | ab                 | true  | true",
                "label     | none   | ab                 | true  | true",
                "label     | none   | ci/a:1             | false | false",
                "both      | shared | ci/a:1             | true  | true",
                "both      | shared | dev/a:1            | false | false",
                "other     | shared | ci/a:1             | false | false",
            })
    void anImageIsOwnByItsNameOrTheNamesOfItsId(
            String own, String image, String name, boolean isOwn, boolean isRemovable) {
        ImageMatch named = new ImageMatch(IMAGES.get(image), name.replace("DIGEST", DIGEST), false);

        assertThat(named.isOwn(rules(own))).isEqualTo(isOwn);
        assertThat(named.isRemovable(rules(own))).isEqualTo(isRemovable);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "local | local  | app:1              | true",
                "local | local  | app                | false",
                "local | local  | pp:1               | false",
                "local | local  | localhost/app:1    | true",
                "names | local  | app:1              | false",
                "names | shared | a:1                | false", // ci/a:1 or dev/a:1?
                "names | own    | b                  | false", // may be an id
                "names | own    | b:latest           | true",
            })
    void podmanFindsAShortName(String own, String image, String name, boolean isOwn) {
        assertThat(new ImageMatch(IMAGES.get(image), name, true).isOwn(rules(own)))
                .isEqualTo(isOwn);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "local  | true  | app:1           | localhost/app:1",
                "local  | true  | localhost/app:1 | localhost/app:1",
                "local  | true  | ab0             | ID",
                "local  | true  | sha256:ab0      | ID",
                "shared | true  | a:1             | ci/a:1",
                "shared | true  | dev/a:1         | dev/a:1",
                "own    | true  | ci/b            | ci/b:latest",
                "own    | true  | ci/b:2@DIGEST   | ci/b@DIGEST",
                "local  | false | app:1           | app:1",
                "local  | false | ab0             | ab0",
            })
    void libpodRequestGoesOnWithTheFullName(String image, boolean isLibpod, String name, String resolved) {
        assertThat(new ImageMatch(IMAGES.get(image), name.replace("DIGEST", DIGEST), isLibpod).resolved())
                .isEqualTo(resolved.replace("DIGEST", DIGEST).replace("ID", ID));
    }

    @ParameterizedTest
    @CsvSource({
        "docker.io/library/a:1, true",
        "localhost/a,           true",
        "a:1,                   false",
        "ci/a:1,                false",
        "docker.io/a:1,         false",
        "ab,                    false",
    })
    void fullNameHasItsRegistry(String name, boolean isFull) {
        assertThat(ImageMatch.isFull(name)).isEqualTo(isFull);
    }

    @ParameterizedTest
    @CsvSource({
        "names, ci/a:1,  true",
        "names, dev/a:1, false",
        "names, ab,      false",
        "both,  ci/a:1,  false",
        "label, ci/a:1,  false",
    })
    void theNameAloneDecidesWithoutLabels(String own, String name, boolean isOwn) {
        assertThat(ImageMatch.isOwnByName(rules(own), name)).isEqualTo(isOwn);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void withoutASelectorNoImageIsOwn(boolean isShort) {
        Scope none = new Scope(List.of(), Map.of());
        ImageMatch named = new ImageMatch(IMAGES.get("shared"), "ci/a:1", isShort);

        assertThat(named.isOwn(none)).isFalse();
        assertThat(named.isRemovable(none)).isFalse();
        assertThat(ImageMatch.isOwnByName(none, "ci/a:1")).isFalse();
    }
}
