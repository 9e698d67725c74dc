package org.socketproxy.decide;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** A volume of the proxy replaces a bind below {@code BINDS=/srv/**}. In the JSON, apostrophes stand for quotes. */
class BindStepTest {
    private static final String DOCKERD = "{'ApiVersion':'1.45','Components':[{'Name':'Engine'}]}";
    private static final String OWN = "{'Name':'socket-proxy-bind_srv--a','Driver':'local','Labels':{'a':'b'},"
            + "'Options':{'type':'none','o':'rbind,rprivate','device':'/srv'}}";

    private static final Pattern LENGTH = Pattern.compile("(?i)\r\nContent-Length: (\\d+)\r\n");

    @TempDir
    Path folder;

    private FakeDaemon daemon;
    private ChainUnderTest chain;
    private RawClient client;
    private final ConcurrentLinkedQueue<String> requests = new ConcurrentLinkedQueue<>();
    private String version = DOCKERD;
    /** The daemon's description of the volume; empty if it has none. */
    private String made = "";

    private void start(Map<String, String> settings) throws Exception {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readHead(); head != null; head = peer.readHead()) {
                Matcher length = LENGTH.matcher(head);
                requests.add(head + (length.find() ? peer.read(Integer.parseInt(length.group(1))) : ""));
                String target = head.split(" ", 3)[1];
                if (target.equals("/version")) {
                    answer(peer, 200, version);
                } else if (target.startsWith("/volumes/")) {
                    answer(peer, made.isEmpty() ? 404 : 200, made.isEmpty() ? "{}" : made);
                } else if (target.startsWith("/volumes?")) {
                    answer(peer, 200, "{'Volumes':[" + OWN + ",{'Name':'socket-proxy-bind_x','Driver':'local'}]}");
                } else {
                    answer(peer, 201, "{'Id':'x'}");
                }
            }
        });
        chain = ChainUnderTest.safe(daemon.host(), settings);
        client = chain.connect();
    }

    private static void answer(FakeDaemon.Peer peer, int status, String body) throws IOException {
        peer.write(
                "HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length() + "\r\n\r\n" + body.replace('\'', '"'));
    }

    @BeforeEach
    void startSafe() throws Exception {
        start(Map.of("BINDS", "/srv/**"));
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        chain.close();
        daemon.close();
    }

    private RawResponse create(String version, String hostConfig) throws IOException {
        String json = ("{'Image':'i','HostConfig':" + hostConfig + "}").replace('\'', '"');
        client.send("POST " + version + "/containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + json.length() + "\r\n\r\n" + json);
        return client.readAnswer("POST");
    }

    private String forwarded() {
        return requests.stream()
                .filter(request -> request.contains("/containers/create "))
                .reduce((first, last) -> last)
                .orElse("nothing")
                .replace('"', '\'');
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'Binds':['/srv/a:/t']} | {'Binds':[],'Mounts':[{'Type':'volume','Source':'socket-proxy-bind_srv--a','Target':'/t','ReadOnly':false,'VolumeOptions':{'NoCopy':true,'Labels':{'socket-proxy.bind':''/srv/a:/t''},'DriverConfig':{'Name':'local','Options':OPTIONS},'Subpath':'a'}}]}",
                "{'Binds':['v:/v','/srv/a/:/t:ro']} | {'Binds':['v:/v'],'Mounts':[{'Type':'volume','Source':'socket-proxy-bind_srv--a','Target':'/t','ReadOnly':true,'VolumeOptions':{'NoCopy':true,'Labels':{'socket-proxy.bind':''/srv/a/:/t:ro''},'DriverConfig':{'Name':'local','Options':OPTIONS},'Subpath':'a'}}]}",
                "{'Mounts':[{'Type':'bind','Source':'/srv/a','Target':'/t','ReadOnly':true},{'Type':'tmpfs','Target':'/x'}]} | {'Mounts':[{'Type':'volume','Source':'socket-proxy-bind_srv--a','Target':'/t','ReadOnly':true,'VolumeOptions':{'NoCopy':true,'Labels':{'socket-proxy.bind':'{'Type':'bind','Source':'/srv/a','Target':'/t','ReadOnly':true}'},'DriverConfig':{'Name':'local','Options':OPTIONS},'Subpath':'a'}},{'Type':'tmpfs','Target':'/x'}],'Binds':[]}"
            },
            quoteCharacter = '`')
    void bodyGetsAVolumeInPlaceOfTheBind(String hostConfig, String expected) throws Exception {
        RawResponse created = create("/v1.45", hostConfig);

        assertThat(created.status()).as(created.body()).isEqualTo(201);
        String sent = forwarded().replace("\\'", "'").replaceAll("'Options':\\{[^}]*}", "'Options':OPTIONS");
        assertThat(sent).startsWith("POST /v1.45/containers/create ").contains("'HostConfig':" + expected);
        assertThat(requests).anyMatch(request -> request.startsWith("GET /volumes/socket-proxy-bind_srv--a "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'Binds':['v:/v']}",
                "{'Binds':null,'Mounts':null}",
                "{'Mounts':[{'Type':'tmpfs','Target':'/x'}]}"
            })
    void bodyWithoutSuchABindPassesUnchanged(String hostConfig) throws Exception {
        RawResponse created = create("/v1.41", hostConfig);

        assertThat(created.status()).isEqualTo(201);
        assertThat(forwarded()).startsWith("POST /v1.41/").contains("{'Image':'i','HostConfig':" + hostConfig + "}");
        assertThat(requests)
                .noneMatch(request -> request.startsWith("GET /volumes/socket") || request.contains("/version"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'ApiVersion':'1.44','Components':[{'Name':'Engine'}]}        | the daemon is Podman, or has an API version below 1.45",
                "{'ApiVersion':'1.45','Components':[{'Name':'Podman Engine'}]} | the daemon is Podman, or has an API version below 1.45",
                "{'ApiVersion':'2','Components':[{'Name':'Engine'}]}           | the daemon is Podman, or has an API version below 1.45",
                "{}                                                            | the daemon is Podman, or has an API version below 1.45"
            })
    void daemonWithoutPathsInVolumesGetsNoSuchBind(String answer, String sentence) throws Exception {
        version = answer;

        RawResponse created = create("", "{'Binds':['/srv/a:/t']}");

        assertThat(created.status()).isEqualTo(403);
        assertThat(created.body())
                .contains(
                        "the bind of /srv/a needs a volume of this proxy, and " + sentence,
                        "CREATE_ALLOW=binds-unprotected");
        assertThat(forwarded()).isEqualTo("nothing");
    }

    @Test
    void volumeThatExistsAlreadyIsShared() throws Exception {
        made = OWN;

        assertThat(create("", "{'Binds':['/srv/a:/t','/srv/a:/u:ro']}").status())
                .isEqualTo(201);

        assertThat(forwarded()).contains("'Target':'/t'", "'Target':'/u'");
        assertThat(requests)
                .filteredOn(request -> request.startsWith("GET /volumes/socket"))
                .hasSize(1);
    }

    @Test
    void bodyWithTooManyBindsIsDenied() throws Exception {
        String binds = IntStream.rangeClosed(1, 65)
                .mapToObj(i -> "'/srv/" + i + ":/t" + i + "'")
                .collect(joining(","));

        RawResponse created = create("", "{'Binds':[" + binds + "]}");

        assertThat(created.body()).contains("the body has more than 64 such binds");
        assertThat(requests).noneMatch(request -> request.startsWith("GET /volumes/socket"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'Name':'socket-proxy-bind_srv--a','Driver':'local','Options':null}",
                "{'Name':'socket-proxy-bind_srv--a','Driver':'local','Options':{'type':'none','o':'rbind,rprivate','device':'/etc'}}",
                "{'Name':'socket-proxy-bind_srv--a','Driver':'local','Options':{'type':'none','o':'rbind,rprivate','device':'/srv','x':'y'}}",
                "{'Name':'socket-proxy-bind_srv--a','Driver':'plugin','Options':{'type':'none','o':'rbind,rprivate','device':'/srv'}}",
                "{'Name':'socket-proxy-bind_srv--b','Driver':'local','Options':{'type':'none','o':'rbind,rprivate','device':'/srv'}}",
                "[]"
            })
    void volumeThatIsNotTheProxysIsNotUsed(String answer) throws Exception {
        made = answer;

        RawResponse created = create("", "{'Binds':['/srv/a:/t']}");

        assertThat(created.status()).isEqualTo(403);
        assertThat(created.body()).contains("the daemon has another volume with the name socket-proxy-bind_srv--a");
        assertThat(forwarded()).isEqualTo("nothing");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''    | {'Binds':['/srv/a:/t']}                        | /containers/create",
                "/v1.45| {'Binds':['/srv/a:/t']}                        | /v1.45/",
                "/v1.52| {'Binds':['/srv/a:/t']}                        | /v1.52/",
                "/v1.41| {'Binds':['/srv/a:/t']}                        | /v1.45/",
                "/v1.24| {'Binds':['/srv/a:/t'],'Memory':1}             | /v1.45/",
                "/v1.43| {'Binds':['/srv/a:/t'],'Annotations':{}}       | /v1.45/"
            })
    void requestOfAnOlderVersionIsForwardedWithPathsInVolumes(String own, String hostConfig, String target)
            throws Exception {
        assertThat(create(own, hostConfig).status()).isEqualTo(201);

        assertThat(forwarded()).startsWith("POST " + target);
    }

    @Test
    void requestThatMeansSomethingElseInANewerVersionIsDenied() throws Exception {
        RawResponse created = create(
                "/v1.43",
                "{'Binds':['/srv/a:/t'],'Sysctls':null,'KernelMemory':0,'Mounts':[{'Type':'bind',"
                        + "'Source':'/srv/b','Target':'/b','BindOptions':{'ReadOnlyForceRecursive':true}}]}");

        assertThat(created.status()).isEqualTo(403);
        assertThat(forwarded()).isEqualTo("nothing");
    }

    @Test
    void permissionKeepsTheBind() throws Exception {
        stop();
        start(Map.of("BINDS", "/srv/**", "CREATE_ALLOW", "binds-unprotected"));

        assertThat(create("/v1.41", "{'Binds':['/srv/a:/t:ro']}").status()).isEqualTo(201);

        assertThat(forwarded()).startsWith("POST /v1.41/").contains("'Binds':['/srv/a:/t:ro']");
        assertThat(requests).noneMatch(request -> request.startsWith("GET /volumes/socket"));
    }

    /** Also an exact path, if a client could write the folder with it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/srv,/srv/a       | /srv/a:/t    | socket-proxy-bind_srv--a | Subpath':'a'",
                "/srv,/srv/a       | /srv:/t      | - | -",
                "/srv:ro,/srv/a    | /srv/a:/t    | - | -",
                "/srv/a            | /srv/a:/t    | - | -",
                "/srv/**:ro,/srv/a | /srv/a:/t    | - | -",
                "/srv/**,/srv/a/** | /srv/a:/t:ro | socket-proxy-bind_srv--a | Subpath':'a'",
            })
    void outermostPathThatAClientWritesIsTheRoot(String binds, String bind, String volume, String subpath)
            throws Exception {
        stop();
        start(Map.of("BINDS", binds));

        assertThat(create("", "{'Binds':['" + bind + "']}").status()).isEqualTo(201);

        assertThat(forwarded())
                .contains(volume.equals("-") ? "'Binds':['" + bind + "']" : "'Source':'" + volume + "'")
                .contains(subpath.equals("-") ? "HostConfig" : subpath);
    }

    /** Only volumes with the name and the options of the proxy are removed. */
    @Test
    void unusedVolumesAreRemoved() throws Exception {
        create("", "{}");

        long deadline = System.nanoTime() + 60_000_000_000L;
        while (requests.stream().noneMatch(request -> request.startsWith("DELETE ")) && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(requests)
                .filteredOn(request -> request.startsWith("DELETE "))
                .singleElement()
                .asString()
                .startsWith("DELETE /volumes/socket-proxy-bind_srv--a ");
    }
}
