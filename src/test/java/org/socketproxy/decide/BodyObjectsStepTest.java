package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** With {@code CREATE=safe} the existing volumes of a container are judged before it is created or entered. */
class BodyObjectsStepTest {
    private static final String ID = "a".repeat(64);
    private static final Map<String, String> VOLUMES = Map.of(
            "plain", "'Driver':'local','Options':null",
            "empty", "'Driver':'local','Options':{}",
            "tmpfs", "'Driver':'local','Options':{'type':'tmpfs','device':'tmpfs','o':'size=1m'}",
            "etc", "'Driver':'local','Options':{'type':'none','o':'bind','device':'/etc'}",
            "nfs", "'Driver':'local','Options':{'type':'nfs','o':'addr=h','device':':/x'}",
            "plugin", "'Driver':'sshfs','Options':{}",
            "odd", "'Driver':'local','Options':['/etc']",
            "nodriver", "'Options':null",
            "other", "'Driver':'local'");

    @TempDir
    Path folder;

    private FakeDaemon daemon;
    private ChainUnderTest chain;
    private RawClient client;
    private String info = "";

    private void start(Map<String, String> settings) throws Exception {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                String[] words = head.split(" ", 3);
                String name = words[1].substring(words[1].lastIndexOf('/') + 1);
                if (words[1].equals("/info") && !info.isEmpty()) {
                    peer.write(ok(info));
                } else if (words[1].endsWith("/json")) {
                    String volume = words[1].split("/")[2];
                    peer.write(ok("{'Id':'" + ID + "','Name':'/" + volume + "','HostConfig':{'Binds':['" + volume
                            + ":/x']},'Mounts':[{'Type':'volume','Name':'" + volume + "','RW':true}]}"));
                } else if (words[0].equals("GET") && name.equals("broken")) {
                    peer.write("HTTP/1.1 500 X\r\nContent-Length: 2\r\n\r\n{}");
                } else if (words[0].equals("GET") && name.equals("loop")) {
                    peer.write("HTTP/1.1 301 X\r\nContent-Length: 0\r\nLocation: /x\r\n\r\n");
                } else if (words[0].equals("GET") && !VOLUMES.containsKey(name)) {
                    peer.write("HTTP/1.1 404 X\r\nContent-Length: 15\r\n\r\n{\"message\":\"n\"}");
                } else if (words[0].equals("GET")) {
                    peer.write(
                            ok("{'Name':'" + (name.equals("other") ? "plain" : name) + "'," + VOLUMES.get(name) + "}"));
                } else {
                    peer.write(ok("done"));
                }
            }
        });
        chain = ChainUnderTest.safe(daemon.host(), settings);
        client = chain.connect();
    }

    @BeforeEach
    void startSafe() throws Exception {
        start(Map.of());
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        chain.close();
        daemon.close();
    }

    private static String ok(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body.replace('\'', '"');
    }

    private RawResponse post(String target, String body) throws IOException {
        String json = body.replace('\'', '"');
        client.send("POST " + target + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                + json.length() + "\r\n\r\n" + json);
        return client.readAnswer("POST");
    }

    private static String body(String form, String volume) {
        return switch (form) {
            case "bind" -> "{'HostConfig':{'Binds':['plain:/p','" + volume + ":/x:ro']}}";
            case "mount" -> "{'HostConfig':{'Mounts':[{'Type':'volume','Source':'" + volume + "','Target':'/x'}]}}";
            default ->
                "{'TaskTemplate':{'ContainerSpec':{'Image':'i','Mounts':[{'Type':'volume','Source':'" + volume
                        + "','Target':'/x'}]}}}";
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "missing  | 200 | done",
                "plain    | 200 | done",
                "empty    | 200 | done",
                "tmpfs    | 200 | done",
                "etc      | 403 | the volume etc's Options has options that can mount a path of the host",
                "nfs      | 403 | the volume nfs's Options has options that can mount a path of the host",
                "plugin   | 403 | the volume plugin's Driver is the volume driver sshfs",
                "odd      | 403 | the daemon's description of the volume cannot be read",
                "nodriver | 403 | the daemon's description of the volume cannot be read",
                "other    | 403 | the daemon describes another volume than other",
                "broken   | 502 | the daemon answered 500 to an inspect of the volume",
                "loop     | 502 | the daemon did not describe the volume",
            })
    void existingVolumeDecides(String volume, int status, String text) throws Exception {
        for (String form : new String[] {"bind", "mount", "service"}) {
            String target = form.equals("service") ? "/services/create" : "/containers/create?name=web";

            assertThat(post(target, body(form, volume)).toString()).as(form).startsWith(status + " " + text);
            assertThat(chain.takeRecord()).startsWith(status == 200 ? "allow " : "deny ");
        }
    }

    /** The proxy may run on another machine than the daemon. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "memory     | {'MemTotal':1099511627777} | 200 | done",
                "memory     | {'MemTotal':1099511627776} | 200 | done",
                "memory     | {'MemTotal':1099511627775} | 403 | HostConfig.Memory must be a limit of memory of at most the memory of the daemon's machine, because CREATE_REQUIRE has memory: docker run --memory 512m",
                "memory     | {}                         | 403 | HostConfig.Memory must be a limit of memory of at most the memory of the daemon's machine, because CREATE_REQUIRE has memory: docker run --memory 512m",
                "memory     | ''                         | 404 | {\"message\":\"n\"}",
                "memory:64t | ''                         | 200 | done",
            })
    void memoryIsThatOfTheDaemonsMachine(String requirement, String answer, int status, String text) throws Exception {
        stop();
        info = answer;
        start(Map.of("CREATE_REQUIRE", requirement));

        RawResponse response = post("/containers/create", "{'Image':'i','HostConfig':{'Memory':1099511627776}}");

        assertThat(response.toString()).isEqualTo(status + " " + text);
        assertThat(chain.takeRecord()).startsWith(status == 200 ? "allow " : "deny ");
    }

    /** A daemon that does not tell its kind counts as Podman. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'ServerVersion':'26.1.5','MemTotal':1099511627776}           | 1099511627776 | 200 | done",
                "{'ServerVersion':'26.1.5','MemTotal':1099511627775}           | 1099511627776 | 403 | ?memory must be",
                "{'ServerVersion':'5.4.2','BuildahVersion':'1.39.3','MemTotal':1}           | 1             | 403 | ImageBuild (POST /build) on Podman runs Dockerfiles",
                "{}                                                            | 1             | 403 | ImageBuild (POST /build) on Podman runs Dockerfiles",
                "''                                                            | 1             | 404 | {\"message\":\"n\"}",
            })
    void aBuildNeedsDockerd(String answer, String memory, int status, String text) throws Exception {
        stop();
        info = answer;
        start(Map.of("CREATE_REQUIRE", "memory"));

        RawResponse response = post("/build?t=a&memory=" + memory, "");

        assertThat(response.toString()).startsWith(status + " ").contains(text);
        assertThat(chain.takeRecord()).startsWith(status == 200 ? "allow " : "deny ");
    }

    /** An administrator's container has volumes that a client could not create. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "plain   | 200 | done",
                "etc     | 403 | the volume etc's Options has options",
                "plugin  | 403 | the volume plugin's Driver is the volume driver sshfs",
                "missing | 404 | {\"message\":\"n\"}",
                "broken  | 502 | the daemon answered 500 to an inspect of the volume",
            })
    void volumeOfAnEnteredContainerDecides(String volume, int status, String text) throws Exception {
        assertThat(post("/containers/" + volume + "/start", "").toString()).startsWith(status + " " + text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"volume-options,volume-driver:sshfs"})
    void permissionsAllowVolumes(String permissions) throws Exception {
        stop();
        start(Map.of("CREATE_ALLOW", permissions));

        for (String volume : new String[] {"etc", "nfs", "plugin"}) {
            assertThat(post("/containers/create", body("bind", volume)).status())
                    .isEqualTo(200);
            assertThat(post("/containers/" + volume + "/start", "").status()).isEqualTo(200);
        }
    }

    /** An anonymous volume is new, and a path is judged by BINDS. */
    @Test
    void bodyWithoutNamedVolumesAsksNothing() throws Exception {
        String body = "{'Volumes':{'/v':{}},'HostConfig':{'Binds':['/x'],'Mounts':[{'Type':'volume','Target':'/y'},"
                + "{'Type':'tmpfs','Target':'/t'}]}}";

        assertThat(post("/containers/create", body).status()).isEqualTo(200);
        assertThat(daemon.takeHead()).startsWith("POST /containers/create ");
    }

    /** No daemon has a volume with such a name. */
    @Test
    void nameThatFitsIntoNoRequestIsDenied() throws Exception {
        assertThat(post("/containers/create", body("mount", "v".repeat(500_000)))
                        .status())
                .isEqualTo(403);
        client.close(); // the proxy closes a connection with such a long body
        client = chain.connect();
        assertThat(post("/containers/create", body("mount", "plain")).status()).isEqualTo(200);
    }

    @Test
    void numberOfVolumesIsLimited() throws Exception {
        String binds =
                IntStream.range(0, 65).mapToObj(i -> "'v" + i + ":/v" + i + "'").collect(Collectors.joining(","));

        assertThat(post("/containers/create", "{'HostConfig':{'Binds':[" + binds + "]}}")
                        .toString())
                .startsWith("403 the body names more than 64 volumes");
        assertThat(post(
                                "/containers/create",
                                "{'HostConfig':{'Binds':[" + binds.replace("'v64:/v64'", "'v0:/w'") + "]}}")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void updaterKeepsTheVolumeOfAnAdministrator() throws Exception {
        stop();
        start(Map.of("CREATE_ALLOW", "recreate", "CREATE_IMAGES", "r/**"));
        String body = "{'Image':'r/x','HostConfig':{'Binds':['etc:/x']}}";

        assertThat(post("/containers/create?name=etc", body).status()).isEqualTo(403);
        assertThat(post("/containers/etc/stop", "").status()).isEqualTo(200);
        assertThat(post("/containers/create?name=etc", body).status()).isEqualTo(200);
        assertThat(post("/containers/etc/start", "").status()).isEqualTo(200);
        assertThat(post("/containers/create?name=etc", body.replace("etc:/x", "nfs:/x"))
                        .status())
                .isEqualTo(403);
        assertThat(post("/containers/etc/restart", "").status()).isEqualTo(403);
    }

    @Test
    void clientThatLeavesCreatesNothing() throws Exception {
        try (FakeDaemon silent = FakeDaemon.running(folder.resolve("."), peer -> {
                    peer.readRequest();
                    peer.readToEnd();
                });
                ChainUnderTest own = ChainUnderTest.safe(silent.host(), Map.of())) {
            try (RawClient leaving = own.connect()) {
                String json = body("bind", "etc").replace('\'', '"');
                leaving.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                        + "Content-Length: " + json.length() + "\r\n\r\n" + json);
                assertThat(silent.takeHead()).startsWith("GET /volumes/plain ");
            }
            assertThat(own.takeRecord()).startsWith("deny container-incomplete POST /containers/create ");
            assertThat(ProcessResources.await(() -> own.openExchanges() == 0)).isTrue();
            assertThat(silent.isUntouched()).isTrue();
        }
    }
}
