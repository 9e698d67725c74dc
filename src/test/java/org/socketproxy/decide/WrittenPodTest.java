package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;

/** Writes of a confined client to pods of Podman. The containers with the ids a and b belong to it, the one with f does not. */
class WrittenPodTest {
    private static final String POD = "9".repeat(64);
    private static final String BOTH = "containers:label:owner=ci,pods:label:owner=ci";

    @TempDir
    Path folder;

    private final Queue<String> forwarded = new ConcurrentLinkedQueue<>();
    private FakeDaemon daemon;

    /** Letters of the ids of the pod's containers. */
    private String members = "";

    private String list = response(
            200,
            Stream.of("a", "b")
                    .map(letter -> "{'Id':'" + letter.repeat(64) + "','Labels':{'owner':'ci'}}")
                    .collect(Collectors.joining(",", "[", "]")));

    @BeforeEach
    void startDaemon() throws IOException {
        daemon = FakeDaemon.running(folder, this::answer);
    }

    @AfterEach
    void stopDaemon() throws IOException {
        daemon.close();
    }

    private void answer(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readHead(); head != null; head = peer.readHead()) {
            String line = head.substring(0, head.indexOf(" HTTP/"));
            if (line.startsWith("GET /containers/json?all=1")) {
                peer.write(list);
            } else if (line.matches("GET /v4\\.0\\.0/libpod/pods/(web|9+|foreign)/json")) {
                peer.write(response(200, pod(line.contains("foreign") ? "foreign" : "web")));
            } else if (line.startsWith("GET ")) {
                peer.write(response(404, "{'cause':'no such pod','message':'none','response':404}"));
            } else {
                forwarded.add(line);
                peer.write(response(200, "{}"));
            }
        }
    }

    private String pod(String name) {
        String owner = name.equals("web") ? "ci" : "other";
        return "{'Id':'" + POD + "','Name':'" + name + "','Labels':{'owner':'" + owner + "'},"
                + members.chars()
                        .mapToObj(
                                letter -> "{'Id':'" + Character.toString(letter).repeat(64) + "'}")
                        .collect(Collectors.joining(",", "'Containers':[", "]}"));
    }

    private static String response(int status, String body) {
        return "HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length() + "\r\n\r\n" + body.replace('\'', '"');
    }

    private String send(String targets, String request) throws Exception {
        try (ChainUnderTest chain = ChainUnderTest.safe(daemon.host(), Map.of("TARGETS", targets))) {
            return FakeOwners.send(chain, request, "");
        }
    }

    /** @param members letters of the ids of the pod's containers */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                BOTH + " | ''  | POST /v5.0.0/libpod/pods/web/stop   | POST /v5.0.0/libpod/pods/ID/stop",
                BOTH + " | ab  | POST /v5.0.0/libpod/pods/web/stop   | POST /v5.0.0/libpod/pods/ID/stop",
                BOTH + " | b   | POST /libpod/pods/web/kill?signal=9 | POST /libpod/pods/ID/kill?signal=9",
                BOTH + " | a   | DELETE /libpod/pods/web?force=true  | DELETE /libpod/pods/ID?force=true",
                "pods:label:owner=ci | '' | POST /libpod/pods/web/pause | POST /libpod/pods/ID/pause",
            })
    void podWhoseContainersAreOwnIsWrittenByItsId(String targets, String members, String request, String line)
            throws Exception {
        this.members = members;

        assertThat(send(targets, request)).startsWith("200 {} ");
        assertThat(forwarded).containsExactly(line.replace("ID", POD));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                BOTH + " | f  | web     | 403 | reaches containers in this pod that are not of this profile",
                BOTH + " | af | web     | 403 | reaches containers in this pod that are not of this profile",
                BOTH + " | a  | foreign | 404 | no pod with name or ID foreign found",
                BOTH + " | a  | missing | 404 | no pod with name or ID missing found",
                "pods:label:owner=ci | a | web | 403 | reaches containers in this pod that are not of this profile",
            })
    void podThatReachesOthersIsNotWritten(String targets, String members, String name, int status, String sentence)
            throws Exception {
        this.members = members;

        assertThat(send(targets, "POST /v5.0.0/libpod/pods/" + name + "/stop"))
                .startsWith(status + " ")
                .contains(sentence)
                .contains("target-outside");
        assertThat(forwarded).isEmpty();
    }

    @Test
    void listThatCannotBeReadDeniesTheWrite() throws Exception {
        members = "a";
        list = response(200, "{'unexpected':1}");

        assertThat(send(BOTH, "POST /v5.0.0/libpod/pods/web/stop")).startsWith("502 ");
        assertThat(forwarded).isEmpty();
    }
}
