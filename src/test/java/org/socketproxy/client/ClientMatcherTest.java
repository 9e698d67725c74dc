package org.socketproxy.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.client.CertificateIdentity.CertificateName;
import org.socketproxy.testing.Corpus;

/** Tests conditions on clients with the table {@code client-matchers.txt}. */
class ClientMatcherTest {
    static Stream<List<String>> table() {
        return Corpus.lines(ClientMatcherTest.class, "client-matchers.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> List.of(line.split(" \\| ")));
    }

    @ParameterizedTest
    @MethodSource("table")
    void conditionMatchesTheClientsOfTheTable(List<String> row) throws UnknownHostException {
        assertThat(TestClient.condition(row.get(0)).matches(TestClient.of(row.get(1))))
                .isEqualTo(row.get(2).equals("yes"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "listener ci | listener ci | true",
                "uid 0 | uid 0 | true",
                "gid 998 | gid 998 | true",
                "network 172.20.0.0/24 | network 172.20.0.0/24 | false",
                "network 172.20.0.5/32 | network 172.20.0.5 | false",
                "network FD00::/8 | network fd00:0:0:0:0:0:0:0/8 | false",
                "network ::ffff:10.0.0.0/104 | network 10.0.0.0/8 | false",
                "local 172.20.0.2 | local 172.20.0.2 | false",
                "label a.b=ci | label a.b=ci | false",
                "label a=b and uid 0 | label a=b and uid 0 | true",
                "certificate cn runner-* | certificate cn runner-* | true",
                "certificate uri spiffe://td/* | certificate uri spiffe://td/* | true",
                "network 10.0.0.0/8 and local 10.0.0.1 | network 10.0.0.0/8 and local 10.0.0.1 | false",
                "network 10.0.0.0/8 and listener ci | network 10.0.0.0/8 and listener ci | true",
            })
    void conditionHasTextAndStrength(String condition, String text, boolean isHard) {
        assertThat(TestClient.condition(condition).text()).isEqualTo(text);
        assertThat(TestClient.condition(condition).isHard()).isEqualTo(isHard);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "uid 0                      | uid 0                                    | true",
                "uid 0                      | uid 1                                    | false",
                "network 172.16.0.0/12      | network 172.20.0.0/24                    | true",
                "network 172.16.0.0/12      | network 172.20.0.5                       | true",
                "network 172.20.0.0/24      | network 172.16.0.0/12                    | false",
                "network 172.20.0.0/24      | network 172.20.1.0/24                    | false",
                "network ::/0               | network 10.0.0.1                         | false",
                "network 10.0.0.0/8         | local 10.0.0.1                           | false",
                "local 10.0.0.0/8           | local 10.0.0.1                           | true",
                "network 10.0.0.0/8         | network 10.1.0.0/16 and listener ci      | true",
                "network 10.0.0.0/8 and uid 0 | network 10.1.0.0/16                    | false",
                "network 10.0.0.0/8 and listener ci | network 10.1.0.0/16 and listener ci | true",
                "network 10.0.0.0/8 and listener ci | network 10.1.0.0/16 and listener cd | false",
                "certificate cn runner-*    | certificate cn runner-7                  | false",
            })
    void conditionCoversNarrowerOnes(String condition, String other, boolean covers) {
        assertThat(TestClient.condition(condition).covers(TestClient.condition(other)))
                .isEqualTo(covers);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            quoteCharacter = '`',
            value = {
                "172.20.0.1/24 -> \"172.20.0.1/24\" has bits after the prefix; use 172.20.0.0/24 for the network, or"
                        + " 172.20.0.1 for the address",
                "fd00::1/64 -> \"fd00::1/64\" has bits after the prefix; use fd00:0:0:0:0:0:0:0/64 for the network, or"
                        + " fd00:0:0:0:0:0:0:1 for the address",
                "172.20.0.0/33 -> \"33\" is not a prefix length; use a number from 0 to 32",
                "172.20.0.0/ -> \"\" is not a prefix length; use a number from 0 to 32",
                "172.20.0.0/-1 -> \"-1\" is not a prefix length; use a number from 0 to 32",
                "172.20.0.0/08 -> \"08\" is not a prefix length; use a number from 0 to 32",
                "172.20.0.0/255.255.255.0 -> \"255.255.255.0\" is not a prefix length; use a number from 0 to 32",
                "fd00::/129 -> \"129\" is not a prefix length; use a number from 0 to 128",
                "::ffff:10.0.0.0/8 -> \"::ffff:10.0.0.0/8\" mixes IPv4 and IPv6 addresses; an IPv4-mapped address needs a"
                        + " prefix from 96 to 128. Use the IPv4 network instead",
                "172.20.0 -> \"172.20.0\" is not an IP address; use an address or a network, such as 172.20.0.0/24 or"
                        + " fd00::/8",
                "172.020.0.1 -> \"172.020.0.1\" is not an IP address; use an address or a network, such as"
                        + " 172.20.0.0/24 or fd00::/8",
                "172.20.0.256 -> \"172.20.0.256\" is not an IP address; use an address or a network, such as"
                        + " 172.20.0.0/24 or fd00::/8",
                "3221225985 -> \"3221225985\" is not an IP address; use an address or a network, such as 172.20.0.0/24"
                        + " or fd00::/8",
                "localhost -> \"localhost\" is not an IP address; use an address or a network, such as 172.20.0.0/24 or"
                        + " fd00::/8",
                "fe80::1%lo -> \"fe80::1%lo\" is not an IP address; use an address or a network, such as 172.20.0.0/24"
                        + " or fd00::/8",
                "[fd00::1] -> \"[fd00::1]\" is not an IP address; use an address or a network, such as 172.20.0.0/24 or"
                        + " fd00::/8",
                "1:2 -> \"1:2\" is not an IP address; use an address or a network, such as 172.20.0.0/24 or fd00::/8",
                "*  -> \"*\" is not an IP address; use an address or a network, such as 172.20.0.0/24 or fd00::/8",
            })
    void invalidNetworkIsReported(String cidr, String message) {
        assertThatThrownBy(() -> ClientMatcher.network(cidr))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> ClientMatcher.local(cidr))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            quoteCharacter = '`',
            value = {
                "CN -> `` -> the pattern of a certificate name is empty",
                "CN -> `a\u0000b` -> the pattern of a certificate name is empty, has control characters",
                "CN -> `a\u202eb` -> the pattern of a certificate name is empty, has control characters",
                "CN -> ** -> \"**\" has two * in one label; use one for each label, such as runner-*",
                "CN -> a*b*c -> \"a*b*c\" has two * in one label",
                "DNS -> *-*.example -> \"*-*.example\" has two * in one label; use one for each label, such as"
                        + " *.ci.example",
                "URI -> spiffe://td/*.* -> \"spiffe://td/*.*\" has two * in one label; use one for each label, such as"
                        + " spiffe://domain/ns/ci/sa/*",
                "URI -> */x -> \"*/x\" has a * before the authority; use it behind a scheme",
                "URI -> s*://td/x -> \"s*://td/x\" has a * before the authority; use it behind a scheme",
                "DNS -> bücher.example -> \"bücher.example\" has spaces or characters other than ASCII",
                "EMAIL -> `a b@example.org` -> \"a b@example.org\" has spaces or characters other than ASCII",
            })
    void invalidPatternIsReported(CertificateName kind, String glob, String message) {
        assertThatThrownBy(() -> ClientMatcher.certificate(kind, glob))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            quoteCharacter = '`',
            value = {
                "a -> use a label with a value, such as socket-proxy.profile=ci",
                "a= -> use a label with a value",
                "=b -> use a label with a value",
                ".a=b -> use a label with a value",
                "a=b c -> use a label with a value",
                "a=\u00e9 -> use a label with a value",
                "com.docker.compose.service=web -> programs give the label com.docker.compose.service to containers",
                "io.podman.x=y -> programs give the label io.podman.x to containers",
                "socket-proxy.lease=y -> programs give the label socket-proxy.lease to containers",
            })
    void invalidLabelIsReported(String label, String message) {
        assertThatThrownBy(() -> ClientMatcher.label(label))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void emptyListAndNegativeIdsAreRefused() {
        assertThatThrownBy(() -> ClientMatcher.all(List.of()))
                .hasMessage("a client without a condition would be every client; add one");
        assertThatThrownBy(() -> ClientMatcher.uid(-1))
                .hasMessage("uid -1 is negative; use a number from 0 to 2147483647");
        assertThatThrownBy(() -> ClientMatcher.gid(-1))
                .hasMessage("gid -1 is negative; use a number from 0 to 2147483647");
    }
}
