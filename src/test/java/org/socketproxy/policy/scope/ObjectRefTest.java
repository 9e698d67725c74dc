package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/** Objects in the path and in the filters of a request: the query about them, and the request with their id. */
class ObjectRefTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final Operation INSPECT = CATALOGUE.byId("ContainerInspect").orElseThrow();

    /** @param query name, subject, query and the target with the id {@code 77}, or none */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "POST /v1.45/containers/web/stop?t=1 | web CONTAINER /containers/web/json /v1.45/containers/77/stop?t=1",
                "GET /exec/abc/json                  | abc EXEC /exec/abc/json /exec/77/json",
                "GET /networks/n                     | n NETWORK /networks/n /networks/77",
                "GET /volumes/v                      | v VOLUME /volumes/v /volumes/77",
                "GET /services/s                     | s SERVICE /services/s /services/77",
                "GET /tasks/t                        | t TASK /tasks/t /tasks/77",
                "GET /secrets/s                      | s SECRET /secrets/s /secrets/77",
                "GET /configs/c                      | c CONFIG /configs/c /configs/77",
                "GET /images/ci/a:1/json             | ci/a:1 IMAGE /images/ci/a:1/json /images/77/json",
                "GET /images/ci%2Fa:1/json           | ci/a:1 IMAGE /images/ci%2Fa:1/json /images/77/json",
                "POST /images/ci/a/push?tag=1        | ci/a IMAGE /images/ci/a:1/json /images/77/push?tag=1",
                "GET /distribution/ci/a:1/json       | ci/a:1 IMAGE /images/ci/a:1/json /distribution/77/json",
                "GET /distribution/cafe/json         | cafe IMAGE /images/cafe:latest/json /distribution/77/json",
                "GET /libpod/images/a:1/json         | a:1 IMAGE /v4.0.0/libpod/images/a:1/json /libpod/images/77/json",
                "GET /libpod/containers/web/json     | web CONTAINER /containers/web/json /libpod/containers/77/json",
                "GET /libpod/pods/p/json             | p POD /v4.0.0/libpod/pods/p/json /libpod/pods/77/json",
                "POST /commit?container=web&repo=a   | web CONTAINER /containers/web/json /commit?container=77&repo=a",
                "GET /containers/json                | none",
                "POST /libpod/images/pull?reference=a:1&policy=always | none",
                "GET /_ping                          | none",
                "GET /info                           | none",
            })
    void objectOfARequest(String line, String query) throws Exception {
        RequestTarget target = RequestTarget.parse(line.split(" ")[1]);
        Operation operation = CATALOGUE.find(line.split(" ")[0], target).orElseThrow();
        ObjectRef named = ObjectRefs.named(operation, target);

        assertThat(
                        named == null
                                ? "none"
                                : named.name() + " " + named.subject() + " " + named.query() + " "
                                        + named.withId(target, "77").raw())
                .isEqualTo(query);
    }

    @ParameterizedTest
    @CsvSource({
        "container=web,                web",
        "container=web&container=db,   ''",
        "container=web&Container=web,  ''",
        "Container=web,                ''",
        "container=%77eb,              ''",
        "container=a%2Fb,              ''",
        "repo=a,                       ''",
    })
    void aCommitNamesOneContainer(String query, String name) throws Exception {
        assertThat(ObjectRefs.committed(RequestTarget.parse("/commit?" + query)))
                .isEqualTo(name);
    }

    @Test
    void aPushedImageHasItsTag() throws Exception {
        RequestTarget target = RequestTarget.parse("/images/ci%2Fa/push?tag=1");
        Operation push = CATALOGUE.byId("ImagePush").orElseThrow();

        assertThat(ObjectRefs.named(push, target).lookup()).isEqualTo("ci%2Fa:1");
        assertThat(ObjectRefs.named(push, target).name()).isEqualTo("ci/a");
    }

    @ParameterizedTest
    @CsvSource({
        "CONTAINER, web,       true",
        "CONTAINER, _web.1-a,  true",
        "CONTAINER, .web,      false",
        "CONTAINER, a/b,       false",
        "CONTAINER, '',        false",
        "CONTAINER, 'a b',     false",
        "IMAGE,     a/b:1@c,   true",
        "IMAGE,     _a,        false",
        "IMAGE,     a/../b,    false",
        "IMAGE,     a//b,      false",
        "IMAGE,     'a?b',     false",
        "VOLUME,    v..1,      true",
        "CONTAINER, w.-_,      true",
    })
    void onlyPlainNamesAreAskedFor(Subject subject, String name, boolean isPlain) {
        assertThat(ObjectRef.ofBody(subject, name, false).isPlain()).isEqualTo(isPlain);
    }

    @Test
    void podmanIsAskedForAnImageOnItsOwnApi() {
        assertThat(ObjectRef.ofBody(Subject.IMAGE, "a:1", true).query()).isEqualTo("/v4.0.0/libpod/images/a:1/json");
        assertThat(ObjectRef.ofBody(Subject.IMAGE, "a:1", false).query()).isEqualTo("/images/a:1/json");
        assertThat(ObjectRef.ofBody(Subject.CONTAINER, "a", true).query()).isEqualTo("/containers/a/json");
    }

    @ParameterizedTest
    @EnumSource(Subject.class)
    void aReferenceIsOwnByItsNameAndLabels(Subject subject) {
        if (subject == Subject.NONE) {
            assertThatThrownBy(() -> ObjectRef.ofBody(subject, "a", false).query())
                    .isInstanceOf(IllegalArgumentException.class);
            return;
        }
        ScopeSelector selector = new ScopeSelector(Map.of("owner", "ci"), List.of(), ImageRules.ALL);
        Scope rules = new Scope(List.of(), Map.of(subject.kind(), selector));
        String id = subject == Subject.IMAGE ? "sha256:ab" : "ab";
        InspectedObject own = new InspectedObject(subject, id, List.of("ab"), Map.of("owner", "ci"), "");
        InspectedObject other = new InspectedObject(subject, id, List.of("ab"), Map.of("owner", "dev"), "");

        assertThat(ObjectRef.ofBody(subject, "ab", false).isOwn(rules, INSPECT, own))
                .isTrue();
        assertThat(ObjectRef.ofBody(subject, "ab", false).isOwn(rules, INSPECT, other))
                .isFalse();
        assertThat(ObjectRef.ofBody(subject, "cd", false).isOwn(rules, INSPECT, own))
                .isFalse();
        assertThat(ObjectRef.ofBody(subject, "ab", false).query()).contains("/ab");
    }

    private static RequestTarget list(String path, String filters) throws Exception {
        return RequestTarget.parse(
                path + "?filters=" + URLEncoder.encode(filters.replace('\'', '"'), StandardCharsets.UTF_8));
    }

    private static String decoded(@Nullable RequestTarget target) {
        return target == null
                ? "none"
                : URLDecoder.decode(target.raw(), StandardCharsets.UTF_8).replace('"', '\'');
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "ContainerList | {'ancestor':['a'],'since':['b'],'before':['c'],'name':['d']} | before CONTAINER c, since CONTAINER b, ancestor IMAGE a",
                "ContainerList | {'ancestor':['a','b']}                                     | ancestor IMAGE a, ancestor IMAGE b",
                "ImageList     | {'ancestor':['a'],'since':['b'],'reference':['c']}         | since IMAGE b",
                "NetworkList   | {'since':['b']}                                            | ~~",
                "ContainerList | {}                                                         | ~~",
            })
    void objectsOfFilters(String id, String filters, String objects) throws Exception {
        assertThat(ObjectRefs.of(CATALOGUE.byId(id).orElseThrow(), list("/x", filters)).stream()
                        .map(each -> ((Place.Filter) each.place()).filter() + " " + each.subject() + " " + each.name())
                        .collect(Collectors.joining(", ")))
                .isEqualTo(objects);
    }

    @Test
    void filtersGetIdsAndLoseMissingObjects() throws Exception {
        RequestTarget target = list("/containers/json", "{'ancestor':['a','b'],'since':['c']}");
        ObjectRef ancestor = new ObjectRef(Subject.IMAGE, "a", new Place.Filter("ancestor"), false);
        ObjectRef since = new ObjectRef(Subject.CONTAINER, "c", new Place.Filter("since"), false);
        InspectedObject image = new InspectedObject(Subject.IMAGE, "sha256:77", List.of(), Map.of(), "");
        InspectedObject container = new InspectedObject(Subject.CONTAINER, "77", List.of("c"), Map.of(), "");

        assertThat(decoded(ancestor.withId(target, ancestor.resolved(image))))
                .isEqualTo("/containers/json?filters={'ancestor':{'b':true,'77':true},'since':{'c':true}}");
        assertThat(decoded(since.withId(target, since.resolved(container))))
                .isEqualTo("/containers/json?filters={'ancestor':{'a':true,'b':true},'since':{'77':true}}");
        assertThat(decoded(ancestor.removed(target)))
                .isEqualTo("/containers/json?filters={'ancestor':{'b':true},'since':{'c':true}}");
        assertThat(ancestor.removed(list("/containers/json", "{'ancestor':['a']}")))
                .isNull();
        assertThat(since.removed(target)).isNull();
        Scope rules = new Scope(
                List.of(), Map.of(ObjectKind.CONTAINER, new ScopeSelector(Map.of(), List.of(), ImageRules.ALL)));
        assertThat(since.isOwn(rules, INSPECT, container)).isTrue();
        assertThat(since.isOwn(new Scope(List.of(), Map.of()), INSPECT, container))
                .isFalse();
        assertThat(ancestor.isOptional()).isTrue();
        assertThat(since.isOptional()).isFalse();
    }

    @Test
    void anImageThatPodmanLooksForIsNamedByTheQuery() throws Exception {
        RequestTarget target = RequestTarget.parse("/libpod/images/pull?reference=a:1&policy=missing");
        Operation pull = CATALOGUE.byId("ImagePullLibpod").orElseThrow();

        assertThat(ObjectRefs.named(pull, target))
                .isEqualTo(new ObjectRef(Subject.IMAGE, "a:1", new Place.Query("reference"), true));
    }

    @ParameterizedTest
    @CsvSource({"16, true", "17, false"})
    void filtersNameAtMost16Objects(int count, boolean isAllowed) throws Exception {
        String filters = IntStream.range(0, count)
                .mapToObj(i -> "'c" + i + "'")
                .collect(Collectors.joining(",", "{'since':[", "]}"));
        Operation operation = CATALOGUE.byId("ContainerList").orElseThrow();
        RequestTarget target = list("/containers/json", filters);

        if (isAllowed) {
            ObjectRefs.checkFilters(operation, target);
        } else {
            assertThatThrownBy(() -> ObjectRefs.checkFilters(operation, target))
                    .isInstanceOf(OutOfScopeException.class)
                    .hasMessage("the filters name more than 16 objects");
        }
    }
}
