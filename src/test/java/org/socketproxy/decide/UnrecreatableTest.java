package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.recreate.EndedContainers;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** {@code CREATE_REQUIRE=recreatable}: an updater fails before it stops what it could not create again. */
class UnrecreatableTest {
    private static final String ID = "b".repeat(64);
    /** Values that the daemon adds by itself: an address in the network, a log driver, masked paths. */
    private static final String INSPECT = "{'Id':'" + ID + "','Name':'/app','State':{'Running':true},"
            + "'Config':{'Image':'registry.local/app:1','User':'7','Hostname':'h','Env':['A=1']},"
            + "'HostConfig':{'Memory':1024,'Runtime':'runc','NetworkMode':'n','CgroupnsMode':'host','ShmSize':1,"
            + "'LogConfig':{'Type':'syslog','Config':{}},'MaskedPaths':['/proc/asound','/proc/acpi','/proc/kcore',"
            + "'/proc/keys','/proc/latency_stats','/proc/timer_list','/proc/timer_stats','/proc/sched_debug','/proc/scsi',"
            + "'/sys/firmware']},'Mounts':[],"
            + "'NetworkSettings':{'Networks':{'n':{'MacAddress':'02:42','IPAddress':'172.17.0.2'}}}}";

    @TempDir
    Path folder;

    private static RawResponse ask(RawClient client, String request) throws Exception {
        client.send(request + " HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n");
        return client.readAnswer(request.substring(0, request.indexOf(' ')));
    }

    private RawResponse answer(String settings, String inspect, String inspectStatus, String request) throws Exception {
        Map<String, String> environment = new HashMap<>();
        for (String assignment : settings.split(" ")) {
            String[] words = assignment.split("=", 2);
            environment.put(words[0], words[1]);
        }
        String described = inspect.replace('\'', '"');
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                        String line = head.substring(0, head.indexOf("\r\n"));
                        boolean isQuestion = line.startsWith("GET /containers/");
                        boolean isVolume = line.startsWith("GET /volumes/");
                        String body = isQuestion
                                ? described
                                : line.startsWith("GET /info ")
                                        ? "{\"ServerVersion\":\"26.1.5\",\"MemTotal\":2048}"
                                        : isVolume
                                                ? "{\"Name\":\"v\",\"Driver\":\"local\",\"Options\":{\"device\":\"/etc\"}}"
                                                : line;
                        String status = isQuestion ? inspectStatus : "200 OK";
                        peer.write("HTTP/1.1 " + status + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
                    }
                });
                ChainUnderTest chain = ChainUnderTest.safe(daemon.host(), environment);
                RawClient client = chain.connect()) {
            return ask(client, request);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "x -> x                                                  | CREATE_REQUIRE=recreatable            | 200",
                "'Memory' -> 'Privileged':true,'Memory'                  | CREATE_REQUIRE=recreatable            | 403",
                "'Memory' -> 'Privileged':true,'Memory'                  | MAX_BODY=1m                           | 200",
                "'Memory' -> 'Privileged':true,'Memory'                  | CREATE_REQUIRE=recreatable CREATE_ALLOW=privileged | 200",
                "'Memory' -> 'Privileged':true,'Memory'                  | CREATE_REQUIRE=recreatable CREATE_ALLOW=recreate CREATE_IMAGES=registry.local/** | 200",
                "'Memory' -> 'Privileged':true,'Memory'                  | CREATE_REQUIRE=recreatable CREATE_ALLOW=recreate CREATE_IMAGES=nginx | 403",
                "'Running':true -> 'Running':false                       | CREATE_REQUIRE=recreatable            | 200",
                "'Mounts':[] -> 'Mounts':[{'Type':'bind','Source':'/etc','RW':true}] | CREATE_REQUIRE=recreatable | 403",
                "'Mounts':[] -> 'Mounts':[{'Type':'bind','Source':'/srv','RW':true}] | CREATE_REQUIRE=recreatable BINDS=/srv | 200",
                "'Mounts':[] -> 'Mounts':[{'Type':'volume','Name':'v'}]  | CREATE_REQUIRE=recreatable            | 403",
                "'Memory':1024 -> 'Memory':0                             | CREATE_REQUIRE=recreatable,memory     | 403",
                "x -> x                                                  | CREATE_REQUIRE=recreatable,memory     | 200",
                "'Memory':1024 -> 'Memory':2049                          | CREATE_REQUIRE=recreatable,memory     | 403",
                "'Memory':1024 -> 'Memory':2049                          | CREATE_REQUIRE=memory                 | 200",
                "'Memory':1024 -> 'Memory':2049                          | CREATE_REQUIRE=recreatable,memory:1m  | 200",
                "'User':'7' -> 'User':'0'                                | CREATE_REQUIRE=recreatable,non-root   | 403",
                "x -> x                                                  | CREATE_REQUIRE=recreatable CREATE_IMAGES=nginx | 403",
            })
    void runningContainerIsStoppedOnlyIfItCouldBeCreatedAgain(String change, String settings, int status)
            throws Exception {
        String[] words = change.split(" -> ");
        String inspect = words[0].equals("x") ? INSPECT : INSPECT.replace(words[0], words[1]);
        for (String request :
                new String[] {"POST /containers/app/stop", "POST /containers/app/kill", "DELETE /containers/app?force=1"
                }) {
            RawResponse answer = answer(settings, inspect, "200 OK", request);

            assertThat(answer.status()).as(request + answer.body()).isEqualTo(status);
            assertThat(answer.body().contains("CREATE_REQUIRE has recreatable")).isEqualTo(status == 403);
            assertThat(answer.body().contains("CREATE_ALLOW=recreate would")).isEqualTo(status == 403);
        }
    }

    /** The judged container is the one that is stopped: another one could get its name. */
    @Test
    void judgedContainerIsStoppedByItsId() throws Exception {
        assertThat(answer("CREATE_REQUIRE=recreatable", INSPECT, "200 OK", "POST /containers/app/stop")
                        .body())
                .isEqualTo("POST /containers/" + ID + "/stop HTTP/1.1");
        assertThat(answer("MAX_BODY=1m", INSPECT, "200 OK", "POST /containers/app/stop")
                        .body())
                .isEqualTo("POST /containers/app/stop HTTP/1.1");
    }

    /** Without the requirement the container is only watched, and the client gets the daemon's own answer. */
    @ParameterizedTest
    @ValueSource(strings = {"404 Not Found", "500 Internal Server Error"})
    void missingDescriptionDeniesOnlyWithTheRequirement(String status) throws Exception {
        assertThat(answer("MAX_BODY=1m", "{}", status, "POST /containers/app/stop")
                        .status())
                .isEqualTo(200);
        assertThat(answer("CREATE_REQUIRE=recreatable", "{}", status, "POST /containers/app/stop")
                        .status())
                .isGreaterThanOrEqualTo(404);
    }

    @Test
    void lastWarningsOfAProfileAreKept() {
        EndedContainers ended = new EndedContainers();
        Violation obstacle = new Violation(Violation.Kind.FIELD, "/x", "x is true", null);
        ended.warn("other", "c", "app", obstacle);
        for (int i = 0; i < 30; i++) {
            ended.warn("a", "c", "app-" + i, obstacle);
            ended.warn("a", "c", "app-" + i, obstacle);
        }

        assertThat(ended.warnings("a")).hasSize(20).last().asString().contains("app-29", "x is true");
        assertThat(ended.warnings("other")).isEmpty();
    }
}
