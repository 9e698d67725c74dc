package org.socketproxy.shadow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.RawClient;
import org.socketproxy.usage.ShadowCounts;
import org.socketproxy.usage.ShadowCounts.Skip;

/** The policy in {@code SHADOW_POLICY} reports what it would deny, and changes no response. */
class ShadowTest extends ShadowFixture {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                // tried settings     | request                               | body                                   |
                // reason of the denial
                "EXEC=1               | GET /containers/json                  | ''                                     | -",
                "CONTAINERS=0         | GET /containers/json                  | ''                                     | variable-missing",
                "COMPAT=tecnativa     | GET /libpod/containers/json           | ''                                     | compatibility",
                "CREATE=safe          | POST /plugins/x/enable                | ''                                     | create-whole",
                "CREATE=safe          | POST /containers/create               | {\"Image\":\"a\"}                      | -",
                "CREATE=safe          | POST /containers/create               | {\"HostConfig\":{\"Privileged\":true}} | create-field",
                "CREATE=safe          | POST /containers/create               | {\"Image\":                            | create-form",
                "CREATE=safe          | POST /containers/create               | {\"Nonsense\":1}                       | create-unknown",
                "CREATE=safe          | POST /containers/create               | ''                                     | -",
                "CREATE=safe          | POST /volumes/create                  | {\"Name\":\"v\"}                       | -",
                "CREATE=safe MAX_BODY=1k | POST /containers/create            | LONG                                   | body-too-large",
                "CREATE=safe CREATE_REQUIRE=memory | POST /containers/create  | {\"Image\":\"a\"}                      | create-required",
                "CREATE=safe TARGETS=label:a=b | GET /containers/json?before=x | ''                                    | target-parameter-unconfined",
                "CONTAINERS=1 MASK=paths | GET /containers/json?filters=%7B%22volume%22:%5B%22/a%22%5D%7D | ''    | masked-filter",
                "CREATE=safe TARGETS=name:ci-* | POST /containers/x/rename?name=web | ''                             | target-name",
                "CREATE=safe TARGETS=label:a=b | POST /auth                   | ''                                     | operation-unconfined",
            })
    void denialIsReportedAndTheResponseIsTheDaemons(String tried, String request, String body, String reason)
            throws Exception {
        start("next.env", tried.strip().replace(' ', '\n') + "\n");
        String sent = body.equals("LONG") ? "{\"Image\":\"" + "a".repeat(2000) + "\"}" : body;

        assertThat(send(request, sent)).isEqualTo(ANSWER);
        awaitRecords(" " + request.split(" ")[1].replaceAll("\\?.*", "") + " ");
        assertThat(send("GET /_ping", "")).isEqualTo(ANSWER);
        awaitRecords(" GET /_ping ");
        assertThat(await(() -> (reason == null) == counts().denials().isEmpty()))
                .as(counts().toString())
                .isTrue();
        if (reason != null) {
            awaitRecords(" would-deny " + reason + " ");
        }
        assertThat(records.stream().filter(line -> line.contains(" would-deny ")))
                .hasSize(reason == null ? 0 : 1);
        assertThat(counts().denials())
                .extracting(ShadowCounts.ShadowDenial::reason)
                .isEqualTo(reason == null ? List.of() : List.of(reason));
        assertThat(counts().judged()).isEqualTo(2);
        assertThat(counts().skipped().values()).allMatch(count -> count == 0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                // request                        | elements | end of the record
                "GET /containers/json?LIST-plain  | container | ContainerList hidden=2 of=3",
                "GET /images/json?LIST-plain      | image     | ImageList hidden=2 of=3",
                "GET /networks?LIST-plain         | network   | NetworkList hidden=2 of=3",
                "GET /volumes?LIST-plain          | volume    | VolumeList hidden=2 of=3",
                "GET /v4.0.0/libpod/containers/json?LIST-plain | container | ContainerListLibpod hidden=2 of=3",
                "GET /v4.0.0/libpod/pods/json?LIST-plain | pod | PodListLibpod hidden=2 of=3",
            })
    void elementsThatTargetsWouldHideAreCounted(String request, String noun, String record) throws Exception {
        start("next.env", "CREATE=safe\nTARGETS=label:owner=ci\n");

        String sent = listed(request);
        assertThat(send(sent, "")).isEqualTo(answer(sent.split(" ")[1]));
        awaitRecords(" would-hide target-outside GET " + request.split("[ ?]")[1] + " " + record);
        assertThat(counts().lists())
                .extracting(each -> each.count() + " " + each.hidden() + " " + each.lastHidden() + " " + each.lastOf()
                        + " " + each.noun() + " " + each.profile())
                .containsExactly("1 2 2 3 " + noun + " default");
        assertThat(counts().denials()).isEmpty();
        assertThat(counts().skipped().values()).allMatch(count -> count == 0);
    }

    @Test
    void chunkedListIsCounted() throws Exception {
        start("next.env", "CREATE=safe\nTARGETS=label:owner=ci\n");
        String target = listed("/containers/json?LIST-chunked");
        try (RawClient client = proxy.connect()) {
            assertThat(client.send("GET " + target + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n")
                            .readToEnd())
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .endsWith("}}]");
        }
        awaitRecords(" ContainerList hidden=2 of=3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"encoded", "malformed", "large"})
    void listThatCannotBeCopiedIsNotCounted(String form) throws Exception {
        start("next.env", "CREATE=safe\nTARGETS=label:owner=ci\n");
        String target = listed("/containers/json?LIST-" + form);

        assertThat(send("GET " + target, "")).isEqualTo(answer(target));
        assertThat(await(() -> counts().skipped().get(Skip.LIST) == 1)).isTrue();
        assertThat(counts().lists()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "TARGETS=label:owner=ci | GET /containers/json?LIST-error",
                "TARGETS=label:owner=ci | GET /_ping",
                "EXEC=1                 | GET /containers/json?LIST-plain",
            })
    void responseWithoutAHiddenElementIsNotReported(String tried, String request) throws Exception {
        start("next.env", "CREATE=safe\n" + tried + "\n");
        send(listed(request), "");
        send(listed("GET /containers/json?LIST-encoded"), "");
        awaitRecords(" GET /containers/json ");
        assertThat(await(() -> counts().judged() == 2)).isTrue();
        assertThat(counts().lists()).isEmpty();
        assertThat(records.stream().filter(line -> line.contains(" would-"))).isEmpty();
    }

    @Test
    void profileOfTheClientIsThatOfTheTriedFile() throws Exception {
        start("next.yaml", """
                profiles:
                  reader:
                    clients: [{network: 127.0.0.0/8}]
                    variables: {CONTAINERS: 1}
                """);
        assertThat(send("GET /images/json", "")).isEqualTo(ANSWER);

        awaitRecords("#");
        awaitRecords(" would-deny variable-missing GET /images/json ImageList shadow=reader");
        assertThat(counts().denials().get(0).sentence())
                .isEqualTo(
                        "ImageList (GET /images/json) is not allowed: set IMAGES=1 (profile reader: next.yaml line 4)");
        assertThat(counts().denials().get(0).profile()).isEqualTo("default");
        assertThat(counts().denials().get(0).client()).isEqualTo("127.0.0.1");
    }

    /** The requests that the policy in force denies count too. */
    @Test
    void requestsBeyondTheRateAreReported() throws Exception {
        start("next.yaml", """
                profiles:
                  reader:
                    clients: [{network: 127.0.0.0/8}]
                    variables: {CONTAINERS: 1}
                    max: {requests: 1/m, burst: 4}
                """);
        for (String target : List.of("/containers/json", "/nothing", "/containers/../x")) {
            send("GET " + target, "");
        }
        assertThat(send("GET /containers/json", "")).contains(" 200 OK");
        assertThat(counts().denials()).isEmpty();

        for (int i = 0; i < 3; i++) {
            assertThat(send("GET /containers/json", "")).contains(" 200 OK");
        }
        awaitRecords(" would-deny profile-max-requests GET /containers/json ContainerList shadow=reader");
        assertThat(counts().denials()).singleElement().satisfies(denied -> {
            assertThat(denied.count()).isEqualTo(3);
            assertThat(denied.sentence())
                    .startsWith("the limit of requests of this profile (1/m, burst 4) is reached; wait ")
                    .endsWith(" (profile reader: next.yaml line 5)");
        });
    }

    @Test
    void clientWithoutAProfileWouldBeDenied() throws Exception {
        start("next.yml", "profiles:\n  reader:\n    clients: [{network: 192.0.2.0/24}]\n");
        assertThat(send("GET /_ping", "")).isEqualTo(ANSWER);

        awaitRecords(" would-deny no-profile GET /_ping SystemPing shadow=otherwise");
    }

    @Test
    void largeBodyIsNotCopied() throws Exception {
        start("next.env", "CREATE=safe\nMAX_BODY=8m\n");
        String body = "{\"Image\":\"a\",\"Cmd\":[\"" + "a".repeat(2 << 20) + "\"]}";

        assertThat(send("POST /containers/create", body)).isEqualTo(ANSWER);
        assertThat(await(() -> counts().skipped().get(Skip.BODY) == 1)).isTrue();
        assertThat(counts().denials()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "next.yaml | profiles: {ci: {clinets: []}}  | there is no key clinets",
                "next.yaml | CREATE=safe                    | use lines with key: value here",
                "next.env  | profiles: {}                   | line 1 does not have the form NAME=value",
                "next.env  | CREATE=unsafe                  | CREATE",
                "next.env  | TARGETS=label:a=b              | TARGETS",
            })
    void fileThatCannotBeUsedIsAWarning(String file, String text, String problem) throws Exception {
        start(file, text + "\n");

        assertThat(proxy.server().configuration().shadow()).isNull();
        assertThat(proxy.server().configuration().notes())
                .anyMatch(note -> note.startsWith(
                                "SHADOW_POLICY=" + folder.resolve(file) + " cannot be used, so no policy is tried: ")
                        && note.contains(problem));
        assertThat(send("GET /containers/json", "")).isEqualTo(ANSWER);
    }
}
