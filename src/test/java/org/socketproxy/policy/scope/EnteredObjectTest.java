package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/** Requests that enter or end a container, and their targets with an id in place of its name. */
class EnteredObjectTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    private static String forwarded(@Nullable ObjectRef container, RequestTarget target) {
        if (container == null) {
            return "none";
        }
        RequestTarget replaced = container.isPlain() ? container.withId(target, "77") : null;
        return container.subject() + " " + container.name() + " " + (replaced == null ? "denied" : replaced.raw());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST /containers/web/start              | CONTAINER web /containers/77/start",
                "POST /v1.45/containers/web/start?a=b    | CONTAINER web /v1.45/containers/77/start?a=b",
                "POST /containers/web/exec               | CONTAINER web /containers/77/exec",
                "GET /containers/web/archive?path=/      | CONTAINER web /containers/77/archive?path=/",
                "POST /libpod/containers/web/start       | CONTAINER web /libpod/containers/77/start",
                "POST /v5.0.0/libpod/containers/web/exec | CONTAINER web /v5.0.0/libpod/containers/77/exec",
                "POST /exec/abc/start                    | EXEC abc /exec/77/start",
                "POST /libpod/exec/abc/start             | EXEC abc /libpod/exec/77/start",
                "POST /commit?container=web&repo=x       | CONTAINER web /commit?container=77&repo=x",
                "POST /libpod/commit?container=web       | CONTAINER web /libpod/commit?container=77",
                "POST /commit?container=web&Container=web | CONTAINER  denied",
                "POST /commit?container=web&container=db | CONTAINER  denied",
                "POST /commit?container=%77eb            | CONTAINER web denied",
                "POST /commit?container=a%2Fb            | CONTAINER a/b denied",
                "POST /commit                            | CONTAINER  denied",
                "POST /containers/web/stop               | none",
                "GET /containers/web/json                | none",
                "POST /containers/create                 | none",
                "POST /libpod/pods/p/start               | POD p /libpod/pods/77/start",
            })
    void containerOfARequestThatEntersIt(String line, String forwarded) throws Exception {
        RequestTarget target = RequestTarget.parse(line.split(" ")[1]);
        Operation operation = CATALOGUE.find(line.split(" ")[0], target).orElseThrow();

        assertThat(forwarded(ObjectRefs.entered(operation, target), target)).isEqualTo(forwarded);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST /containers/web/stop         | CONTAINER web /containers/77/stop",
                "POST /containers/web/kill         | CONTAINER web /containers/77/kill",
                "POST /containers/web/rename?name=db | CONTAINER web /containers/77/rename?name=db",
                "DELETE /v1.45/containers/web      | CONTAINER web /v1.45/containers/77",
                "DELETE /containers/web?link=0     | CONTAINER web /containers/77?link=0",
                "DELETE /containers/web?link=1     | none",
                "POST /containers/web/start        | none",
                "POST /containers/web/pause        | none",
            })
    void containerOfARequestThatEndsIt(String line, String forwarded) throws Exception {
        RequestTarget target = RequestTarget.parse(line.split(" ")[1]);
        Operation operation = CATALOGUE.find(line.split(" ")[0], target).orElseThrow();

        assertThat(forwarded(ObjectRefs.ended(operation, target), target)).isEqualTo(forwarded);
    }

    @ParameterizedTest
    @CsvSource({
        "ContainerStartLibpod,   true",
        "ContainerInitLibpod,    true",
        "ContainerRestartLibpod, false",
        "ContainerStart,         false",
    })
    void podmanStartsDependencies(String id, boolean startsThem) {
        assertThat(CATALOGUE.byId(id).orElseThrow().is(OperationRules.Trait.STARTS_DEPENDENCIES))
                .isEqualTo(startsThem);
    }

    @ParameterizedTest
    @ValueSource(strings = {"web", "0123456789ab", ""})
    void onlyAFullIdIsOne(String name) {
        assertThat(ObjectRef.ofBody(Subject.CONTAINER, name, false).isFullId()).isFalse();
        assertThat(ObjectRef.ofBody(Subject.CONTAINER, "0123456789abcdef".repeat(4), false)
                        .isFullId())
                .isTrue();
    }
}
