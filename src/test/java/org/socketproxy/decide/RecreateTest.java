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
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** {@code CREATE_ALLOW=recreate}: an updater creates a container again with the rights that it had. */
class RecreateTest {
    private static final String ID = "b".repeat(64);
    private static final String NETWORK = "c".repeat(64);
    private static final Map<String, String> SETTINGS =
            Map.of("CREATE_ALLOW", "recreate", "CREATE_IMAGES", "registry.local/**");
    private static final String HOST_CONFIG =
            "'HostConfig':{'Privileged':true,'Binds':['/:/host'],'CapDrop':['KILL'],'Memory':1024,'Runtime':'runc',"
                    + "'CgroupnsMode':'private','MaskedPaths':null,'NetworkMode':'n'}";
    private static final String CONFIG =
            "'Hostname':'h','Env':['A=1','B=2'],'Cmd':['run'],'Labels':{'l':'1','m':'2'},'User':'7'";
    private static final String IMAGE = "sha256:" + "d".repeat(64);
    private static final String IMAGE_CONFIG = "{'Config':{'Env':['A=1'],'Cmd':['run'],'Labels':{'l':'1'},'User':''}}";

    @TempDir
    Path folder;

    /** Status of every answer but those to an inspect. */
    private volatile String answer = "200 OK";

    private FakeDaemon daemon;
    private ChainUnderTest chain;
    private RawClient client;

