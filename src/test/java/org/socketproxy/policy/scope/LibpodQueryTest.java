package org.socketproxy.policy.scope;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/**
 * Images, containers and labels in the query of Podman's own API, for a client whose images are below {@code docker.io/ci/}
 * and whose other objects have the label {@code owner=ci}; another profile has secrets with {@code stage=1}.
 */
class LibpodQueryTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final String ID = "ab".repeat(32);

    private static Scope rules() {
        Map<ObjectKind, ScopeSelector> own = new EnumMap<>(ObjectKind.class);
        for (ObjectKind kind : ObjectKind.values()) {
            own.put(kind, new ScopeSelector(Map.of("owner", "ci"), List.of(), ImageRules.ALL));
        }
        own.put(ObjectKind.IMAGE, new ScopeSelector(Map.of(), List.of(), new ImageRules(List.of("docker.io/ci/*"))));
        Scope rules = new Scope(List.of(), own);
        Scope others = new Scope(
                List.of(),
                Map.of(ObjectKind.SECRET, new ScopeSelector(Map.of("stage", "1"), List.of(), ImageRules.ALL)));
        return rules.amid(List.of(rules, others));
    }

    private static RequestTarget target(String raw) throws Exception {
        return RequestTarget.parse(raw);
    }

    private static Operation operation(String id) {
        return CATALOGUE.byId(id).orElseThrow();
    }

    private static String decoded(RequestTarget target) {
        return URLDecoder.decode(target.raw(), StandardCharsets.UTF_8).replace('"', '\'');
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "reference=docker.io/ci/a:1&policy=missing       | docker.io/ci/a:1",
                "reference=docker.io/ci/a:1&policy=never         | docker.io/ci/a:1",
                "reference=a&policy=missing                      | a",
                "reference=docker.io/ci/a:1&policy=always        | -",
                "reference=docker.io/ci/a:1&policy=newer         | -",
                "reference=docker.io/ci/a:1                      | -",
                "reference=a&reference=b&policy=missing          | -",
                "reference=a&policy=missing&policy=always        | -",
                "reference=../a&policy=missing                   | -",
                "policy=missing                                  | -",
            })
    void aPullLooksForAnExistingImageFirst(String query, String image) throws Exception {
        assertThat(LibpodPull.lookup(target("/libpod/images/pull?" + query))).isEqualTo(image);
    }

    @ParameterizedTest
    @CsvSource({
        "docker.io/ci/a:1,        true",
        "docker.io/ci/a:latest,   true",
        "docker.io/ci/a@DIGEST,   true",
        "docker.io/ci/a,          false", // Podman takes the tag latest, and the rule asks for one
        "ci/a:1,                  false", // of which registry?
        "docker.io/dev/a:1,       false",
        "ab,                      false",
        "'',                      false",
    })
    void aPullNamesRegistryAndTag(String reference, boolean isAllowed) throws Exception {
        String image = reference.replace("DIGEST", "sha256:" + ID);
        RequestTarget target =
                target("/libpod/images/pull?reference=" + URLEncoder.encode(image, StandardCharsets.UTF_8));

        assertThat(LibpodPull.fault(rules(), target) == null).isEqualTo(isAllowed);
        assertThat(LibpodPull.fault(new Scope(List.of(), Map.of()), target))
                .isEqualTo(
                        "needs a name with its registry and tag that an element images:reference: of TARGETS selects");
    }

    @Test
    void thePolicyAndTheNameOfAPullAreReplaced() throws Exception {
        RequestTarget target = target("/v5.0.0/libpod/images/pull?policy=missing&reference=a%3A1&quiet=1");

        RequestTarget existing = LibpodPull.ofExisting(target, "localhost/a:1");
        assertThat(decoded(existing))
                .isEqualTo("/v5.0.0/libpod/images/pull?quiet=1&reference=localhost/a:1&policy=never");
        assertThat(decoded(LibpodPull.ofRegistry(target)))
                .isEqualTo("/v5.0.0/libpod/images/pull?quiet=1&reference=a:1&policy=always");
        assertThat(LibpodPull.isNever(target)).isFalse();
        assertThat(LibpodPull.isNever(existing)).isTrue();
        assertThat(LibpodPull.isNever(LibpodPull.ofRegistry(target))).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "ContainersStatsAllLibpod | /libpod/containers/stats?containers=a&containers=b&containers=a | CONTAINER a, CONTAINER b",
                "ImageDeleteAllLibpod     | /libpod/images/remove?images=a:1                                 | IMAGE a:1",
                "ImageDeleteAllLibpod     | /libpod/images/remove                                            | ''",
                "ContainerListLibpod      | /libpod/containers/json?containers=a                             | ''",
            })
    void objectsOfAParameter(String id, String raw, String objects) throws Exception {
        assertThat(ObjectRefs.of(operation(id), target(raw)).stream()
                        .map(each -> each.subject() + " " + each.name())
                        .collect(Collectors.joining(", ")))
                .isEqualTo(objects.replace("'", ""));
    }

    @ParameterizedTest
    @CsvSource({"0, false", "1, true", "64, true", "65, false"})
    void aParameterNamesBetween1And64Objects(int count, boolean isAllowed) throws Exception {
        RequestTarget target = target("/libpod/containers/stats?stream=0"
                + IntStream.range(0, count).mapToObj(i -> "&containers=c" + i).collect(Collectors.joining()));

        if (isAllowed) {
            ObjectRefs.checkRepeated(operation("ContainersStatsAllLibpod"), target);
        } else {
            assertThatThrownBy(() -> ObjectRefs.checkRepeated(operation("ContainersStatsAllLibpod"), target))
                    .isInstanceOf(OutOfScopeException.class);
        }
    }

    @Test
    void containersOfAParameterGetTheirIdsAndImagesKeepTheirNames() throws Exception {
        RequestTarget stats = target("/libpod/containers/stats?containers=web&containers=db&stream=0");
        Operation ofStats = operation("ContainersStatsAllLibpod");
        ObjectRef web = ObjectRefs.of(ofStats, stats).get(0);
        InspectedObject container =
                new InspectedObject(Subject.CONTAINER, ID, List.of("web"), Map.of("owner", "ci"), "");
        RequestTarget remove = target("/libpod/images/remove?images=docker.io/ci/a:1");
        Operation removal = operation("ImageDeleteAllLibpod");
        ObjectRef tagged = ObjectRefs.of(removal, remove).get(0);
        InspectedObject image =
                new InspectedObject(Subject.IMAGE, "sha256:" + ID, List.of("docker.io/ci/a:1"), Map.of(), "");
        InspectedObject shared =
                new InspectedObject(Subject.IMAGE, "sha256:" + ID, List.of("docker.io/dev/a:1"), Map.of(), "");

        assertThat(decoded(web.withId(stats, web.resolved(container))))
                .contains("containers=" + ID, "containers=db", "stream=0");
        assertThat(decoded(web.withId(stats, web.resolved(container)))).doesNotContain("web");
        assertThat(web.removed(stats)).isNull();
        assertThat(web.isOwn(rules(), ofStats, container)).isTrue();
        assertThat(web.isOwn(
                        rules(),
                        ofStats,
                        new InspectedObject(Subject.CONTAINER, ID, List.of("web"), Map.of("owner", "dev"), "")))
                .isFalse();
        assertThat(web.isOwn(
                        rules(),
                        ofStats,
                        new InspectedObject(Subject.CONTAINER, ID, List.of("db"), Map.of("owner", "ci"), "")))
                .isFalse();
        assertThat(decoded(tagged.withId(remove, tagged.resolved(image))))
                .isEqualTo("/libpod/images/remove?images=docker.io/ci/a:1");
        assertThat(tagged.isOwn(rules(), removal, image)).isTrue();
        assertThat(tagged.isOwn(rules(), removal, shared)).isFalse();
        assertThat(MissingObject.of(ofStats, web, stats).status()).isEqualTo(404);
        assertThat(MissingObject.of(ofStats, web, stats).text()).contains("web");
        assertThat(MissingObject.of(removal, tagged, remove).text()).contains("docker.io/ci/a:1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "~~                            | {'owner':'ci'}",
                "{'a':'b'}                     | {'a':'b','owner':'ci'}",
                "{'owner':'dev'}               | {'owner':'ci'}",
                "{'stage':'2'}                 | {'stage':'2','owner':'ci'}",
            })
    void labelsOfASecretAreForced(String sent, String forced) throws Exception {
        RequestTarget target = target("/libpod/secrets/create?name=s&labels="
                + URLEncoder.encode(sent.replace('\'', '"'), StandardCharsets.UTF_8));

        assertThat(decoded(ForcedLabels.ofSecret(rules(), target)))
                .isEqualTo("/libpod/secrets/create?name=s&labels=" + forced);
        assertThat(ForcedLabels.fault(rules(), ObjectKind.SECRET, target)).isNull();
    }

    @Test
    void aLabelOfAnotherProfileIsDenied() throws Exception {
        RequestTarget target = target(
                "/libpod/secrets/create?labels=" + URLEncoder.encode("{\"stage\":\"1\"}", StandardCharsets.UTF_8));

        assertThat(requireNonNull(ForcedLabels.fault(rules(), ObjectKind.SECRET, target)))
                .isEqualTo("has a label by which another profile selects its objects");
        assertThat(decoded(ForcedLabels.ofSecret(rules(), target("/libpod/secrets/create"))))
                .isEqualTo("/libpod/secrets/create?labels={'owner':'ci'}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "[]", "{", "{\"a\":\"b\",\"a\":\"c\"}"})
    void labelsOfAnotherFormAreDenied(String labels) throws Exception {
        RequestTarget target =
                target("/libpod/secrets/create?labels=" + URLEncoder.encode(labels, StandardCharsets.UTF_8));

        assertThatThrownBy(() -> ForcedLabels.ofSecret(rules(), target)).isInstanceOf(OutOfScopeException.class);
    }
}
