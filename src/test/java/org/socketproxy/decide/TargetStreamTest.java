package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** A confined client sees only own objects where the proxy must first ask which objects those are. */
class TargetStreamTest {
    private static final String OWN = "a".repeat(64);
    private static final String NEW = "b".repeat(64);
    private static final String OTHER = "c".repeat(64);
    private static final String SERVICE = "s".repeat(25);

    @TempDir
    Path folder;

    private final Map<String, String> answers = new HashMap<>();

    @BeforeEach
    void describe() {
        answers.put("/containers/json", "[{'Id':'k1','Names':['/ci-web'],'Labels':{'owner':'ci'}}]");
        answers.put("/networks", "[{'Id':'" + OWN + "','Name':'ci-net','Labels':{'owner':'ci'}}]");
        answers.put("/volumes", "{'Volumes':[{'Name':'ci-data','Labels':{'owner':'ci'}}],'Warnings':null}");
        answers.put("/images/json", "[{'Id':'sha256:1','RepoTags':['ci/app:1'],'Labels':{'owner':'ci'}}]");
        answers.put("/services", "[{'ID':'" + SERVICE + "','Spec':{'Name':'ci-s','Labels':{'owner':'ci'}}}]");
        answers.put("/networks/" + NEW, "{'Id':'" + NEW + "','Name':'n','Labels':{'owner':'ci'}}");
        answers.put("/networks/" + OTHER, "{'Id':'" + OTHER + "','Name':'n','Labels':{'owner':'dev'}}");
        answers.put(
                "/networks/" + OWN,
                "{'Id':'" + OWN
                        + "','Name':'ci-net','Labels':{'owner':'ci'},'Containers':{'k1':{'Name':'a'},'k2':{'Name':'b'}},"
                        + "'Peers':[{'IP':'1'}]}");
        answers.put("/volumes/new", "{'Name':'new','Labels':{'owner':'ci'}}");
        answers.put("/volumes/dev", "{'Name':'dev','Labels':{'owner':'dev'}}");
        answers.put(
                "/tasks",
                "[{'ID':'t1','ServiceID':'" + SERVICE
                        + "'},{'ID':'t2','ServiceID':'x'},{'ID':'t3'},{'ID':'t4','ServiceID':''}]");
    }

