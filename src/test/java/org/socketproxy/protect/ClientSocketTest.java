package org.socketproxy.protect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ProxyUnderTest;

/** No container gets a socket of the proxy by which a client of another profile connects. */
class ClientSocketTest extends ClientProtectionFixture {
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
                    create: {rules: safe, binds: [%s], allow: [binds-unprotected]}
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
                    String body = row.body().replace("PATH", path);
                    String response = sendLater(proxy, row.request(), body);
                    softly.assertThat(response)
                            .as(trusted + " " + row.request() + " " + body)
                            .startsWith("HTTP/1.1 " + (row.isDenied() && !isFree ? "403 " : "200 "));
                    softly.assertThat(
                                    response.contains("(it needs trusts: [ci] in the profile admin (policy.yaml line 6)"
                                            + (container.equals("GUARD") ? " and PROTECT_SELF=0)" : ")")))
                            .as(trusted + " " + row.request() + " " + body + response)
                            .isEqualTo(row.isDenied() && trusted.equals("updater"));
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
