package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Requests of which only the daemon knows whether they act on the proxy's own container. Quotes are apostrophes. */
class OwnContainerTest {
    private static final String ID = "db".repeat(32);
    private static final String OTHER = "0".repeat(64);
    private static final String OF_SELF = "5e1f".repeat(16);
    private static final String OF_OTHER = "07e4".repeat(16);
    private static final String POD = "e".repeat(64);

    @TempDir
    Path folder;

    private final Map<String, String> answers = new HashMap<>();
    private FakeDaemon daemon;
    private ProxyUnderTest proxy;

    @BeforeEach
    void start() throws IOException {
        answers.put("/containers/" + ID + "/json", container(ID, "guard"));
        answers.put("/containers/guard/json", container(ID, "guard"));
        answers.put("/containers/" + OTHER + "/json", container(OTHER, "db"));
        answers.put("/containers/db/json", container(OTHER, "db"));
        answers.put("/containers/dbdb/json", container(ID, "guard"));
        answers.put("/containers/dbd/json", container(OTHER, "else"));
        answers.put("/exec/" + OF_SELF + "/json", exec(OF_SELF, ID));
        answers.put("/exec/" + OF_OTHER + "/json", exec(OF_OTHER, OTHER));
        answers.put("/libpod/exec/" + OF_SELF + "/json", exec(OF_SELF, ID));
        answers.put("/exec/bad/json", "[]");
        answers.put("/networks/n", "{'Id':'" + OTHER + "','Name':'n','Labels':{'owner':'ci'}}");
        answers.put("/v4.0.0/libpod/pods/own/json", pod("'},{'Id':'" + ID));
        answers.put("/v4.0.0/libpod/pods/other/json", pod(""));
        answers.put("/v5.0.0/libpod/containers/" + OTHER + "/json", "{'Id':'" + OTHER + "','Dependencies':[]}");
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                String target = head.split(" ")[1];
                boolean isQuestion = head.startsWith("GET ") && target.matches("/(.*/json|networks/.*)");
                String body = isQuestion ? answers.getOrDefault(target, "").replace('\'', '"') : "forwarded";
                int status = body.isEmpty() ? 404 : 200;
                String error = body.isEmpty() ? "{\"message\":\"none\"}" : body;
                peer.write("HTTP/1.1 " + status + " X\r\nContent-Length: " + error.length() + "\r\n\r\n" + error);
            }
        });
    }

    private static String container(String id, String name) {
        return "{'Id':'" + id + "','Name':'/" + name + "','Image':'','Config':{'Labels':{'owner':'ci'}},"
                + "'HostConfig':{'NetworkMode':'none'},'Mounts':[]}";
    }

    private static String pod(String others) {
        return "{'Id':'" + POD + "','InfraContainerID':'" + OTHER + "','Containers':[{'Id':'" + OTHER + others + "'}]}";
    }

    private static String exec(String id, String container) {
        return "{'ID':'" + id + "','ContainerID':'" + container + "','ProcessConfig':{'privileged':false}}";
    }

    @AfterEach
    void stop() throws IOException {
        if (proxy != null) {
            proxy.close();
        }
        daemon.close();
    }

    private void startProxy(String settings) throws Exception {
        Map<String, String> environment = new HashMap<>(Map.of("SELF_CONTAINER", ID));
        for (String setting : settings.isEmpty() ? new String[0] : settings.split(" ")) {
            environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }
        proxy = ProxyUnderTest.before(daemon.host(), environment);
        boolean isProtected = !settings.equals("PROTECT_SELF=0");
        assertThat(daemon.takeHeads(isProtected ? 2 : 0))
                .extracting(head -> head.split(" ")[1])
                .isEqualTo(isProtected ? List.of("/containers/" + ID + "/json", "/images//json") : List.of());
        sendOnceDescribed("POST /containers/" + OTHER + "/kill", "");
        takeTargets();
    }

    private List<String> takeTargets() throws InterruptedException {
        List<String> targets = new ArrayList<>();
        while (!daemon.isUntouched()) {
            targets.add(daemon.takeHead().split(" ")[1]);
        }
        return targets;
    }

    /** Sends the request again while the proxy does not know its own container. */
    private String sendOnceDescribed(String request, String body) throws IOException {
        String answer = send(request, body);
        while (answer.startsWith("503 ")) {
            Thread.onSpinWait();
            answer = send(request, body);
        }
        return answer;
    }

    private String send(String request, String body) throws IOException {
        try (RawClient client = proxy.connect()) {
            String json = body.replace('\'', '"');
            client.send(request + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                    + json.length() + "\r\n\r\n" + json);
            var answer = client.readAnswer(request.split(" ")[0]);
            return answer.status() + " " + answer.body();
        }
    }

    /** @param forwarded the target at the daemon, or the status of a denial */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | POST /containers/db/stop?t=1           | /containers/OTHER/stop?t=1",
                "'' | DELETE /v1.45/containers/db?force=1    | /v1.45/containers/OTHER?force=1",
                "'' | POST /commit?container=db&repo=x       | /commit?container=OTHER&repo=x",
                "'' | POST /commit?container=db&Container=db | 403",
                "'' | POST /libpod/containers/db/stop        | /libpod/containers/OTHER/stop",
                "'' | POST /containers/dbdb/stop             | 403",
                "'' | POST /containers/dbd/stop              | 403",
                "'' | POST /containers/dbdbd/stop            | 403",
                "'' | POST /containers/DB/stop               | 403",
                "'' | POST /containers/d_/stop               | 403",
                "'' | POST /containers/guard/stop            | 403",
                "'' | POST /containers/web/stop              | /containers/web/stop",
                "CREATE=safe | POST /containers/db/stop      | /containers/OTHER/stop",
                "CREATE=safe | POST /containers/db/restart   | /containers/OTHER/restart",
                "CREATE=safe TARGETS=label:owner=ci | POST /containers/db/stop   | /containers/OTHER/stop",
                "CREATE=safe TARGETS=label:owner=ci | POST /containers/dbdb/stop | 403",
            })
    void nameThatBeginsTheOwnIdIsThatOfTheContainerWithTheName(String settings, String request, String forwarded)
            throws Exception {
        startProxy(settings);

        String answer = send(request, "");
        List<String> targets = takeTargets();

        if (forwarded.equals("403")) {
            assertThat(answer).startsWith("403 ").contains("container of this proxy");
            assertThat(targets).allMatch(target -> target.endsWith("/json"));
        } else {
            assertThat(answer).isEqualTo("200 forwarded");
            assertThat(targets.get(targets.size() - 1)).isEqualTo(forwarded.replace("OTHER", OTHER));
        }
    }

    /** @param queries number of queries to the daemon before the start */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''          | POST /exec/SELF/start        | 403 | 1",
                "''          | POST /v1.45/exec/SELF/start  | 403 | 1",
                "''          | POST /libpod/exec/SELF/start | 403 | 1",
                "''          | POST /exec/OF_OTHER/start    | 200 | 1",
                "''          | POST /exec/bad/start         | 502 | 1",
                "''          | POST /exec/none/start        | 404 | 1",
                "CREATE=safe | POST /exec/SELF/start        | 403 | 1",
                "CREATE=safe | POST /exec/OF_OTHER/start    | 200 | 2",
                "CREATE=safe TARGETS=label:owner=ci | POST /exec/SELF/start     | 403 | 2",
                "CREATE=safe TARGETS=label:owner=ci | POST /exec/OF_OTHER/start | 200 | 2",
                "CREATE=safe TARGETS=label:owner=x  | POST /exec/SELF/start     | 404 | 3", // one for the daemon's
                // error text
                "PROTECT_SELF=0 | POST /exec/SELF/start     | 200 | 0",
            })
    void execInTheOwnContainerIsNotStarted(String settings, String request, int status, int queries) throws Exception {
        startProxy(settings);

        String answer = send(request.replace("OF_OTHER", OF_OTHER).replace("SELF", OF_SELF), "");

        assertThat(answer).startsWith(status + " ");
        assertThat(takeTargets().stream().filter(target -> target.endsWith("/json")))
                .hasSize(queries);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "label:owner=x,networks:label:owner=ci | /networks/n/connect    | {'Container':'guard'} | 404 {'message':'No such container: guard'}",
                "label:owner=x,networks:label:owner=ci | /networks/n/disconnect | {'Container':'dbdb'}  | 404 {'message':'No such container: dbdb'}",
                "label:owner=x,images:reference:i | /containers/create | {'Image':'docker.io/library/i:1','HostConfig':{'VolumesFrom':['guard']}} | 400 {'message':'No such container: guard'}",
                "label:owner=x,images:reference:i | /containers/create | {'Image':'docker.io/library/i:1','HostConfig':{'PidMode':'container:guard'}} | 400 {'message':'No such container: guard'}",
                "label:owner=ci                   | /networks/n/connect    | {'Container':'guard'} | 403 ",
            })
    void bodyThatNamesTheOwnContainerOutsideOfTheTargetsGetsNotFound(
            String targets, String target, String body, String answer) throws Exception {
        startProxy("CREATE=safe CREATE_ALLOW=join-container,volumes-from TARGETS=" + targets);

        assertThat(sendOnceDescribed("POST " + target, body).replace('"', '\'')).startsWith(answer);
    }

    /** A container of the proxy's pod would reach what listens on the proxy's loopback. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "own   | pods/POD/start    | ~~                        | 403",
                "own   | pods/POD/restart  | ~~                        | 403",
                "own   | pods/POD/unpause  | ~~                        | 403",
                "own   | containers/create | {'image':'a/b','pod':'POD'} | 403",
                "other | pods/POD/start    | ~~                        | 200",
                "other | containers/create | {'image':'a/b','pod':'POD'} | 200",
            })
    void podOfTheProxyIsNotStartedOrJoined(String pod, String path, String body, int status) throws Exception {
        startProxy("CREATE=safe");

        String answer = send("POST /v5.0.0/libpod/" + path.replace("POD", pod), body.replace("POD", pod));

        assertThat(answer).startsWith(status + " ").contains(status == 403 ? "container of this proxy" : "forwarded");
    }
}
