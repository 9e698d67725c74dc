package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** Checks after a creation, and errors of creations. The tables have apostrophes in place of quotes. */
class CreationCheckTest {
    private static final String ID = "c".repeat(64);
    private static final String OTHER = "0123456789abcdef".repeat(4);

    @TempDir
    Path folder;

    /** Answers by request line without the protocol; the last one of a line is repeated. */
    private final Map<String, List<String>> answers = new java.util.concurrent.ConcurrentHashMap<>();

    private FakeDaemon daemon;

    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                String line = head.substring(0, head.indexOf(" HTTP/")).replaceFirst("/v1\\.\\d+", "");
                List<String> known = answers.getOrDefault(line, List.of("404 {'message':'none'}"));
                String answer = known.get(0);
                if (known.size() > 1) {
                    answers.put(line, known.subList(1, known.size()));
                }
                String body = answer.substring(4).replace('\'', '"');
                peer.write("HTTP/1.1 " + answer.substring(0, 3) + " X\r\nContent-Type: application/json\r\n"
                        + (answer.startsWith("204") ? "" : "Content-Length: " + body.length() + "\r\n") + "\r\n"
                        + body);
            }
        });
        answers.put("GET /volumes/v", List.of("200 " + volume("ci")));
        answers.put(
                "GET /images/i:1/json",
                List.of("200 {'Id':'sha256:" + ID + "','RepoTags':['i:1'],'Config':{'Labels':{'owner':'ci'}}}"));
        answers.put("POST /containers/create", List.of("201 {'Id':'" + ID + "','Warnings':[]}"));
        answers.put("DELETE /containers/" + ID + "?force=1&v=1", List.of("204 "));
    }

    @AfterEach
    void stop() throws IOException {
        daemon.close();
    }

    private static String volume(String owner) {
        return "{'Name':'v','Driver':'local','Labels':{'owner':'" + owner + "'}}";
    }

    private RawResponse send(ChainUnderTest chain, String line, String body) throws Exception {
        try (RawClient client = chain.connect()) {
            String json = body.replace('\'', '"');
            client.send(line + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                    + json.length() + "\r\n\r\n" + json);
            return client.readAnswer(line.split(" ")[0]);
        }
    }

    private ChainUnderTest chain() throws Exception {
        return ChainUnderTest.safe(daemon.host(), Map.of("TARGETS", "label:owner=ci"));
    }

    private List<String> deletions() throws InterruptedException {
        List<String> lines = new ArrayList<>();
        while (!daemon.isUntouched()) {
            String head = daemon.takeHead();
            if (head.startsWith("DELETE ")) {
                lines.add(head.split(" ")[1]);
            }
        }
        return lines;
    }

    /** @param then the owner of the volume after the creation; empty for a missing volume */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'Binds':['v:/x']                                           | 200 ci    | 201 | false",
                "'Binds':['v:/x']                                           | 200 other | 409 | true",
                "'Mounts':[{'Type':'volume','Source':'v','Target':'/x'}]    | 200 other | 409 | true",
                "'Binds':['v:/x']                                           | 404 ci    | 409 | true",
                "'Binds':['v:/x']                                           | 500 ci    | 409 | true",
                "'Mounts':[{'Type':'volume','Target':'/x'}]                 | 200 other | 201 | false",
            })
    void containerWithAVolumeThatChangedItsOwnerIsRemoved(String host, String then, int status, boolean isRemoved)
            throws Exception {
        String after = then.substring(0, 4) + volume(then.substring(4));
        answers.put("GET /volumes/v", List.of("200 " + volume("ci"), after));
        try (ChainUnderTest chain = chain()) {
            RawResponse answer = send(chain, "POST /containers/create", "{'Image':'i:1','HostConfig':{" + host + "}}");

            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.body().contains(ID)).isEqualTo(!isRemoved);
            assertThat(deletions()).isEqualTo(isRemoved ? List.of("/containers/" + ID + "?force=1&v=1") : List.of());
            assertThat(chain.takeRecord().contains("target-outside")).isEqualTo(isRemoved);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"ci | 201", "other | 409"})
    void volumeThatAnotherClientCreatedMeanwhileIsNotShown(String owner, int status) throws Exception {
        answers.put("GET /volumes/v", List.of("404 {'message':'none'}"));
        answers.put("POST /volumes/create", List.of("201 " + volume(owner)));
        try (ChainUnderTest chain = chain()) {
            RawResponse answer = send(chain, "POST /volumes/create", "{'Name':'v'}");

            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.body().contains("local")).isEqualTo(status == 201);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "POST /containers/create | 409 {'message':'Conflict. The container name \\'/x\\' is already in use by container \\'OTHER\\'.'}"
                        + " | {'message':'Conflict. The container name \\'/x\\' is already in use by container \\'hidden\\'.'}",
                "DELETE /volumes/v       | 409 {'message':'remove v: volume is in use - [OTHER, OTHER]'}"
                        + " | {'message':'remove v: volume is in use - [hidden, hidden]'}",
                "DELETE /images/i:1      | 409 {'message':'conflict: container 0123456789ab is using its referenced image cdef01234567'}"
                        + " | {'message':'conflict: container hidden is using its referenced image hidden'}",
                "DELETE /networks/n      | 403 {'message':'network n has active endpoints (name:\\'prod\\' id:\\'0123456789ab\\')'}"
                        + " | {'message':'network n has active endpoints (name:\\'hidden\\' id:\\'hidden\\')'}",
                "DELETE /volumes/v       | 404 {'message':'get v: no such volume 0123456789'} | {'message':'get v: no such volume 0123456789'}",
            })
    void errorNamesNoContainerOfOthers(String line, String error, String seen) throws Exception {
        answers.put("GET /networks/n", List.of("200 {'Id':'" + ID + "','Name':'n','Labels':{'owner':'ci'}}"));
        answers.put(line.replace("networks/n", "networks/" + ID), List.of(error.replace("OTHER", OTHER)));
        try (ChainUnderTest chain = chain()) {
            RawResponse answer = send(chain, line, line.startsWith("POST") ? "{'Image':'i:1'}" : "");

            assertThat(answer.body().replace('"', '\'')).isEqualTo(seen);
            assertThat(answer.status()).isEqualTo(Integer.parseInt(error.substring(0, 3)));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "409 conflict                        | 502",
                "409 {'message':['0123456789ab']}    | 502",
                "409 []                              | 502",
                "409 {'cause':'a','message':'b','response':409} | 409",
            })
    void errorOfAnotherFormIsWithheld(String error, int status) throws Exception {
        answers.put("POST /containers/create", List.of(error));
        try (ChainUnderTest chain = chain()) {
            assertThat(send(chain, "POST /containers/create", "{'Image':'i:1'}").status())
                    .isEqualTo(status);
        }
    }
}
