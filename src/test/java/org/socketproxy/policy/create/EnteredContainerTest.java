package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;

/** Requests that enter or end a container, and their targets with an id in place of its name. */
class EnteredContainerTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    private static String forwarded(@Nullable EnteredContainer container, RequestTarget target) {
        if (container == null) {
            return "none";
        }
        RequestTarget replaced = container.isUsable() ? container.withId(target, "77") : null;
        return container.place() + " " + container.name() + " " + (replaced == null ? "denied" : replaced.raw());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST /containers/web/start              | PATH web /containers/77/start",
                "POST /v1.45/containers/web/start?a=b    | PATH web /v1.45/containers/77/start?a=b",
                "POST /containers/web/exec               | PATH web /containers/77/exec",
                "GET /containers/web/archive?path=/      | PATH web /containers/77/archive?path=/",
                "POST /libpod/containers/web/start       | PATH web /libpod/containers/77/start",
                "POST /v5.0.0/libpod/containers/web/exec | PATH web /v5.0.0/libpod/containers/77/exec",
                "POST /exec/abc/start                    | EXEC abc /exec/abc/start",
                "POST /libpod/exec/abc/start             | EXEC abc /libpod/exec/abc/start",
                "POST /commit?container=web&repo=x       | QUERY web /commit?container=77&repo=x",
                "POST /libpod/commit?container=web       | QUERY web /libpod/commit?container=77",
                "POST /commit?container=web&Container=web | QUERY  denied",
                "POST /commit?container=web&container=db | QUERY  denied",
                "POST /commit?container=%77eb            | QUERY web denied",
                "POST /commit?container=a%2Fb            | QUERY a/b denied",
                "POST /commit                            | QUERY  denied",
                "POST /containers/web/stop               | none",
                "GET /containers/web/json                | none",
                "POST /containers/create                 | none",
            })
    void containerOfARequestThatEntersIt(String line, String forwarded) throws Exception {
        RequestTarget target = RequestTarget.parse(line.split(" ")[1]);
        Operation operation = CATALOGUE.find(line.split(" ")[0], target).orElseThrow();

        assertThat(forwarded(EnteredContainer.of(operation, target), target)).isEqualTo(forwarded);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST /containers/web/stop         | PATH web /containers/77/stop",
                "POST /containers/web/kill         | PATH web /containers/77/kill",
                "POST /containers/web/rename?name=db | PATH web /containers/77/rename?name=db",
                "DELETE /v1.45/containers/web      | PATH web /v1.45/containers/77",
                "DELETE /containers/web?link=0     | PATH web /containers/77?link=0",
                "DELETE /containers/web?link=1     | none",
                "POST /containers/web/start        | none",
                "POST /containers/web/pause        | none",
            })
    void containerOfARequestThatEndsIt(String line, String forwarded) throws Exception {
        RequestTarget target = RequestTarget.parse(line.split(" ")[1]);
        Operation operation = CATALOGUE.find(line.split(" ")[0], target).orElseThrow();

        assertThat(forwarded(EnteredContainer.ending(operation, target), target))
                .isEqualTo(forwarded);
    }

    @ParameterizedTest
    @CsvSource({
        "ContainerStartLibpod,   true",
        "ContainerInitLibpod,    true",
        "ContainerRestartLibpod, false",
        "ContainerStart,         false",
    })
    void podmanStartsDependencies(String id, boolean startsThem) {
        assertThat(EnteredContainer.startsDependencies(CATALOGUE.byId(id).orElseThrow()))
                .isEqualTo(startsThem);
    }

    @ParameterizedTest
    @CsvSource({
        "QUERY, web,  true",
        "QUERY, w.-_, true",
        "QUERY, a/b,  false",
        "QUERY, .a,   false",
        "QUERY, '',   false",
        "PATH,  a/b,  true",
        "EXEC,  abc,  true",
    })
    void aNameInAQueryNeedsNoEscape(EnteredContainer.Place place, String name, boolean isUsable) {
        assertThat(new EnteredContainer(name, place).isUsable()).isEqualTo(isUsable);
    }

    @ParameterizedTest
    @ValueSource(strings = {"web", "0123456789ab", ""})
    void onlyAFullIdIsOne(String name) {
        assertThat(new EnteredContainer(name, EnteredContainer.Place.PATH).isFullId())
                .isFalse();
        assertThat(new EnteredContainer("0123456789abcdef".repeat(4), EnteredContainer.Place.PATH).isFullId())
                .isTrue();
    }
}
