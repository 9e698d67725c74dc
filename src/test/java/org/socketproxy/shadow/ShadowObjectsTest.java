package org.socketproxy.shadow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.RawClient;
import org.socketproxy.usage.ShadowCounts;
import org.socketproxy.usage.ShadowCounts.Skip;

/** The policy in {@code SHADOW_POLICY} is applied to the objects that a request names. */
class ShadowObjectsTest extends ShadowFixture {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                // tried settings                         | request                          | reason of the denial
                "CREATE=safe TARGETS=label:owner=ci       | GET /containers/x/json           | target-outside",
                "CREATE=safe TARGETS=label:owner=dev      | GET /containers/x/json           | -",
                "CREATE=safe TARGETS=label:owner=ci       | POST /exec/EXEC/start            | target-outside",
                "CREATE=safe TARGETS=label:owner=dev      | POST /exec/EXEC/start            | create-field",
                "CREATE=safe WRITE_TARGETS=label:owner=ci | POST /containers/x/stop          | write-target",
                "CREATE=safe WRITE_TARGETS=label:owner=ci | GET /containers/x/json           | -",
                "PROTECT=label:owner=dev                  | POST /containers/x/stop          | object-protected",
                "PROTECT=label:owner=ci                   | POST /containers/x/stop          | -",
                "CREATE=safe                              | POST /containers/x/start         | create-field",
                "CREATE=safe CREATE_ALLOW=host-network    | POST /containers/x/start         | -",
            })
    void objectsOfPathAndQueryAreJudged(String tried, String request, String reason) throws Exception {
        start("next.env", tried.strip().replace(' ', '\n') + "\n");

        assertThat(send(request.replace("EXEC", EXEC), "")).contains(" 200 OK");
        if (reason != null) {
            awaitRecords(" would-deny " + reason + " ");
        }
        assertThat(counts().denials())
                .extracting(ShadowCounts.ShadowDenial::reason)
                .isEqualTo(reason == null ? List.of() : List.of(reason));
        assertThat(counts().skipped().values()).allMatch(count -> count == 0);
    }

    @Test
    void missingObjectIsNotJudged() throws Exception {
        start("next.env", "CREATE=safe\nTARGETS=label:owner=ci\n");

        assertThat(send("GET /containers/gone/json", "")).contains(" 404 ");
        assertThat(await(() -> counts().skipped().get(Skip.DAEMON) == 1)).isTrue();
        assertThat(counts().denials()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "-",
            value = {
                // tried settings | request | body | reason of the denial
                "CREATE=safe TARGETS=label:owner=ci       | POST /containers/create | {'Image':'a'} | target-outside",
                "CREATE=safe TARGETS=label:owner=dev      | POST /containers/create | {'Image':'a'} | -",
                "CREATE=safe TARGETS=label:owner=dev      | POST /containers/create | {'Image':'a','HostConfig':{'NetworkMode':'other'}} | -",
                "CREATE=safe TARGETS=name:ci-*,images:label:owner=dev | POST /containers/create?name=ci-1 | {'Image':'a','HostConfig':{'NetworkMode':'other'}} | target-outside",
                "CREATE=safe TARGETS=label:owner=dev      | POST /containers/create | {'Image':'a','HostConfig':{'Binds':['host:/x']}} | create-field",
                "CREATE=safe TARGETS=label:owner=dev      | POST /containers/create | {'Image':'a','HostConfig':{'Binds':['now:/x']}} | -",
                "CREATE=safe TARGETS=label:owner=dev      | POST /containers/create | {'Image':'a','HostConfig':{'Binds':['absent:/x']}} | -",
                "CREATE=safe                              | POST /containers/create | {'Image':'a','HostConfig':{'Binds':['host:/x']}} | create-field",
                "CREATE=safe                              | POST /containers/create | {'Image':'a','HostConfig':{'Binds':['absent:/x']}} | -",
                "CREATE=safe CREATE_ALLOW=join-container  | POST /containers/create | {'Image':'a','HostConfig':{'NetworkMode':'container:x'}} | -",
                "CREATE=safe CREATE_ALLOW=join-container TARGETS=name:ci-*,images:label:owner=dev | POST /containers/create?name=ci-1 | {'Image':'a','HostConfig':{'NetworkMode':'container:x'}} | target-outside",
                "WRITE_TARGETS=label:owner=ci CREATE=safe | POST /networks/other/connect | {'Container':'x'} | write-target",
                "WRITE_TARGETS=networks:label:owner=dev,containers:label:owner=ci CREATE=safe | POST /networks/other/connect | {'Container':'x'} | write-target",
                "WRITE_TARGETS=label:owner=dev CREATE=safe | POST /networks/other/connect | {'Container':'x'} | -",
                "PROTECT=label:owner=dev                  | POST /networks/other/disconnect | {'Container':'x'} | object-protected",
                "CREATE=safe CREATE_ALLOW=recreate CREATE_IMAGES=** | POST /containers/create?name=a | {'HostConfig':{'Privileged':true}} | create-field",
            })
    void objectsOfBodiesAreJudged(String tried, String request, String body, String reason) throws Exception {
        start("next.env", tried.strip().replace(' ', '\n') + "\n");

        assertThat(send(request, body.replace('\'', '"'))).isEqualTo(ANSWER);
        if (reason != null) {
            awaitRecords(" would-deny " + reason + " ");
        }
        awaitRecords(" allow ");
        assertThat(send("GET /_ping", "")).isEqualTo(ANSWER);
        awaitRecords(" GET /_ping ");
        assertThat(counts().denials())
                .extracting(ShadowCounts.ShadowDenial::reason)
                .isEqualTo(reason == null ? List.of() : List.of(reason));
        assertThat(counts().skipped()).isEqualTo(NONE_SKIPPED);
        assertThat(DAEMON_CHANGES.matcher(String.join("\n", asked)).results().count())
                .isEqualTo(1);
    }

    @Test
    @Timeout(120)
    void floodIsNotAskedAbout() throws Exception {
        start("next.env", "CREATE=safe\nTARGETS=label:owner=ci\n");
        String request = "GET /containers/x/json HTTP/1.1\r\nHost: d\r\n\r\n";
        try (RawClient client = proxy.connect()) {
            do { // more than the questions of a second, also on a slow machine
                client.send(request.repeat(100));
                for (int i = 0; i < 100; i++) {
                    assertThat(client.readResponse()).contains(" 200 OK");
                }
            } while (counts().skipped().get(Skip.DAEMON) == 0);
        }
    }

    @Test
    void bodyThatRecreateCouldAllowIsNotJudged() throws Exception {
        start("next.env", "CREATE=safe\nCREATE_ALLOW=recreate\nCREATE_IMAGES=**\n");
        assertThat(send("DELETE /containers/gone", "")).contains(" 404 ");
        assertThat(await(() -> counts().skipped().get(Skip.DAEMON) == 1)).isTrue();

        assertThat(send("POST /containers/create?name=a", "{\"HostConfig\":{\"Privileged\":true}}"))
                .isEqualTo(ANSWER);
        assertThat(await(() -> counts().skipped().get(Skip.RECREATE) == 1)).isTrue();
        assertThat(counts().denials()).isEmpty();
    }
}
