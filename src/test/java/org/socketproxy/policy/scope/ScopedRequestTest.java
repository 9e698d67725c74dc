package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.create.Glob;
import org.socketproxy.policy.create.ImageRules;

/** Facts that follow from the operation of a request: denied parameters, objects that must be known, and numbers. */
class ScopedRequestTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final ScopeSelector LABEL = new ScopeSelector(Map.of("owner", "ci"), List.of(), ImageRules.ALL);
    private static final Scope RULES = new Scope(
            List.of("label:owner=ci"),
            Map.of(
                    ObjectKind.CONTAINER,
                    LABEL,
                    ObjectKind.NETWORK,
                    LABEL,
                    ObjectKind.SECRET,
                    LABEL,
                    ObjectKind.POD,
                    LABEL,
                    ObjectKind.IMAGE,
                    new ScopeSelector(Map.of(), List.of(), new ImageRules(List.of("ci/*")))));

    private static Operation operation(String id) {
        return CATALOGUE.byId(id).orElseThrow();
    }

    /** Podman would reach other objects by these parameters. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DELETE /libpod/containers/a?depend=1          | depend",
                "DELETE /libpod/containers/a?depend=0          | -",
                "DELETE /libpod/containers/a?depend=false      | -",
                "DELETE /libpod/containers/a?depend=           | depend",
                "DELETE /libpod/containers/a?force=1           | -",
                "DELETE /images/a:1?force=1                    | force",
                "DELETE /images/a:1?force=0&force=1            | force",
                "DELETE /images/a:1                            | -",
                "DELETE /networks/n?force=true                 | force",
                "DELETE /libpod/volumes/v?force=1              | force",
                "GET /libpod/containers/a/changes?parent=b     | parent",
                "POST /libpod/networks/create?ignoreIfExists=1 | ignoreifexists",
                "POST /libpod/secrets/create?name=s&replace=1  | replace",
                "POST /libpod/secrets/create?name=s&ignore=1   | ignore",
                "POST /libpod/secrets/create?name=s&Ignore=T   | ignore",
                "POST /libpod/secrets/create?name=s&ignore=    | ignore",
                "GET /libpod/containers/stats?containers=a&all=1 | all",
                "DELETE /libpod/images/remove?images=a&all=1   | all",
            })
    void parameterThatReachesOtherObjectsIsDenied(String line, String parameter) throws Exception {
        RequestTarget target = RequestTarget.parse(line.split(" ")[1]);
        Operation operation = CATALOGUE.find(line.split(" ")[0], target).orElseThrow();

        if (parameter.equals("-")) {
            assertThat(ScopedRequest.of(RULES, operation, target).target()).isEqualTo(target);
        } else {
            assertThatThrownBy(() -> ScopedRequest.of(RULES, operation, target))
                    .isInstanceOf(OutOfScopeException.class)
                    .hasMessage("the parameter " + parameter + " can reach objects of others");
        }
    }

    @ParameterizedTest
    @CsvSource({"SystemEvents", "SystemEventsLibpod"})
    void eventsHaveKnownFiltersAndNoneOfOthers(String id) throws Exception {
        RequestTarget unknown = RequestTarget.parse("/events?filters=%7B%22new%22%3A%5B%22a%22%5D%7D");

        assertThatThrownBy(() -> ScopedRequest.of(RULES, operation(id), unknown))
                .isInstanceOf(OutOfScopeException.class)
                .hasMessage("the filter new can name objects of others");
        assertThat(ScopedRequest.of(RULES, operation(id), RequestTarget.parse("/events"))
                        .view())
                .isNotNull();
    }

    @Test
    void aQueryHasToNameObjects() {
        assertThatThrownBy(() -> ScopedRequest.of(
                        RULES, operation("ContainersStatsAllLibpod"), RequestTarget.parse("/libpod/containers/stats")))
                .isInstanceOf(OutOfScopeException.class)
                .hasMessageStartingWith("the query has to name");
    }

    /** Other values of the same parameters go, whatever their case. */
    @Test
    void aBuildGetsTheLabelsAndNoCache() throws Exception {
        Scope rules = new Scope(List.of(), Map.of(ObjectKind.IMAGE, LABEL));
        RequestTarget target = RequestTarget.parse(
                "/build?t=a&labels=%7B%22owner%22%3A%22other%22%2C%22a%22%3A%22b%22%7D&nocache=0&Forcerm=0&rm=0");

        assertThat(ScopedRequest.of(rules, operation("ImageBuild"), target)
                        .target()
                        .raw())
                .isEqualTo(
                        "/build?t=a&rm=0&labels=%7B%22owner%22%3A%22ci%22%2C%22a%22%3A%22b%22%7D&forcerm=1&nocache=1");
        assertThat(ScopedRequest.of(rules, operation("ImageBuild"), RequestTarget.parse("/build?labels=null"))
                        .target()
                        .raw())
                .isEqualTo("/build?labels=%7B%22owner%22%3A%22ci%22%7D&forcerm=1&nocache=1");
        for (String labels : List.of("%5B%5D", "x", "%7B%7D&labels=%7B%7D&Labels=%7B%22a%22:%22b%22%7D")) {
            RequestTarget unclear = RequestTarget.parse("/build?labels=" + labels);
            assertThatThrownBy(() -> ScopedRequest.of(rules, operation("ImageBuild"), unclear))
                    .isInstanceOfAny(OutOfScopeException.class, BadTargetException.class);
        }
    }

    /** The steps run in containers with the labels of the Dockerfile, and without names. */
    @ParameterizedTest
    @CsvSource({"CONTAINER, '', false", "IMAGE, '', false", "CONTAINER, web, true", "VOLUME, '', true"})
    void aBuildIsDeniedIfAnotherProfileSelectsByLabelsOnly(ObjectKind kind, String name, boolean isAllowed)
            throws Exception {
        List<Glob> names = name.isEmpty() ? List.of() : List.of(new Glob(name));
        Scope rules = new Scope(List.of(), Map.of(ObjectKind.IMAGE, LABEL));
        Scope other =
                new Scope(List.of(), Map.of(kind, new ScopeSelector(Map.of("owner", "other"), names, ImageRules.ALL)));

        String fault = NameRules.fault(
                rules.amid(List.of(rules, other)), operation("ImageBuild"), RequestTarget.parse("/build"));
        assertThat(fault == null).isEqualTo(isAllowed);
        assertThat(String.valueOf(fault)).contains(isAllowed ? "null" : "build with BuildKit");
    }

    @Test
    void aSecretOfPodmanGetsTheLabelsInTheQuery() throws Exception {
        RequestTarget target = RequestTarget.parse("/libpod/secrets/create?name=s");

        assertThat(ScopedRequest.of(RULES, operation("SecretCreateLibpod"), target)
                        .target()
                        .raw())
                .isEqualTo("/libpod/secrets/create?name=s&labels=%7B%22owner%22%3A%22ci%22%7D");
        assertThat(ScopedRequest.of(RULES, operation("SecretCreate"), target).target())
                .isEqualTo(target);
    }

    @ParameterizedTest
    @CsvSource({
        "TaskList,           SERVICE",
        "SystemEvents,       'CONTAINER,IMAGE,NETWORK,SECRET'",
        "SystemEventsLibpod, 'CONTAINER,IMAGE,NETWORK,POD,SECRET'",
        "NetworkInspect,     CONTAINER",
        "PodListLibpod,      CONTAINER",
        "ContainerInspect,   ''",
    })
    void kindsWhoseOwnObjectsMustBeKnown(String id, String kinds) {
        assertThat(String.join(
                        ",",
                        new TreeSet<>(ScopedResponses.kinds(RULES, operation(id)).stream()
                                .map(Enum::name)
                                .toList())))
                .isEqualTo(kinds);
    }

    @ParameterizedTest
    @CsvSource({
        "SystemInfo,       true,  false",
        "SystemInfoLibpod, true,  false",
        "SystemDataUsage,  false, false",
        "SystemPing,       false, false",
        "SystemAuth,       false, true",
    })
    void numbersAndDenials(String id, boolean hasNumbers, boolean isDenied) {
        assertThat(ScopeRule.hasNumbers(operation(id))).isEqualTo(hasNumbers);
        assertThat(ScopeRule.of(operation(id)).isDenied()).isEqualTo(isDenied);
    }

    @ParameterizedTest
    @CsvSource({"ImageInspect", "ImageHistory", "ImageInspectLibpod", "ImageHistoryLibpod", "ContainerInspect"})
    void withoutOwnImagesNoDescriptionIsEdited(String id) throws Exception {
        Scope none = new Scope(List.of(), Map.of(ObjectKind.CONTAINER, LABEL));

        assertThat(ScopedRequest.of(none, operation(id), RequestTarget.parse("/x"))
                        .view())
                .isNull();
        assertThat(ScopedRequest.of(RULES, operation(id), RequestTarget.parse("/x"))
                                .view()
                        == null)
                .isEqualTo(id.equals("ContainerInspect"));
    }

    @Test
    void rulesKnowTheirTextsAndHowTheyAreDecided() {
        assertThat(RULES.texts()).containsExactly("label:owner=ci");
        assertThat(RULES.isByLabelsOnly(ObjectKind.CONTAINER)).isTrue();
        assertThat(RULES.isByLabelsOnly(ObjectKind.IMAGE)).isFalse();
        assertThat(RULES.isByLabelsOnly(ObjectKind.VOLUME)).isFalse();
    }
}
