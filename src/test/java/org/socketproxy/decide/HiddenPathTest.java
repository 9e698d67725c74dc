package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** With {@code MASK=paths} the denial of a container names no path of the host. */
class HiddenPathTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "'Mounts':[{'Type':'bind','Source':'/srv/hunter2','RW':true}]",
                "'Mounts':[{'Type':'bind','Source':'/proc/hunter2','RW':false}]",
                "'Mounts':[{'Type':'bind','Source':'/srv/x,hunter2','RW':false}]",
                "'Mounts':[{'Type':'bind','Source':'/srv/hunter2/../x','RW':false}]",
                "'HostConfig':{'Devices':[{'PathOnHost':'/dev/hunter2'}]}",
                "'HostConfig':{'Devices':[{'PathOnHost':'/hunter2'}]}",
                "'HostConfig':{'CgroupParent':'/hunter2'}",
            })
    void denialOfAContainerNamesNoPath(String members) throws Exception {
        assertThat(start("paths", members)).startsWith("HTTP/1.1 403 ").doesNotContain("hunter2");
    }

    /** A path of a request's own body is not hidden, and without the group nothing is. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "paths | *binds ***masked-by-socket-proxy*** for writing* (BINDS=***masked-by-socket-proxy*** would*",
                "env   | *binds /srv/x for writing* (BINDS=/srv/x would*",
            })
    void settingNamesTheMarker(String mask, String parts) throws Exception {
        String denial = start(mask, "'Mounts':[{'Type':'bind','Source':'/srv/x','RW':true}]");

        assertThat(denial).contains(parts.replaceAll("^\\*|\\*$", "").split("(?<!\\*)\\*(?!\\*)"));
    }

    private String start(String mask, String members) throws Exception {
        String inspect = ("{'Id':'" + "a".repeat(64) + "',"
                        + (members.contains("HostConfig") ? "" : "'HostConfig':{'Runtime':'runc'},") + members + "}")
                .replace('\'', '"');
        Map<String, String> settings =
                new HashMap<>(Map.of("CREATE", "safe", "CONTAINERS", "1", "POST", "1", "MASK", mask));
        try (FakeDaemon daemon = FakeDaemon.answering(
                        folder, "HTTP/1.1 200 X\r\nContent-Length: " + inspect.length() + "\r\n\r\n" + inspect);
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), settings);
                RawClient client = proxy.connect()) {
            client.send("POST /containers/x/restart HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n");
            return client.readResponse();
        }
    }
}
