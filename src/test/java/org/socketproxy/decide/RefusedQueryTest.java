package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;

/** Requests that depend on a query which the daemon answers with an error. Quotes are apostrophes. */
class RefusedQueryTest {
    private static final String ID = "a".repeat(64);
    private static final String NETWORK = "{'Id':'" + ID + "','Name':'own','Labels':{'owner':'ci'}}";
    private static final String CONTAINER = "{'Id':'" + ID + "','Name':'/own','Config':{'Labels':{'owner':'ci'}},"
            + "'HostConfig':{'NetworkMode':'none'},'Mounts':[]}";
    private static final String IMAGE =
            "{'Id':'sha256:" + ID + "','RepoTags':['own:1'],'Config':{'Labels':{'owner':'ci'}}}";

    @TempDir
    Path folder;

    private final Queue<String> forwarded = new ConcurrentLinkedQueue<>();

    /** @param refused line of the query, and the status of its answer */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                // query                         | TARGETS        | request                   | body | outcome
                "GET /containers/own/json 409       | ~~             | POST /containers/own/start | ~~  | 409 container-lookup",
                "GET /containers/own/json 500       | ~~             | POST /containers/own/start | ~~  | 502 container-lookup",
                "GET /containers/own/json 302       | ~~             | POST /containers/own/start | ~~  | 502 container-lookup",
                "GET /volumes/v 404                 | ~~             | POST /containers/create | {'Image':'a','HostConfig':{'Binds':['v:/v']}} | 201 allow",
                "GET /volumes/v 409                 | ~~             | POST /containers/create | {'Image':'a','HostConfig':{'Binds':['v:/v']}} | 409 volume-lookup",
                "GET /networks/own 409              | label:owner=ci | GET /networks/own | ~~ | 409 network-lookup",
                "GET /networks/own 404              | label:owner=ci | GET /networks/own | ~~ | 404 allow section",
                "GET /networks/own 500              | label:owner=ci | GET /networks/own | ~~ | 404 target-outside",
                "GET /v4.0.0/libpod/networks/ID/json 404 | label:owner=ci | DELETE /networks/own | ~~ | 201 allow",
                "GET /v4.0.0/libpod/networks/ID/json 409 | label:owner=ci | DELETE /networks/own | ~~ | 409 network-lookup",
                "GET /containers/own/json 409       | label:owner=ci | POST /networks/own/connect | {'Container':'own'} | 409 container-lookup",
                "GET /containers/own/json 404       | label:owner=ci | POST /networks/own/connect | {'Container':'own'} | 404 target-outside",
                "GET /containers/own/json 400       | label:owner=ci | POST /networks/own/connect | {'Container':'own'} | 404 target-outside",
                "GET /containers/own/json 500       | label:owner=ci | POST /networks/own/connect | {'Container':'own'} | 404 target-outside",
                "POST /volumes/create 409           | label:owner=ci | POST /containers/create | {'Image':'own:1','HostConfig':{'Binds':['v:/v']}} | 502 volume-lookup",
                "GET /containers/own/json 409       | label:owner=ci | GET /containers/json?filters={%22before%22:[%22own%22]} | ~~ | 409 container-lookup",
                "GET /containers/own/json 400       | label:owner=ci | GET /containers/json?filters={%22before%22:[%22own%22]} | ~~ | 404 target-outside",
                "GET /containers/own/json 500       | label:owner=ci | GET /containers/json?filters={%22before%22:[%22own%22]} | ~~ | 404 target-outside",
                "GET /containers/json 409           | name:own       | GET /v1.45/events | ~~ | 409 container-lookup",
            })
    void requestGetsAnAnswer(String refused, String targets, String request, String body, String outcome)
            throws Exception {
        String query = refused.substring(0, refused.lastIndexOf(' ')).replace("ID", ID);
        int status = Integer.parseInt(refused.substring(refused.lastIndexOf(' ') + 1));
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> answer(peer, query, status));
                ChainUnderTest chain =
                        ChainUnderTest.safe(daemon.host(), targets.isEmpty() ? Map.of() : Map.of("TARGETS", targets))) {
            String answer = FakeOwners.send(chain, request, body);

            assertThat(answer).startsWith(outcome.substring(0, 4)).contains(outcome.substring(4) + " ");
            assertThat(forwarded).hasSize(outcome.startsWith("201") ? 1 : 0);
        }
    }

    private void answer(FakeDaemon.Peer peer, String query, int status) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            String line = head.substring(0, head.indexOf(" HTTP/"));
            String path = line.replaceFirst("\\?.*", "");
            if (path.equals(query)) {
                peer.write(response(status, "{'message':'refused'}"));
            } else if (path.startsWith("GET /networks/")) {
                peer.write(response(200, NETWORK));
            } else if (path.startsWith("GET /containers/")) {
                peer.write(response(200, CONTAINER));
            } else if (path.startsWith("GET /images/")) {
                peer.write(response(200, IMAGE));
            } else if (path.startsWith("GET /")) {
                peer.write(response(404, "{'message':'none'}"));
            } else {
                forwarded.add(line);
                peer.write(response(201, "{}"));
            }
        }
    }

    private static String response(int status, String body) {
        return "HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length() + "\r\n\r\n" + body.replace('\'', '"');
    }
}
