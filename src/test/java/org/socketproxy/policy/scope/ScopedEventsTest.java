package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementException;
import org.socketproxy.policy.create.Glob;
import org.socketproxy.policy.create.ImageRules;

/**
 * Events that a confined client sees. Its containers, networks and pods have the label {@code owner=ci}, its volumes and
 * secrets names that begin with {@code ci-}, its images names below {@code ci/}; it has no services. The container
 * {@code c1}, the network {@code n1} (name {@code net}), the pod {@code p1} and the image {@code i1} are known to be its own.
 */
class ScopedEventsTest {
    private static final ScopeSelector LABEL = new ScopeSelector(Map.of("owner", "ci"), List.of(), ImageRules.ALL);
    private static final ScopeSelector NAME = new ScopeSelector(Map.of(), List.of(new Glob("ci-*")), ImageRules.ALL);
    private static final Scope RULES = new Scope(
            List.of(),
            Map.of(
                    ObjectKind.CONTAINER,
                    LABEL,
                    ObjectKind.NETWORK,
                    LABEL,
                    ObjectKind.POD,
                    LABEL,
                    ObjectKind.VOLUME,
                    NAME,
                    ObjectKind.SECRET,
                    NAME,
                    ObjectKind.IMAGE,
                    new ScopeSelector(Map.of(), List.of(), new ImageRules(List.of("ci/*", "docker.io/ci/*")))));

    private final ObjectIndex own = new ObjectIndex();
    private final ScopedEvents events = new ScopedEvents(RULES, own);

    @BeforeEach
    void know() {
        own.add(new ObjectIdentity(ObjectKind.CONTAINER, "c1", List.of("web"), Map.of()));
        own.add(new ObjectIdentity(ObjectKind.NETWORK, "n1", List.of("net"), Map.of()));
        own.add(new ObjectIdentity(ObjectKind.POD, "p1", List.of("pod"), Map.of()));
        own.add(new ObjectIdentity(ObjectKind.IMAGE, "i1", List.of("ci/a:1"), Map.of()));
    }

    /** @param line type, action and id of the event, and its attributes in the form {@code name=value} */
    private static ByteBuffer event(String line) {
        String[] words = line.split(" ");
        StringBuilder attributes = new StringBuilder();
        for (int i = 3; i < words.length; i++) {
            String[] parts = words[i].split("=", 2);
            attributes.append(i == 3 ? "" : ",").append('"' + parts[0] + "\":\"" + parts[1] + '"');
        }
        return bytes("{\"Type\":\"" + words[0] + "\",\"Action\":\"" + words[1] + "\",\"Actor\":{\"ID\":\""
                + (words[2].equals("-") ? "" : words[2]) + "\",\"Attributes\":{" + attributes + "}},\"time\":1}");
    }

    private static ByteBuffer bytes(String json) {
        byte[] bytes = ("xx" + json + "yy").getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.wrap(bytes, 2, bytes.length - 4);
    }

