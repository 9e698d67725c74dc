package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RealPodman;
import org.socketproxy.testing.RestartableDocker;

/** {@code CREATE=safe} compares a body with the defaults of real daemons, which an administrator can change. */
class DaemonDefaultsIT {
    private static final Map<String, String> SETTINGS = Map.of("CREATE", "safe");

    @TempDir
    Path folder;

    private static RawResponse create(ProxyUnderTest proxy, String hostConfig) throws Exception {
        String body = ("{'Image':'missing-defaults-it','HostConfig':{" + hostConfig + "}}").replace('\'', '"');
        try (RawClient client = proxy.connect()) {
            client.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                    + "Content-Length: " + body.length() + "\r\n\r\n" + body);
            return client.readAnswer("POST");
        }
    }

    /** The image is missing, so that a body that passes the proxy is answered with 404. */
    private static void assertAllowed(ProxyUnderTest proxy, String hostConfig, boolean isAllowed) throws Exception {
        RawResponse answer = create(proxy, hostConfig);
        assertThat(answer.status()).as(hostConfig + answer.body()).isEqualTo(isAllowed ? 404 : 403);
    }

    @Test
    void dockerWithDefaultsOfItsOwn() throws Exception {
        Path profile = Files.writeString(
                folder.resolve("strict.json"), "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[]}");
        try (RestartableDocker docker = RestartableDocker.start(List.of(
                        "--add-runtime", "strict=/usr/sbin/runc",
                        "--default-runtime", "strict",
                        "--seccomp-profile", profile.toString()));
                ProxyUnderTest proxy = ProxyUnderTest.before("unix://" + docker.socket(), SETTINGS)) {
            assertAllowed(proxy, "'Privileged':false", true);
            assertAllowed(proxy, "'Runtime':'runc'", false);
            assertAllowed(proxy, "'Runtime':'io.containerd.runc.v2'", false);
            assertAllowed(proxy, "'SecurityOpt':['seccomp=builtin']", false);
            assertAllowed(proxy, "'CapAdd':['NET_RAW']", true);
            docker.kill();

            assertThat(create(proxy, "'Runtime':'runc'").status()).isBetween(502, 504);
        }
    }

    @Test
    void dockerWithTheUsualDefaults() throws Exception {
        try (ProxyUnderTest proxy =
                ProxyUnderTest.before("unix://" + RealDocker.get().socket(), SETTINGS)) {
            assertAllowed(proxy, "'Runtime':'runc','SecurityOpt':['seccomp=builtin'],'CapAdd':['MKNOD']", true);
            assertAllowed(proxy, "'Runtime':'crun'", false);
        }
    }

    /** Without a number the highest limit is the memory of the daemon's machine. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void memoryOfTheDaemonsMachine(boolean isPodman) throws Exception {
        Path socket = isPodman ? RealPodman.get().socket() : RealDocker.get().socket();
        Map<String, String> settings = Map.of("CREATE", "safe", "CREATE_REQUIRE", "memory", "INFO", "1");
        try (ProxyUnderTest proxy = ProxyUnderTest.before("unix://" + socket, settings);
                RawClient client = proxy.connect()) {
            client.send("GET /info HTTP/1.1\r\nHost: d\r\n\r\n");
            String info = client.readAnswer("GET").body();
            Matcher total = Pattern.compile("\"MemTotal\":([0-9]+)").matcher(info);
            assertThat(total.find()).as(info).isTrue();
            long bytes = Long.parseLong(total.group(1));

            assertAllowed(proxy, "'Memory':" + bytes + ",'MemorySwap':" + 2 * bytes, true);
            assertAllowed(proxy, "'Memory':" + (bytes + 1), false);
            assertAllowed(proxy, "'Memory':" + bytes + ",'MemorySwap':" + (2 * bytes + 1), false);
        }
    }

    /** Podman gives no container these capabilities by itself. */
    @Test
    void podman() throws Exception {
        try (ProxyUnderTest proxy =
                ProxyUnderTest.before("unix://" + RealPodman.get().socket(), SETTINGS)) {
            assertAllowed(proxy, "'CapAdd':['CHOWN']", true);
            for (String capability : List.of("NET_RAW", "MKNOD", "AUDIT_WRITE")) {
                assertAllowed(proxy, "'CapAdd':['" + capability + "']", false);
            }
            assertAllowed(proxy, "'SecurityOpt':['seccomp=builtin']", false);
        }
    }
}
