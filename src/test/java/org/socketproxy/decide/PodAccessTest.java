package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** With {@code CREATE=safe} the pods of Podman are judged before they are started or get a container. */
class PodAccessTest {
    /** Pods by name: their ids, and the ids of their infra container and of another one, each as its first letters. */
    private static final Map<String, String> PODS = Map.of(
            "web", "d1 e1 c1",
            "evil", "d2 e2 c2",
            "mixed", "d3 e3 c3",
            "volume", "d4 e4 c4",
            "needy", "d5 e5 c5");

    private static final Map<String, String> HARMFUL = Map.of(
            "e2", "'PidMode':'host'",
            "c3", "'Privileged':true");

    @TempDir
    Path folder;

    private FakeDaemon daemon;
    private ChainUnderTest chain;

    @BeforeEach
    void start() throws Exception {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readHead(); head != null; head = peer.readHead()) {
                String line = head.substring(0, head.indexOf(" HTTP/1.1"));
                int length = head.contains("Content-Length: ")
                        ? Integer.parseInt(head.replaceAll("(?s).*Content-Length: (\\d+).*", "$1"))
                        : 0;
                String body = length == 0 ? "" : " " + peer.read(length);
                String described = line.startsWith("GET") ? describe(line.substring(4)) : line + body;
                String answer = described.isEmpty() ? "it cannot be found" : described;
                peer.write("HTTP/1.1 " + (described.isEmpty() ? "404 X" : "200 X") + "\r\nContent-Length: "
                        + answer.length() + "\r\n\r\n" + answer.replace('\'', '"'));
            }
        });
        chain = ChainUnderTest.safe(daemon.host(), Map.of());
    }

    @AfterEach
    void stop() throws Exception {
        chain.close();
        daemon.close();
    }

    private static String full(String letters) {
        return letters.repeat(32);
    }

    private static String describe(String target) {
        for (Map.Entry<String, String> pod : PODS.entrySet()) {
            String[] ids = pod.getValue().split(" ");
            if (target.equals("/v4.0.0/libpod/pods/" + pod.getKey() + "/json")
                    || target.equals("/v4.0.0/libpod/pods/" + full(ids[0]) + "/json")) {
                return "{'Id':'" + full(ids[0]) + "','CgroupPath':'/libpod_parent/x','InfraContainerID':'"
                        + full(ids[1]) + "','Containers':[{'Id':'" + full(ids[2]) + "'},{'Id':'" + full(ids[1])
                        + "'}]}";
            }
            for (String id : new String[] {ids[1], ids[2]}) {
                if (target.equals("/v5.4.0/libpod/containers/" + full(id) + "/json")) {
                    String needed = id.equals("c5") ? ",'" + full("aa") + "'" : "";
                    return "{'Id':'" + full(id) + "','Pod':'" + full(ids[0]) + "','Dependencies':["
                            + (id.equals(ids[1]) ? "" : "'" + full(ids[1]) + "'" + needed) + "]}";
                }
                if (target.equals("/containers/" + full(id) + "/json")
                        || target.equals("/containers/in-" + id + "/json")) {
                    return inspect(id, ids[1]);
                }
            }
        }
        return target.startsWith("/volumes/")
                ? "{'Name':'v','Driver':'local','Options':{'o':'bind','device':'/etc'}}"
                : "";
    }

    private static String inspect(String id, String infra) {
        String joined = id.equals(infra) ? "" : "'NetworkMode':'container:" + full(infra) + "',";
        String mounts = id.equals("e4") ? "{'Type':'volume','Name':'v'}" : "";
        return "{'Id':'" + full(id) + "','HostConfig':{" + joined + "'CgroupParent':'/libpod_parent/x',"
                + HARMFUL.getOrDefault(id, "'ShmSize':1") + "},'Mounts':[" + mounts + "]}";
    }

    private String answer(String line, String body) throws IOException {
        try (RawClient client = chain.connect()) {
            String json = body.replace('\'', '"');
            client.send(line + " HTTP/1.1\r\nHost: d\r\nContent-Length: " + json.length() + "\r\n\r\n" + json);
            RawResponse response = client.readAnswer("POST");
            return response.status() + " " + response.body();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "web    | 200 | POST /v5.4.0/libpod/pods/{d1}/",
                "evil   | 403 | in the pod, the container's HostConfig.PidMode is host",
                "mixed  | 403 | in the pod, the container's HostConfig.Privileged is true",
                "volume | 403 | the volume v's Options has options that can mount a path of the host",
                "needy  | 403 | the container's Dependencies are started too",
                "none   | 404 | cannot be found",
            })
    void startedPod(String pod, int status, String text) throws Exception {
        for (String action : new String[] {"start", "restart", "unpause"}) {
            assertThat(answer("POST /v5.4.0/libpod/pods/" + pod + "/" + action, ""))
                    .startsWith(status + " ")
                    .contains(text.replace("{d1}", full("d1")));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "in-c1 | start        | 200 | POST /v5.4.0/libpod/containers/{c1}/start",
                "in-c1 | start?recursive=true | 200 | POST /v5.4.0/libpod/containers/{c1}/start?recursive=true",
                "in-c1 | attach       | 200 | POST /v5.4.0/libpod/containers/{c1}/attach",
                "in-e1 | start        | 200 | POST /v5.4.0/libpod/containers/{e1}/start",
                "in-c2 | start        | 403 | in the pod, the container's HostConfig.PidMode is host",
                "in-c3 | start        | 403 | the container's HostConfig.Privileged is true",
                "in-c4 | attach       | 403 | the volume v's Options has options that can mount a path of the host",
                "in-c5 | start        | 403 | the container's Dependencies are started too",
                "in-c5 | attach       | 200 | POST /v5.4.0/libpod/containers/{c5}/attach",
            })
    void enteredContainer(String container, String action, int status, String text) throws Exception {
        assertThat(answer("POST /v5.4.0/libpod/containers/" + container + "/" + action, ""))
                .startsWith(status + " ")
                .contains(text.replace("{c1}", full("c1"))
                        .replace("{c5}", full("c5"))
                        .replace("{e1}", full("e1")));
    }

    /** The daemon lists the infra container last. */
    @Test
    void containerOfADeniedPodIsNotRememberedAsAllowed() throws Exception {
        assertThat(answer("POST /v5.4.0/libpod/pods/evil/start", "")).startsWith("403 ");

        assertThat(answer("POST /v5.4.0/libpod/containers/" + full("c2") + "/attach", ""))
                .startsWith("403 ");
        assertThat(answer("POST /containers/" + full("c2") + "/attach", "")).startsWith("403 ");
    }

    /** Docker's API has no pods. */
    @ParameterizedTest
    @CsvSource({"in-c1", "in-e1"})
    void containerOfAPodIsNotEnteredByDockersApi(String container) throws Exception {
        assertThat(answer("POST /containers/" + container + "/start", ""))
                .startsWith("403 ")
                .contains("the container's HostConfig.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "web    | 200 | POST /v5.4.0/libpod/containers/create {'name':'a','pod':'{d1}','env':{'N':'1.50'}}",
                "mixed  | 200 | POST /v5.4.0/libpod/containers/create {'name':'a','pod':'{d3}','env':{'N':'1.50'}}",
                "evil   | 403 | in the pod, the container's HostConfig.PidMode is host",
                "volume | 403 | the volume v's Options has options that can mount a path of the host",
                "none   | 404 | cannot be found",
            })
    void podOfANewContainer(String pod, int status, String text) throws Exception {
        String answer =
                answer("POST /v5.4.0/libpod/containers/create", "{'name':'a','pod':'" + pod + "','env':{'N':'1.50'}}");

        assertThat(answer.replace('"', '\''))
                .startsWith(status + " ")
                .contains(text.replace("{d1}", full("d1")).replace("{d3}", full("d3")));
    }
}
