package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** A client of one profile does not act on the clients of another one, and makes no container such a client. */
class ClientProtectionTest {
    private static final String GUARD = "9a4d" + "0".repeat(60);
    private static final String NETWORKS = "["
            + network("c0ffee", "clients", "172.30.2.0/24")
            + "," + network("c1ffee", "wide-clients", "172.30.2.128/25")
            + "," + network("a995", "apps", "172.30.3.0/24")
            + "," + network("a996", "my-apps", "172.30.5.0/24")
            + "," + network("94", "private", "172.30.4.0/24")
            + "," + network("b41d", "bridge", "172.17.0.0/16") + "]";
    private static final String CONTAINERS = "["
            + container("c11e", "portainer", "clients", "172.30.2.5", "portainer-data")
            + "," + container("db11", "old", "clients", "", "")
            + "," + container("eb", "web", "apps", "172.30.3.7", "cache")
            + "," + container("0d", "db", "apps", "172.30.3.8", "")
            + ","
            + container("5a4e", "sidecar", "none", "", "")
                    .replace("\"Image\"", "\"HostConfig\":{\"NetworkMode\":\"container:" + id("c11e") + "\"},\"Image\"")
            + "," + container(GUARD.substring(0, 4), "guard", "apps", "172.30.3.2", "")
            + "," + container("a9e7", "agent", "none", "", "").replace("/volumes/\"", "/run/proxy\"") + "]";

    @TempDir
    Path folder;

    private FakeDaemon daemon;
    private volatile boolean isDescribed = true;
    private volatile String mounts = "";
    private String clients = "{address: 127.0.0.1}";

    private static String id(String begin) {
        return begin + "0".repeat(64 - begin.length());
    }

    private static String network(String id, String name, String subnet) {
        return "{\"Id\":\"" + id(id) + "\",\"Name\":\"" + name + "\",\"IPAM\":{\"Config\":[{\"Subnet\":\"" + subnet
                + "\"}]}}";
    }

    private static String container(String id, String name, String network, String address, String volume) {
        return "{\"Id\":\"" + id(id) + "\",\"Names\":[\"/" + name + "\"],\"Image\":\"image-" + name
                + "\",\"ImageID\":\"sha256:1\",\"NetworkSettings\":{\"Networks\":{\"" + network + "\":{\"IPAddress\":\""
                + address + "\",\"NetworkID\":\"x\"}}},\"Mounts\":[{\"Type\":\"volume\",\"Name\":\"" + volume
                + "\",\"Source\":\"/volumes/" + volume + "\",\"Destination\":\"/data\"}]}";
    }

