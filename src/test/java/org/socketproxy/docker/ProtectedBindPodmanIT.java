package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealPodman;

/** Podman has no paths inside of volumes on the Docker API, so that a bind below {@code /**} needs a permission. */
class ProtectedBindPodmanIT {
    private static final String NAME = "protected-bind-it";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | /containers/create?name= | {\"Image\":\"busybox:local\",\"HostConfig\":{\"Binds\":[\"FOLDER/data:/t\"]}} | 403 | the bind of FOLDER/data needs a volume of this proxy, and the daemon is Podman",
                "'' | /v1.41/containers/create?name= | {\"Image\":\"busybox:local\",\"HostConfig\":{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"FOLDER/data\",\"Target\":\"/t\"}]}} | 403 | the bind of FOLDER/data needs a volume of this proxy, and the daemon is Podman",
                "'' | /v5.0.0/libpod/containers/create?name= | {\"image\":\"docker.io/library/busybox:local\",\"name\":\"protected-bind-it\",\"mounts\":[{\"type\":\"bind\",\"source\":\"FOLDER/data\",\"destination\":\"/t\"}]} | 403 | binds FOLDER/data by the API of Podman: no volume of this proxy",
                "binds-unprotected | /containers/create?name= | {\"Image\":\"busybox:local\",\"HostConfig\":{\"Binds\":[\"FOLDER/data:/t\"]}} | 201 | \"Id\"",
                "binds-unprotected | /v5.0.0/libpod/containers/create?name= | {\"image\":\"docker.io/library/busybox:local\",\"name\":\"protected-bind-it\",\"mounts\":[{\"type\":\"bind\",\"source\":\"FOLDER/data\",\"destination\":\"/t\"}]} | 201 | \"Id\""
            })
    void bindNeedsThePermission(String allowed, String target, String body, int status, String answer)
            throws Exception {
        Files.createDirectories(folder.resolve("data"));
        RealPodman podman = RealPodman.get();
        Map<String, String> settings = new HashMap<>(ProxyUnderTest.everything());
        settings.putAll(Map.of("CREATE", "safe", "BINDS", folder + "/**", "CREATE_ALLOW", allowed));
        String json = body.replace("FOLDER", folder.toString());
        try (ProxyUnderTest proxy = ProxyUnderTest.with(podman.socket(), settings);
                RawClient client = proxy.connect()) {
            client.send("POST " + target + NAME
                    + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: " + json.length()
                    + "\r\n\r\n" + json);
            RawResponse created = client.readAnswer("POST");

            assertThat(created.status()).as(created.body()).isEqualTo(status);
            assertThat(created.body()).contains(answer.replace("FOLDER", folder.toString()));
            assertThat(created.body().contains("CREATE_ALLOW=binds-unprotected"))
                    .isEqualTo(status == 403);
        } finally {
            podman.cli(folder, Map.of()).script("docker rm -f " + NAME);
        }
    }
}
