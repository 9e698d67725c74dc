package org.socketproxy.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "fd00:0:0:0:0:0:0:1, fd00:0:0:0:0:0:0:1",
        "'', unix",
        ", unix",
    })
    void nameOfATcpClientIsItsAddress(String address, String name) {
        assertThat(Client.at(address).name()).isEqualTo(name);
        assertThat(Client.at(address).limitKey()).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource({
        "alice, docker, unix:alice:docker",
        "1000, 998, unix:1000:998",
        "'a b', 'c\nd', unix:a\\u0020b:c\\u000ad",
    })
    void nameOfAUnixClientIsEscapedUserAndGroup(String user, String group, String name) {
        assertThat(unix(user, group).name()).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "remote=172.18.0.3             | address 172.18.0.3",
                "remote=172.18.0.3 listener=ci | address 172.18.0.3, listener ci",
                "uid=1000 gid=998              | uid 1000, gid 998",
                "local=10.0.0.1                | no address that the proxy can trust",
            })
    void factsAreInTheWordsOfAPolicyFile(String client, String facts) throws UnknownHostException {
        assertThat(TestClient.of(client).facts()).isEqualTo(facts);
    }

    @Test
    void limitKeyContainsTheUserAndNotTheGroup() {
        assertThat(unix("a", "x").limitKey())
                .isEqualTo(unix("a", "y").limitKey())
                .isNotEqualTo(unix("b", "x").limitKey());
    }

    @Test
    void limitKeyContainsTheSocket() {
        UnixPeer peer = new UnixPeer("a", "x", 1, 1);
        Client client = Client.unix(null, "/run/a.sock", peer);

        assertThat(client.limitKey())
                .isEqualTo(Client.unix("name", "/run/a.sock", peer).limitKey())
                .isNotEqualTo(Client.unix(null, "/run/b.sock", peer).limitKey())
                .isNotEqualTo(Client.unix(null, "/run/a.sock", null).limitKey());
        assertThat(client.name()).isEqualTo("unix:a:x");
    }

    private static Client unix(String user, String group) {
        return Client.unix(null, null, new UnixPeer(user, group, 1, 1));
    }

    @Test
    void nameIsTruncated() {
        assertThat(unix("u".repeat(100_000), "g").name()).hasSizeLessThan(210);
    }
}