    private FakeDaemon daemon() throws IOException {
        return FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                String path = head.split(" ", 3)[1].replaceAll("\\?.*", "").replaceFirst("^/v1\\.\\d+", "");
                String body = answers.getOrDefault(path, "").replace('\'', '"');
                peer.write(
                        body.isEmpty()
                                ? "HTTP/1.1 503 X\r\nContent-Length: 2\r\n\r\n{}"
                                : "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                                        + body.length() + "\r\n\r\n" + body);
            }
        });
    }

    private RawResponse get(String targets, String target) throws Exception {
        try (FakeDaemon daemon = daemon();
                ChainUnderTest chain = ChainUnderTest.safe(daemon.host(), Map.of("TARGETS", targets));
                RawClient client = chain.connect()) {
            return client.request("GET", target).readAnswer("GET");
        }
    }

    private static String event(int number, String type, String action, String id, String attributes) {
        return "{'Type':'" + type + "','Action':'" + action + "','Actor':{'ID':'" + id + "','Attributes':{" + attributes
                + "}},'scope':'local','time':" + number + "}";
    }

    private String seen(String targets, String begin, String end, String... events) throws Exception {
        StringBuilder stream = new StringBuilder();
        for (String event : events) {
            stream.append(begin).append(event).append(end);
        }
        answers.put("/events", stream.toString());
        String body = get(targets, "/v1.45/events").body();
        return Pattern.compile("\"time\":(\\d+)")
                .matcher(body)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "label:owner=ci        | 1 1 1 0 1",
                "containers:name:ci-*  | 1 1 1 0 0",
                "containers:name:x     | 0 0 0 0 0",
                "images:reference:ci/* | 0 0 0 0 1"
            })
    void informationHasTheNumbersOfOwnObjects(String targets, String numbers) throws Exception {
        String form =
                "{'Containers':%s,'ContainersRunning':%s,'ContainersPaused':%s,'ContainersStopped':%s,'Images':%s,'Name':'h'}";
        answers.put("/info", form.formatted(9, 5, 2, 2, 7));

        assertThat(get(targets, "/info").body().replace('"', '\''))
                .isEqualTo(form.formatted((Object[]) numbers.split(" ")));
    }

    @Test
    void informationIsDeniedIfAListCannotBeRead() throws Exception {
        answers.put("/info", "{'Containers':9}");
        answers.put("/containers/json", "{}");

        assertThat(get("label:owner=ci", "/info").status()).isEqualTo(502);
    }

    private static String[] events() {
        return new String[] {
            event(1, "container", "create", "k3", "'owner':'ci','name':'x'"),
            event(2, "container", "create", "k2", "'owner':'dev','name':'y'"),
            event(3, "network", "connect", OWN, "'container':'k3','name':'ci-net'"),
            event(4, "network", "connect", OWN, "'container':'k2','name':'ci-net'"),
            event(5, "network", "create", NEW, "'name':'n'"),
            event(6, "network", "create", OTHER, "'name':'ci-net'"),
            event(7, "network", "connect", NEW, "'container':'k1','name':'n'"),
            event(8, "network", "destroy", NEW, "'name':'n'"),
            event(9, "network", "destroy", OTHER, "'name':'n'"),
            event(10, "volume", "create", "new", "'driver':'local'"),
            event(11, "volume", "create", "dev", "'driver':'local'"),
            event(12, "volume", "mount", "ci-data", "'container':'k2','driver':'local'"),
            event(13, "volume", "destroy", "ci-data", "'driver':'local'"),
            event(14, "volume", "destroy", "ci-data", "'driver':'local'"),
            event(15, "image", "tag", "sha256:1", "'name':'dev/app:1','owner':'ci'"),
            event(16, "image", "delete", "sha256:1", "'name':'sha256:1'"),
            event(17, "image", "delete", "sha256:2", "'name':'sha256:2'"),
            event(18, "image", "pull", "dev:1", "'name':'dev','owner':'dev'"),
            event(19, "container", "prune", "", "'reclaimed':'0'"),
            event(20, "daemon", "reload", "d", "'owner':'ci'"),
            event(21, "plugin", "enable", "p", "'owner':'ci','name':'ci-p'"),
            event(22, "service", "update", SERVICE, "'name':'ci-s'"),
            event(23, "service", "remove", "z", "'name':'z','owner':'ci'"),
            event(24, "secret", "create", "e", "'name':'ci-e','owner':'ci'"),
            event(25, "node", "update", "n", "'name':'n','owner':'ci'"),
            event(26, "container", "destroy", "k1", "'owner':'ci','name':'ci-web'"),
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "label:owner=ci              | 1 3 5 7 8 10 13 15 16 26",
                "containers:label:owner=ci   | 1 26",
                "name:ci-*                   | 6 13 14 22 24 26",
                "images:reference:ci/*       | 16",
                "images:reference:dev/**     | 15 16",
                "label:owner=ci,label:name=x | ''",
                "networks:name:ci-net        | 6"
            })
    void streamHasOnlyOwnEvents(String targets, String numbers) throws Exception {
        assertThat(seen(targets, "", "\n", events())).isEqualTo(numbers == null ? "" : numbers);
    }

    @Test
    void everyFormOfAStreamIsSplit() throws Exception {
        String expected = "1 3 5 7 8 10 13 15 16 26";

        assertThat(seen("label:owner=ci", "", "", events())).isEqualTo(expected);
        assertThat(seen("label:owner=ci", "", "\r\n", events())).isEqualTo(expected);
        assertThat(seen("label:owner=ci", "\u001e", "\n", events())).isEqualTo(expected);
    }

    /** The label is larger than what the proxy holds of an event; the daemon writes attributes in the order of their names. */
    @ParameterizedTest
    @CsvSource({
        "label:owner=ci, first",
        "label:owner=ci, last",
        "name:ci-*, first",
        "name:ci-*, last",
        "images:reference:dev/**, first",
        "networks:name:ci-net, first",
    })
    void aLargeEventIsDecidedByItsHead(String targets, String place) throws Exception {
        String label = "'big':'" + "\\u003c".repeat(20_000) + "'";
        String[] large = Arrays.stream(events())
                .map(event -> place.equals("first")
                        ? event.replace("'Attributes':{", "'Attributes':{" + label + ",")
                        : event.replace("}},'scope'", "," + label + "}},'scope'"))
                .toArray(String[]::new);
        String expected = seen(targets, "", "\n", events());

        assertThat(expected).isNotEmpty();
        assertThat(seen(targets, "", "\n", large)).isEqualTo(expected);
        assertThat(seen(targets, "\u001e", "", large)).isEqualTo(expected);
        assertThat(answers.get("/events")).contains(label);
    }

    @Test
    void aHugeEventOfAnotherProfileDoesNotEndTheStream() throws Exception {
        String huge = "'owner':'dev','name':'x','big':'" + "\\u003c".repeat(2_000_000) + "'";

        assertThat(seen(
                        "label:owner=ci",
                        "",
                        "\n",
                        event(1, "container", "start", "k9", huge),
                        event(2, "container", "start", "k1", "'owner':'ci','name':'ci-web'"),
                        event(3, "container", "start", "k9", huge.replace("dev", "ci"))))
                .isEqualTo("2 3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'Type':'container','Action':'start','Actor':{'ID':'k1','Attributes':{'owner':'dev','owner':'ci'}}}",
                "{'Type':'container','Actor':{'ID':'k2'},'Actor':{'ID':'k1','Attributes':{'owner':'ci'}}}",
                "{'Type':['container']}",
                "[1]",
                "{'Type':"
            })
    void eventOfAnotherFormEndsTheStream(String event) throws Exception {
        answers.put("/events", event);

        assertThat(get("label:owner=ci", "/events").isWhole()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ancestor", "pod", "x"})
    void unknownFilterOfEventsIsDenied(String name) throws Exception {
        assertThat(get("label:owner=ci", "/events?filters=%7B%22" + name + "%22%3A%5B%22a%22%5D%7D")
                        .status())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "label:owner=ci | /tasks                                       | 200 | t1",
                "name:ci-*      | /tasks                                       | 200 | t1",
                "name:dev-*     | /tasks                                       | 200 | ''",
                "label:owner=ci | /tasks?filters=%7B%22service%22:%5B%22ci-s%22%5D%7D | 200 | t1",
                "label:owner=ci | /tasks?filters=%7B%22service%22:%5B%22dev%22%5D%7D  | 404 | ''",
                "label:owner=ci | /tasks?filters=%7B%22service%22:%5B%22%22%5D%7D     | 404 | ''",
                "containers:name:x | /tasks                                              | 200 | ''",
                "containers:name:x | /tasks?filters=%7B%22service%22:%5B%22ci-s%22%5D%7D | 404 | ''",
                "label:owner=ci | /tasks?filters=%7B%22node%22:%5B%22n%22%5D%7D       | 403 | ''",
            })
    void tasksAreThoseOfOwnServices(String targets, String target, int status, String ids) throws Exception {
        RawResponse answer = get(targets, target);

        assertThat(answer.status()).isEqualTo(status);
        assertThat(Pattern.compile("t\\d").matcher(answer.body()).results())
                .extracting(found -> found.group())
                .isEqualTo(ids == null || ids.isEmpty() ? List.of() : List.of(ids));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/tasks    | /services        | {'ID':'x'}",
                "/events   | /networks        | [{'Id':1}]",
                "/events   | /volumes         | [{]",
                "/networks/a | /containers/json | [{'Id':'k1','Labels':[]}]",
            })
    void listThatCannotBeReadIsAnErrorOfTheDaemon(String target, String list, String answer) throws Exception {
        answers.put("/networks/a", answers.get("/networks/" + OWN));
        answers.put(list, answer);

        RawResponse refused = get("label:owner=ci", target);

        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.body()).contains("the daemon's answer cannot be read");
    }

    @Test
    void networkShowsOwnContainersOnly() throws Exception {
        assertThat(get("label:owner=ci", "/networks/" + OWN).body())
                .isEqualTo("{\"Id\":\"" + OWN + "\",\"Name\":\"ci-net\",\"Labels\":{\"owner\":\"ci\"},"
                        + "\"Containers\":{\"k1\":{\"Name\":\"a\"}},\"Peers\":[]}");
    }
}
