package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.usage.ShadowCounts;
import org.socketproxy.usage.ShadowCounts.Skip;

/** The policy in {@code SHADOW_POLICY} reports what it would deny, and changes no response. */
class ShadowTest {
    private static final String ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";

    private static final String EXEC = "b".repeat(64);

    @TempDir
    Path folder;

    /** Requests that change objects. */
    private static final Pattern DAEMON_CHANGES = Pattern.compile("(?m)^(POST|DELETE) ");

    private static final Map<Skip, Long> NONE_SKIPPED =
            Arrays.stream(Skip.values()).collect(Collectors.toMap(cause -> cause, cause -> 0L));

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<String> records = new CopyOnWriteArrayList<>();
    private FakeDaemon daemon;
    private ProxyUnderTest proxy;

    @BeforeEach
    void startDaemon() throws IOException {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                asked.add(head.lines().findFirst().orElse(""));
                peer.write(answer(head.split(" ")[1]));
            }
        });
    }

    private static String answer(String target) {
        String id = "a".repeat(64);
        String body = "[]";
        if (target.contains("list-")) {
            return list(target);
        } else if (target.equals("/containers/x/json") || target.equals("/containers/" + id + "/json")) {
            body = "{\"Id\":\"" + id + "\",\"Name\":\"/x\",\"Config\":{\"Image\":\"a\",\"Labels\":{\"owner\":\"dev\"}},"
                    + "\"HostConfig\":{\"NetworkMode\":\"host\"}}";
        } else if (target.equals("/exec/" + EXEC + "/json")) {
            body = "{\"ID\":\"" + EXEC + "\",\"ContainerID\":\"" + id + "\",\"ProcessConfig\":{\"privileged\":false}}";
        } else if (target.equals("/networks/other")) {
            body = "{\"Id\":\"" + id + "\",\"Name\":\"other\",\"Labels\":{\"owner\":\"dev\"}}";
        } else if (target.equals("/volumes/host")) {
            body = "{\"Name\":\"host\",\"Driver\":\"local\",\"Labels\":{\"owner\":\"dev\"},"
                    + "\"CreatedAt\":\"2026-01-01T00:00:00Z\",\"Options\":{\"type\":\"none\",\"o\":\"bind\",\"device\":\"/\"}}";
        } else if (target.equals("/volumes/now")) {
            body = "{\"Name\":\"now\",\"Driver\":\"local\",\"Labels\":null,\"CreatedAt\":\"2999-01-01T00:00:00Z\"}";
        } else if (target.equals("/images/a/json")) {
            body = "{\"Id\":\"sha256:" + id
                    + "\",\"RepoTags\":[\"a:latest\"],\"Config\":{\"Labels\":{\"owner\":\"dev\"}}}";
        } else if (target.contains("/gone") || target.contains("/absent")) {
            return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        }
        return ANSWER.replace("Length: 2", "Length: " + body.length()).replace("[]", body);
    }

    /** Replaces {@code LIST-form} by a filter that is valid for all lists, and tells the daemon the form of its answer. */
    private static String listed(String request) {
        return request.replaceFirst("LIST-([a-z]+)", "filters=%7B%22label%22:%5B%22list-$1%22%5D%7D");
    }

    /** Answers with one object of each of three owners, in a form that the target names. */
    private static String list(String target) {
        String elements = Stream.of("ci", "dev", "dev")
                .map(owner -> "{\"Id\":\"" + "a".repeat(64)
                        + "\",\"Name\":\"n\",\"Names\":[\"/n\"],\"Labels\":{\"owner\":\"" + owner + "\"}}")
                .collect(Collectors.joining(","));
        String body = target.startsWith("/volumes") ? "{\"Volumes\":[" + elements + "]}" : "[" + elements + "]";
        String head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
        return switch (target.replaceAll(".*list-([a-z]+).*", "$1")) {
            case "plain" -> head + "Content-Length: " + body.length() + "\r\n\r\n" + body;
            case "chunked" ->
                head + "Transfer-Encoding: chunked\r\n\r\n"
                        + body.chars()
                                .mapToObj(each -> "1\r\n" + (char) each + "\r\n")
                                .collect(Collectors.joining()) + "0\r\n\r\n";
            case "encoded" -> head + "Content-Encoding: gzip\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
            case "malformed" -> head + "Content-Length: 9\r\n\r\n[{\"Id\":1}";
            case "large" -> {
                String large =
                        body.replace("]}", "]}" + " ".repeat(1 << 20)).replaceAll("\\]$", " ".repeat(1 << 20) + "]");
                yield head + "Content-Length: " + large.length() + "\r\n\r\n" + large;
            }
            default -> "HTTP/1.1 500 Internal Server Error\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        };
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    /** Starts a proxy with all variables that tries a policy. */
    private void start(String file, String text) throws IOException {
        Map<String, String> environment = new HashMap<>(ProxyUnderTest.everything());
        environment.put("SOCKET_PATH", daemon.socket().toString());
        environment.put("LOG_LEVEL", "info");
        environment.put(
                "SHADOW_POLICY", Files.writeString(folder.resolve(file), text).toString());
        proxy = ProxyUnderTest.recording(environment, lines -> lines.lines().forEach(records::add));
    }

    private ShadowCounts.Snapshot counts() {
        return proxy.server().configuration().shadow().counts().snapshot();
    }

    private String send(String request, String body) throws IOException {
        String[] words = request.split(" ");
        String headers = words.length > 2 ? words[2].replace("~", "\r\n") + "\r\n" : "";
        String length = body.isEmpty()
                ? ""
                : "Content-Type: application/json\r\nContent-Length: " + body.getBytes(StandardCharsets.UTF_8).length
                        + "\r\n";
        try (RawClient client = proxy.connect()) {
            return client.send(
                            words[0] + " " + words[1] + " HTTP/1.1\r\nHost: d\r\n" + headers + length + "\r\n" + body)
                    .readResponse();
        }
    }

    private static boolean await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        return condition.getAsBoolean();
    }

    private void awaitRecords(String part) throws InterruptedException {
        assertThat(await(() -> records.stream().anyMatch(line -> line.contains(part))))
                .as(records.toString())
                .isTrue();
    }

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
    void floodIsNotAskedAbout() throws Exception {
        start("next.env", "CREATE=safe\nTARGETS=label:owner=ci\n");
        for (int i = 0; i < 100; i++) {
            assertThat(send("GET /containers/x/json", "")).contains(" 200 OK");
        }
        assertThat(await(() -> counts().judged() == 100)).isTrue();
        assertThat(counts().skipped().get(Skip.DAEMON)).isPositive();
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