    private boolean isSeen(String line) throws ElementException {
        return events.edit("", event(line)) == Edit.KEEP;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "container create c2 owner=ci name=web           | true",
                "container create c2 owner=dev name=web          | false",
                "container create c2 name=web                    | false",
                "container create - owner=ci                     | false",
                "container start c1 owner=ci                     | true",
                "container start c1 owner=dev                    | false",
                "image tag i2 name=ci/b:1                        | true",
                "image tag i2 name=dev/b:1                       | false",
                "image delete i1 name=i1                         | true",
                "image delete i1 name=sha256:i1                  | true",
                "image delete i1                                 | true",
                "image delete i2 name=i2                         | false",
                "image tag i1 name=dev/a:1                       | false",
                "image pull i2 name=docker.io/ci/b:1 podId=      | true",
                "image pull i2 name=ci/b:1 podId=                | false", // of which registry?
                "network connect n1 name=net container=c1        | true",
                "network connect n1 name=net container=c9        | false",
                "network create n1 name=net                      | true",
                "network create n9 name=net                      | false",
                "network connect c1 network=net podId=           | true", // Podman
                "network disconnect c1 network=net podId=        | true",
                "network connect c9 network=net podId=           | false",
                "network connect c1 network=other podId=         | false",
                "network create c1 network=net podId=            | false",
                "volume create ci-a driver=local                 | true",
                "volume create a driver=local                    | false",
                "volume mount ci-a container=c1                  | true",
                "volume mount ci-a container=c9                  | false",
                "volume create - name=ci-a podId=                | true", // Podman
                "volume create - name=a podId=                   | false",
                "secret create s1 name=ci-s                      | true",
                "secret create s1 name=s                         | false",
                "pod create p1 name=pod                          | true",
                "pod create p9 name=pod                          | false",
                "service create s1 name=ci-s                     | false",
                "plugin enable p1 name=ci-p                      | false",
                "daemon reload d1 name=ci-d                      | false",
            })
    void eventOfAnOwnObjectIsSeen(String line, boolean isSeen) throws ElementException {
        assertThat(isSeen(line)).isEqualTo(isSeen);
    }

    /** Facts about the container are no labels, also if a rule has a label of the same name. */
    @ParameterizedTest
    @ValueSource(
            strings = {"name", "image", "oldName", "execID", "exitCode", "signal", "podId", "error", "health_status"})
    void factsAreNoLabels(String fact) throws ElementException {
        ScopeSelector selector = new ScopeSelector(Map.of(fact, "ci"), List.of(), ImageRules.ALL);
        ScopedEvents ofFact = new ScopedEvents(new Scope(List.of(), Map.of(ObjectKind.CONTAINER, selector)), own);

        assertThat(ofFact.edit("", event("container start c2 " + fact + "=ci"))).isEqualTo(Edit.DROP);
        assertThat(ofFact.edit("", event("container start c2 other=ci"))).isEqualTo(Edit.DROP);
    }

    @Test
    void aContainerIsOwnFromItsFirstEvent() throws ElementException {
        assertThat(isSeen("volume mount ci-a container=c2")).isFalse();
        assertThat(isSeen("container create c2 owner=ci name=db")).isTrue();
        assertThat(isSeen("volume mount ci-a container=c2")).isTrue();
        assertThat(isSeen("container rename c2 owner=dev name=db")).isFalse();
        assertThat(isSeen("volume mount ci-a container=c2")).isFalse();
    }

    @Test
    void anImageIsOwnUntilTheEnd() throws ElementException {
        assertThat(isSeen("image delete i2 name=i2")).isFalse();
        assertThat(isSeen("image tag i2 name=ci/b:1")).isTrue();
        assertThat(isSeen("image delete i2 name=i2")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"destroy", "remove", "delete"})
    void aRemovedNetworkIsForgotten(String removal) throws ElementException {
        assertThat(isSeen("network " + removal + " n1 name=net")).isTrue();
        assertThat(isSeen("network create n1 name=net")).isFalse();
    }

    @Test
    void anImageOfAProfileByLabelsIsSeenWithEachName() throws ElementException {
        ScopedEvents byLabels = new ScopedEvents(new Scope(List.of(), Map.of(ObjectKind.IMAGE, LABEL)), own);

        assertThat(byLabels.edit("", event("image untag i1 name=dev/a:1"))).isEqualTo(Edit.KEEP);
        assertThat(byLabels.edit("", event("image untag i2 name=dev/a:1"))).isEqualTo(Edit.DROP);
        assertThat(byLabels.edit("", event("image pull i2 name=dev/a:1 owner=ci")))
                .isEqualTo(Edit.KEEP);
    }

    @Test
    void aNetworkOfAProfileByNamesIsSeenByItsName() throws ElementException {
        ScopedEvents byName = new ScopedEvents(new Scope(List.of(), Map.of(ObjectKind.NETWORK, NAME)), own);

        assertThat(byName.edit("", event("network connect c1 network=ci-n podId=")))
                .isEqualTo(Edit.KEEP);
        assertThat(byName.edit("", event("network connect c1 network=net podId=")))
                .isEqualTo(Edit.DROP);
        assertThat(byName.edit("", event("network create n9 name=ci-n"))).isEqualTo(Edit.KEEP);
    }

    /** @param kind of the object that must be inspected before the event is judged */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "network create n9 name=net               | NETWORK",
                "network update n1 name=net               | NETWORK",
                "network create n1 name=net               | none",
                "network destroy n9 name=net              | none",
                "network create - name=net                | none",
                "network connect c1 network=net podId=    | none",
                "volume create a driver=local             | none",
                "container create c9 name=web             | none",
                "image pull i9 name=a                     | none",
                "service create s9 name=a                 | none",
                "plugin enable p9 name=a                  | none",
            })
    void anUnknownObjectIsInspected(String line, ObjectKind kind) throws ElementException {
        ScopedEvents.Unknown unknown = events.unknown(event(line));

        assertThat(unknown == null ? null : unknown.kind()).isEqualTo(kind);
        assertThat(unknown == null || unknown.id().equals(line.split(" ")[2])).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "1",
                "{\"Type\":1}",
                "{\"Type\":\"container\",\"Type\":\"container\"}",
                "{\"Action\":\"start\",\"Action\":\"start\"}",
                "{\"Actor\":{\"ID\":1}}",
                "{\"Actor\":{\"ID\":\"c1\"},\"Actor\":{\"ID\":\"c1\"}}",
                "{\"Actor\":{\"Attributes\":{\"owner\":1}}}",
                "{\"Actor\":{\"Attributes\":{\"owner\":\"dev\",\"owner\":\"ci\"}}}",
                "{} {}",
                "{",
            })
    void anEventOfAnotherFormIsRefused(String json) {
        ElementException refused = catchThrowableOfType(ElementException.class, () -> events.edit("", bytes(json)));

        assertThat(refused.kind()).isEqualTo(ElementException.Kind.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"Type\":\"container\",\"Actor\":null}",
                "{\"Type\":\"container\",\"Actor\":{\"ID\":\"c1\",\"Attributes\":null}}",
                "{\"Type\":\"container\",\"Other\":{\"ID\":\"c1\",\"Attributes\":{\"owner\":\"ci\"}}}",
                "{\"Type\":\"container\",\"Actor\":{\"ID\":\"c1\",\"Other\":{\"owner\":\"ci\"}}}",
                "{\"Type\":\"container\",\"Actor\":[{\"ID\":\"c1\",\"Attributes\":{\"owner\":\"ci\"}}]}",
            })
    void anEventWithoutFactsIsNotSeen(String json) throws ElementException {
        assertThat(events.edit("", bytes(json))).isEqualTo(Edit.DROP);
    }
}