    private static String pod(String container) {
        return "{\"Id\":\"" + id("90d") + "\",\"Name\":\"mine\",\"InfraContainerID\":\"\",\"Containers\":[{\"Id\":\""
                + id(container) + "\"}]}";
    }

    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                String target = head.split(" ")[1];
                String body = answer(target);
                int status = target.equals("/containers/elsewhere/json") ? 404 : body.isEmpty() ? 500 : 200;
                peer.write("HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            }
        });
    }

    private String answer(String target) {
        if (target.equals("/containers/" + GUARD + "/json")) {
            return "{\"Id\":\"" + GUARD
                    + "\",\"Name\":\"/guard\",\"Image\":\"sha256:9\",\"Mounts\":[" + mounts
                    + "],\"NetworkSettings\":{\"Networks\":{"
                    + "\"apps\":{\"NetworkID\":\"" + id("a995") + "\",\"Aliases\":[\"socket-proxy\"]},"
                    + "\"my-apps\":{\"NetworkID\":\"" + id("a996") + "\"}}}}";
        }
        return switch (target) {
            case "/networks" -> isDescribed ? NETWORKS : "";
            case "/containers/json?all=1" -> isDescribed ? CONTAINERS : "";
            case "/v4.0.0/libpod/pods/mine/json" -> pod("eb");
            case "/v4.0.0/libpod/pods/theirs/json" -> pod("c11e");
            case "/volumes/cache", "/volumes/sockets" ->
                "{\"Name\":\"" + target.substring("/volumes/".length()) + "\",\"Driver\":\"local\"}";
            case "/volumes/linked" ->
                "{\"Name\":\"linked\",\"Driver\":\"local\",\"Options\":{\"o\":\"bind\",\"device\":\"/srv/run\"}}";
            default -> "{\"forwarded\":true}";
        };
    }

    @AfterEach
    void stop() throws IOException {
        daemon.close();
    }

    private ProxyUnderTest proxy(String others, String trusts) throws IOException {
        Path policy = folder.resolve("policy.yaml");
        Files.writeString(policy, """
                profiles:
                  ci:
                    clients: [%s]
                    variables: {POST: 1, BUILD: 1, CONTAINERS: 1, EXEC: 1, NETWORKS: 1, VOLUMES: 1, SERVICES: 1, COMMIT: 1,
                      LIBPOD_CONTAINERS: 1, LIBPOD_NETWORKS: 1, LIBPOD_PODS: 1,
                      ALLOW_ARCHIVE: 1, ALLOW_EXPORT: 1}
                    create: {rules: safe, allow: [join-container, volumes-from, network-options, host-network, build-network-host]}
                """.formatted(clients) + others + trusts);
        return ProxyUnderTest.with(
                daemon.socket(),
                Map.of(
                        "POLICY",
                        policy.toString(),
                        "SELF_CONTAINER",
                        GUARD,
                        "LISTEN",
                        "tcp://127.0.0.1:0,tcp://0.0.0.0:0?name=shared,unix://" + folder.resolve("s")));
    }

    private static final String ADMIN =
            "  admin:\n" + "    clients: [{network: 172.30.2.0/24}, {host: portainer}]\n    variables: {POST: 1}\n";

    private record Row(String request, String body, boolean isDenied) {}

    private static List<Row> corpus() {
        return corpus("client-protection.txt");
    }

    private static List<Row> corpus(String name) {
        try (InputStream lines = Objects.requireNonNull(ClientProtectionTest.class.getResourceAsStream(name))) {
            return new String(lines.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> line.split("\\s+\\|\\s+"))
                    .map(cells -> new Row(cells[0], cells[1], cells[2].strip().equals("denied")))
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static String send(ProxyUnderTest proxy, String request, String body) throws IOException {
        String json = body.equals("-") ? "" : body.replace('\'', '"');
        try (RawClient client = proxy.connect()) {
            client.send(request + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                    + json.length() + "\r\n\r\n" + json);
            RawResponse response = client.readAnswer(request.split(" ")[0]);
            return response.head() + response.body();
        }
    }

    /** Sends a request until the proxy knows its own container. */
    private static String sendLater(ProxyUnderTest proxy, String request, String body) throws IOException {
        String response = send(proxy, request, body);
        while (response.contains("the daemon has not described the container of this proxy")) {
            response = send(proxy, request, body);
        }
        return response;
    }

    @Test
    void aClientOfAnotherProfileIsProtectedUnlessItsProfileTrusts() throws IOException {
        SoftAssertions softly = new SoftAssertions();
        try (ProxyUnderTest proxy = proxy(ADMIN, "")) {
            for (Row row : corpus()) {
                String response = sendLater(proxy, row.request, row.body);
                boolean isDenied = response.startsWith("HTTP/1.1 403 ")
                        && response.contains("trusts: [ci] in the profile admin (policy.yaml line ");
                softly.assertThat(isDenied).as(row + " " + response).isEqualTo(row.isDenied);
            }
        }
        try (ProxyUnderTest proxy = proxy(ADMIN, "    trusts: [ci]\n")) {
            for (Row row : corpus()) {
                softly.assertThat(sendLater(proxy, row.request, row.body))
                        .as(row.toString())
                        .doesNotContain("trusts:");
            }
        }
        softly.assertAll();
    }

    @Test
    void withoutADescriptionNoRequestActsOnAContainer() throws IOException {
        isDescribed = false;
        try (ProxyUnderTest proxy = proxy(ADMIN, "")) {
            assertThat(sendLater(proxy, "POST /containers/web/stop", "-")).startsWith("HTTP/1.1 503 ");
            assertThat(sendLater(proxy, "POST /networks/apps/connect", "{'Container':'web'}"))
                    .startsWith("HTTP/1.1 503 ");
            assertThat(sendLater(proxy, "GET /containers/json", "-")).startsWith("HTTP/1.1 200 ");

            isDescribed = true;
            assertThat(sendLater(proxy, "POST /containers/web/stop", "-")).startsWith("HTTP/1.1 200 ");
        }
    }

    /** The proxy asks for all containers only if there are clients that the profile must not act on. */
    @ParameterizedTest
    @ValueSource(
            strings = {"", "  other: {variables: {POST: 1}}\n", "  trusting: {clients: [{uid: 0}], trusts: [ci]}\n"})
    void aProfileAloneCostsNoQuestion(String others) throws IOException {
        isDescribed = false;
        try (ProxyUnderTest proxy = proxy(others, "")) {
            assertThat(sendLater(proxy, "POST /containers/web/stop", "-")).startsWith("HTTP/1.1 200 ");
            assertThat(sendLater(
                            proxy, "POST /containers/create", "{'Image':'a','HostConfig':{'NetworkMode':'clients'}}"))
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    /** Each row: clients of the profile ci and of the other one in front of it or behind it, a network, and if ci may join it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{address: 127.0.0.1}                           | {network: 172.30.2.0/24} | clients      | false",
                "{address: 127.0.0.1}                           | {address: 172.30.2.5}    | clients      | false",
                "{address: 127.0.0.1}                           | {address: 172.30.2.5}    | wide-clients | true",
                "{address: 127.0.0.1}                           | {network: 172.30.0.0/16} | apps         | false",
                "{address: 127.0.0.1}, {network: 172.30.3.0/24} | {network: 172.30.0.0/16} | apps         | true",
                "{address: 127.0.0.1}, {network: 172.30.3.0/24} | {network: 172.30.0.0/16} | private      | false",
                "{address: 127.0.0.1}                           | {local: 172.30.3.2}      | apps         | false",
                "{address: 127.0.0.1}                           | {local: 172.30.3.2}      | private      | true",
                "{address: 127.0.0.1}                           | {listener: shared}       | apps         | false",
                "{address: 127.0.0.1}                           | {listener: shared}       | private      | true",
                "{address: 127.0.0.1}                           | {listener: shared, network: 172.30.5.0/24} | apps | true",
                "{address: 127.0.0.1}                           | {listener: shared, network: 172.30.5.0/24} | my-apps | false",
                "{address: 127.0.0.1}                           | {uid: 1000}              | clients      | true",
                "{address: 127.0.0.1}                           | {network: 172.17.0.0/16} | default      | false",
                "{address: 127.0.0.1}                           | {network: 172.17.0.0/16} | host         | false",
                "{address: 127.0.0.1}                           | {network: 172.17.0.0/16} | none         | true",
                "{address: 127.0.0.1}                           | {network: 10.0.0.0/8}    | host         | true",
            })
    void networksOfEachCondition(String own, String other, String network, boolean isAllowed) throws IOException {
        clients = own;
        try (ProxyUnderTest proxy = proxy("  admin: {clients: [" + other + "], variables: {POST: 1}}\n", "")) {
            String body = "{'Image':'a','HostConfig':{'NetworkMode':'" + network + "'}}";
            assertThat(sendLater(proxy, "POST /containers/create", body))
                    .startsWith(isAllowed ? "HTTP/1.1 200 " : "HTTP/1.1 403 ");
        }
    }

    /** The steps of a build join a network like a container. */
    @ParameterizedTest
    @CsvSource({
        "172.17.0.0/16, ?networkmode=default, admin",
        "172.17.0.0/16, ?networkmode=bridge,  admin",
        "172.17.0.0/16, '',                   admin",
        "172.17.0.0/16, ?networkmode=host,    admin",
        "172.17.0.0/16, ?networkmode=none,    Podman",
        "10.0.0.0/8,    ?networkmode=host,    Podman",
        "10.0.0.0/8,    '',                   Podman",
    })
    void aBuildJoinsNoNetworkOfOtherClients(String other, String query, String reason) throws IOException {
        clients = "{address: 127.0.0.1}";
        try (ProxyUnderTest proxy =
                proxy("  admin: {clients: [{network: " + other + "}], variables: {POST: 1}}\n", "")) {
            assertThat(sendLater(proxy, "POST /build" + query, "{}"))
                    .startsWith("HTTP/1.1 403 ")
                    .contains(reason);
        }
    }

    private ProxyUnderTest proxyAtSocket(String other, String trusts, String self, String container)
            throws IOException {
        String binds = Stream.of("/run/proxy", "/var/run/proxy", folder + "/run")
                .map(path -> "\"" + path + "/**\", \"" + path + "-2\"")
                .collect(Collectors.joining(", ", "", ", \"/srv/**\""));
        Path policy = folder.resolve("policy.yaml");
        Files.writeString(policy, """
                profiles:
                  ci:
                    clients: [{listener: tcp}, {listener: ci}]
                    variables: {POST: 1, CONTAINERS: 1, EXEC: 1, SERVICES: 1, VOLUMES: 1, LIBPOD_CONTAINERS: 1}
                    create: {rules: safe, binds: [%s]}
                  admin: {clients: [%s], variables: {POST: 1}, trusts: [%s]}
                  updater: {}
                """.formatted(binds, other, trusts));
        Path socket = Files.createDirectories(folder.resolve("run")).resolve("s");
        return ProxyUnderTest.with(
                daemon.socket(),
                Map.of(
                        "POLICY",
                        policy.toString(),
                        "PROTECT_SELF",
                        self,
                        "SELF_CONTAINER",
                        container,
                        "LISTEN",
                        "tcp://127.0.0.1:0?name=tcp,unix://" + socket + "?name=ci,unix://" + folder
                                + "/other?name=other"));
    }

    /** Each row: whether the proxy protects its container, which is on the host if the daemon does not have it, and the folder of the socket on the host. */
    @ParameterizedTest
    @CsvSource({"0, elsewhere, FOLDER/run", "0, GUARD, /run/proxy", "0, GUARD, /var/run/proxy", "1, GUARD, /srv/proxy"})
    void noContainerGetsASocketOfAnotherProfile(String self, String container, String onHost) throws IOException {
        String path = onHost.replace("FOLDER", folder.toString());
        mounts = "{\"Type\":\"bind\",\"Source\":\"" + path + "\",\"Destination\":\"" + folder + "/run\"}";
        String name = container.replace("GUARD", GUARD);
        SoftAssertions softly = new SoftAssertions();
        for (String trusted : List.of("updater", "ci")) {
            boolean isFree = trusted.equals("ci") && self.equals("0");
            try (ProxyUnderTest proxy = proxyAtSocket("{uid: 4321}", trusted, self, name)) {
                for (Row row : corpus("client-sockets.txt")) {
                    String body = row.body.replace("PATH", path);
                    String response = sendLater(proxy, row.request, body);
                    softly.assertThat(response)
                            .as(trusted + " " + row.request + " " + body)
                            .startsWith("HTTP/1.1 " + (row.isDenied && !isFree ? "403 " : "200 "));
                    softly.assertThat(
                                    response.contains("(it needs trusts: [ci] in the profile admin (policy.yaml line 6)"
                                            + (container.equals("GUARD") ? " and PROTECT_SELF=0)" : ")")))
                            .as(trusted + " " + row.request + " " + body + response)
                            .isEqualTo(row.isDenied && trusted.equals("updater"));
                }
            }
        }
        softly.assertAll();
    }

    /** A volume with a device could be any folder of the host, also with trust. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "/volumes/create    | {'Name':'v','DriverOpts':{'type':'none','o':'bind','device':'/srv/run'}}",
                "/containers/create | {'Image':'a','HostConfig':{'Binds':['linked:/x']}}",
                "/containers/create | {'Image':'a','HostConfig':{'Mounts':[{'Type':'volume','Target':'/x','VolumeOptions':"
                        + "{'DriverConfig':{'Options':{'o':'bind','device':'/srv/run'}}}}]}}",
            })
    void noContainerGetsASocketByTheDeviceOfAVolume(String target, String body) throws IOException {
        try (ProxyUnderTest proxy = proxyAtSocket("{uid: 4321}", "ci", "0", "elsewhere")) {
            assertThat(sendLater(proxy, "POST " + target, body))
                    .startsWith("HTTP/1.1 403 ")
                    .contains("volume-options");
        }
    }

    /** The socket is in a volume that only the proxy mounts. */
    @ParameterizedTest
    @CsvSource({"updater, {uid: 4321},     false", "ci,      {uid: 4321},     true", "updater, {listener: tcp}, true"})
    void noContainerGetsTheVolumeWithASocket(String trusted, String other, boolean isAllowed) throws IOException {
        mounts = "{\"Type\":\"volume\",\"Name\":\"sockets\",\"Source\":\"/volumes/sockets\",\"Destination\":\"" + folder
                + "/run\"}";
        try (ProxyUnderTest proxy = proxyAtSocket(other, trusted, "0", GUARD)) {
            for (String mount : List.of(
                    "'Binds':['sockets:/x']", "'Mounts':[{'Type':'volume','Source':'sockets','Target':'/x'}]")) {
                String response =
                        sendLater(proxy, "POST /containers/create", "{'Image':'a','HostConfig':{" + mount + "}}");
                assertThat(response).startsWith(isAllowed ? "HTTP/1.1 200 " : "HTTP/1.1 403 ");
                assertThat(response.contains("trusts: [ci] in the profile admin"))
                        .isNotEqualTo(isAllowed);
            }
        }
    }

    /** The agent mounts the folder of the socket by another name of the folder. */
    @Test
    void aContainerWithTheSocketIsAClient() throws IOException {
        mounts = "{\"Type\":\"bind\",\"Source\":\"/var/run/proxy\",\"Destination\":\"" + folder + "/run\"}";
        try (ProxyUnderTest proxy = proxyAtSocket("{uid: 4321}", "updater", "0", GUARD)) {
            assertThat(sendLater(proxy, "POST /containers/agent/stop", "-"))
                    .contains("trusts: [ci] in the profile admin");
            assertThat(sendLater(proxy, "POST /containers/web/stop", "-")).startsWith("HTTP/1.1 200 ");
        }
    }

    /** Each row: a condition of the other profile, and if ci may bind the socket of the listener ci. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{uid: 4321}                  | false",
                "{gid: 4321}                  | false",
                "{listener: ci}               | false",
                "{listener: ci, uid: 4321}    | false",
                "{listener: other, uid: 4321} | true",
                "{listener: other}            | true",
                "{network: 10.0.0.0/8}        | true",
            })
    void socketsOfEachCondition(String other, boolean isAllowed) throws IOException {
        try (ProxyUnderTest proxy = proxyAtSocket(other, "updater", "0", "elsewhere")) {
            for (String path : List.of(folder + "/run", folder + "/run/s")) {
                String body = "{'Image':'a','HostConfig':{'Binds':['" + path + ":/x']}}";
                assertThat(sendLater(proxy, "POST /containers/create", body))
                        .startsWith(isAllowed ? "HTTP/1.1 200 " : "HTTP/1.1 403 ");
            }
        }
    }
}