    @BeforeEach
    void start() throws Exception {
        String inspect = ("{'Id':'" + ID + "','Name':'/app','Image':'" + IMAGE
                        + "','Config':{'Image':'registry.local/app:1'," + CONFIG + "},"
                        + HOST_CONFIG
                        + ",'NetworkSettings':{'Networks':{'n':{'NetworkID':'" + NETWORK
                        + "','IPAMConfig':null,'MacAddress':'02:42:ac:11:00:02',"
                        + "'IPAddress':'172.17.0.2','Aliases':['a']}}},'Mounts':[]}")
                .replace('\'', '"');
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                String line = head.substring(0, head.indexOf("\r\n"));
                boolean isImage = line.startsWith("GET /images/" + IMAGE + "/json ");
                String body = isImage ? IMAGE_CONFIG.replace('\'', '"') : line.contains("/json ") ? inspect : line;
                String status = line.contains("/json ") ? "200 OK" : answer;
                peer.write("HTTP/1.1 " + status + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            }
        });
        chain = ChainUnderTest.safe(daemon.host(), SETTINGS);
        client = chain.connect();
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        chain.close();
        daemon.close();
    }

    private RawResponse ask(String method, String target, String body) throws IOException {
        String json = body.replace('\'', '"');
        client.send(method + " " + target + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                + json.length() + "\r\n\r\n" + json);
        return client.readAnswer(method);
    }

    private static String create(String config, String hostConfig) {
        return "{'Image':'registry.local/app:2'," + config + "," + hostConfig + "}";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /containers/app/stop",
                "POST /containers/app/rename?name=app-old",
                "DELETE /containers/app",
                "POST /containers/app/kill"
            })
    void removedContainerIsCreatedAgainAndStarted(String ending) throws Exception {
        assertThat(ask("POST", "/containers/create?name=app", create(CONFIG, HOST_CONFIG))
                        .status())
                .isEqualTo(403);
        assertThat(ask("POST", "/containers/app/start", "").status()).isEqualTo(403);

        String[] words = ending.split(" ");
        assertThat(ask(words[0], words[1], "").body())
                .isEqualTo(ending.replace("/app", "/" + ID).replace("name=" + ID, "name=app") + " HTTP/1.1");

        assertThat(ask("POST", "/containers/create?name=app", create(CONFIG, HOST_CONFIG))
                        .status())
                .isEqualTo(200);
        assertThat(ask("POST", "/containers/app/start", "").body())
                .isEqualTo("POST /containers/" + ID + "/start HTTP/1.1");
        assertThat(chain.takeRecord())
                .startsWith("deny create-field ")
                .endsWith("B image=registry.local/app:2 name=app");
        assertThat(chain.takeRecord()).startsWith("deny create-field ").endsWith("B set=\"CREATE_ALLOW=privileged\"");
        assertThat(chain.takeRecord()).startsWith("allow ").endsWith("B");
        assertThat(chain.takeRecord())
                .startsWith("allow section POST /containers/create ContainerCreate 200 ")
                .endsWith("B image=registry.local/app:2 name=app recreate");
        assertThat(chain.takeRecord())
                .startsWith("allow alone POST /containers/app/start ContainerStart 200 ")
                .endsWith("B recreate");
    }

    /** An updater connects the new container with the address that the daemon gave the old one. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "n     | ID  | 'MacAddress':'02:42:ac:11:00:02','Aliases':['a'],'IPAddress':'172.17.0.2' | 403 | 200",
                "NETID | ID  | 'MacAddress':'02:42:ac:11:00:02'                     | 403 | 200",
                "n     | ID  | 'Aliases':['a']                                      | 200 | 200",
                "n     | ID  | 'MacAddress':'02:42:ac:11:00:03'                     | 403 | 403",
                "other | ID  | 'MacAddress':'02:42:ac:11:00:02'                     | 403 | 403",
                "n     | app | 'MacAddress':'02:42:ac:11:00:02'                     | 403 | 403",
                "n     | ID  | 'MacAddress':'02:42:ac:11:00:02','DriverOpts':{'a':'b'} | 403 | 403",
                "n     | ID  | 'MacAddress':'02:42:ac:11:00:02','unknown':1         | 403 | 403",
                "n     | ID  | 'IPAMConfig':{'IPv4Address':'172.17.0.9'}            | 403 | 403",
                "n     | ID  | 'NetworkID':'host'                                   | 403 | 403",
            })
    void newContainerIsConnectedLikeTheOld(String network, String container, String endpoint, int before, int after)
            throws Exception {
        String target = "/networks/" + network.replace("NETID", NETWORK) + "/connect";
        String body = "{'Container':'" + container.replace("ID", ID) + "','EndpointConfig':{" + endpoint + "}}";
        assertThat(ask("POST", target, body).status()).isEqualTo(before);
        assertThat(ask("DELETE", "/containers/app", "").status()).isEqualTo(200);

        assertThat(ask("POST", target, body).status()).isEqualTo(after);
    }

    /** The name of a link has no id. */
    @ParameterizedTest
    @CsvSource({
        "DELETE /containers/app?link=1, DELETE /containers/app?link=1",
        "DELETE /containers/app?link=true&v=1, DELETE /containers/app?link=true&v=1",
        "DELETE /containers/app?force=1, DELETE /containers/ID?force=1",
        "DELETE /containers/app?link=0, DELETE /containers/ID?link=0",
    })
    void removalOfALinkKeepsItsName(String request, String forwarded) throws Exception {
        String[] words = request.split(" ");

        assertThat(ask(words[0], words[1], "").body()).isEqualTo(forwarded.replace("ID", ID) + " HTTP/1.1");
    }

    /** A client can start the container again, but cannot enter it. */
    @ParameterizedTest
    @CsvSource({
        "POST, /containers/app/exec",
        "POST, /containers/app/restart",
        "POST, /containers/app/attach?stream=1",
        "POST, /containers/app/update",
        "GET, /containers/app/archive?path=%2F",
        "POST, /commit?container=app"
    })
    void recordedContainerIsNotEntered(String method, String target) throws Exception {
        assertThat(ask("POST", "/containers/app/stop", "").status()).isEqualTo(200);

        assertThat(ask(method, target, method.equals("GET") ? "" : "{}").status())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "app  | 'Cmd':['run']                             |                       | 200",
                "/app | 'Cmd':['run']                             |                       | 200",
                "app  | 'Env':['B=2'],'Labels':{'m':'2'}          |                       | 200",
                "app  | 'Env':null                                |                       | 403",
                "app  | 'Labels':{'l':'1'}                        |                       | 403",
                "app  | 'User':''                                 |                       | 403",
                "app  | 'Cmd':null                                |                       | 200",
                "app  | 'Cmd':['run']                             | 'CgroupnsMode':'private', -> | 403",
                "app  | 'NetworkingConfig':{'EndpointsConfig':{'n':{'MacAddress':'02:42:ac:11:00:02'}}} | | 200",
                "app  | 'NetworkingConfig':{'EndpointsConfig':{'n':{'MacAddress':'02:42:ac:11:00:03'}}} | | 403",
                "app  | 'NetworkingConfig':{'EndpointsConfig':{'other':{'Aliases':['a']}}} | | 403",
                "app  | 'NetworkingConfig':{'EndpointsConfig':{'n':{'NetworkID':'NETID'}}} | | 200",
                "app  | 'NetworkingConfig':{'EndpointsConfig':{'n':{'NetworkID':'host'}}} | | 403",
                "app  | 'NetworkingConfig':{'EndpointsConfig':{'n':{'NetworkID':'other'}}} | | 403",
                "other | 'Cmd':['run']                            |                       | 403",
                "app  | 'Cmd':['sh']                              |                       | 403",
                "app  | 'Entrypoint':['sh']                       |                       | 403",
                "app  | 'Healthcheck':{'Test':['CMD','sh']}       |                       | 403",
                "app  | 'Env':['A=1','C=3']                       |                       | 403",
                "app  | 'Env':['A=2']                             |                       | 403",
                "app  | 'Labels':{'l':'2'}                        |                       | 403",
                "app  | 'User':'0'                                |                       | 403",
                "app  | 'unknown':1                               |                       | 403",
                "app  | 'hostconfig':null                         |                       | 403",
                "app  | 'Cmd':['run']                             | '/:/host' -> '/:/host','/etc:/etc' | 403",
                "app  | 'Cmd':['run']                             | '/:/host' -> '/etc:/host' | 403",
                "app  | 'Cmd':['run']                             | 'CapDrop':['KILL'], -> | 403",
                "app  | 'Cmd':['run']                             | 'CapDrop' -> 'capdrop':null,'CapDrop' | 403",
                "app  | 'Cmd':['run']                             | 'Memory':1024, ->     | 403",
                "app  | 'Cmd':['run']                             | 'Runtime':'runc', ->  | 403",
                "app  | 'Cmd':['run']                             | 'Privileged' -> 'PidMode':'host','Privileged' | 403",
                "app  | 'Cmd':['run']                             | 'NetworkMode':'n' -> 'NetworkMode':'host' | 403",
            })
    void newContainerHasNoMoreThanTheOld(String name, String config, String change, int status) throws Exception {
        assertThat(ask("DELETE", "/containers/app", "").status()).isEqualTo(200);
        String[] words = change == null ? new String[] {"'HostConfig'", "'HostConfig'"} : change.split(" ->\\s*", 2);

        String others = (config.contains("'Env'") ? "" : ",'Env':['B=2']")
                + (config.contains("'Labels'") ? "" : ",'Labels':{'m':'2'}")
                + (config.contains("'User'") ? "" : ",'User':'7'");
        String body = create(config.replace("NETID", NETWORK) + others, HOST_CONFIG.replace(words[0], words[1]));
        assertThat(ask("POST", "/containers/create?name=" + name, body).status())
                .isEqualTo(status);
    }

    /** A refused request leaves no record, so that it displaces none. */
    @ParameterizedTest
    @ValueSource(strings = {"304 Not Modified", "404 Not Found", "409 Conflict", "500 Internal Server Error"})
    void refusedEndingIsNotRecorded(String refusal) throws Exception {
        answer = refusal;
        assertThat(ask("POST", "/containers/app/kill", "").status())
                .isEqualTo(Integer.parseInt(refusal.substring(0, 3)));
        answer = "200 OK";

        assertThat(ask("POST", "/containers/create?name=app", create(CONFIG, HOST_CONFIG))
                        .status())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nginx", "registry.other/app", ""})
    void imageIsOneOfCreateImages(String image) throws Exception {
        assertThat(ask("DELETE", "/containers/app", "").status()).isEqualTo(200);

        String body = create(CONFIG, HOST_CONFIG).replace("registry.local/app:2", image);
        assertThat(ask("POST", "/containers/create?name=app", body).status()).isEqualTo(403);
    }

    @Test
    void nameIsGivenOnce() throws Exception {
        assertThat(ask("DELETE", "/containers/app", "").status()).isEqualTo(200);

        assertThat(ask("POST", "/containers/create?name=app&name=evil", create(CONFIG, HOST_CONFIG))
                        .status())
                .isEqualTo(403);
        assertThat(ask("POST", "/containers/create", create(CONFIG, HOST_CONFIG))
                        .status())
                .isEqualTo(403);
    }
}
