package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.Variables;

/** Tests parsing of the listener addresses. */
class ListenSettingsTest {
    private static final Variables VARIABLES = Variables.load();
    private static final String BAD_PARAMETER =
            "after ? use only mode=0660, group=name or group=number, name=word, and fd=0, with & between them";
    private static final String BAD_NETWORK_PARAMETER =
            "after ? use only name=word, such as name=ci, which names the listener, reuse-port=1, and fd=0, with & between them";
    private static final String BESIDE_FD =
            "with fd=0 the socket has its settings already: use only name=word beside it";
    private static final String BAD_NAME =
            "the name of a listener has 1 to 64 letters, digits, -, _ and ., such as name=ci";

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            value = {
                "tcp://127.0.0.1:2375 -> tcp://127.0.0.1:2375",
                "tcp://:2375 -> tcp://:2375",
                "tcp://0.0.0.0:0 -> tcp://0.0.0.0:0",
                "tcp://localhost:65535 -> tcp://localhost:65535",
                "tcp://proxy_1.lan:1 -> tcp://proxy_1.lan:1",
                "tcp://[::1]:2375 -> tcp://[::1]:2375",
                "tcp://[::]:2375 -> tcp://[::]:2375",
                "tcp://:2375?reuse-port=1&name=ci -> tcp://:2375?name=ci&reuse-port=1",
                "tcp://[fd00:12::A]:2375 -> tcp://[fd00:12::A]:2375",
            })
    void listenAddressIsParsed(String text, String expected) throws InvalidSettingsException {
        assertThat(read(Map.of("LISTEN", text)).connections().listen())
                .extracting(Object::toString)
                .containsExactly(expected);
    }

    @Test
    void listenAddressesKeepOrder() throws InvalidSettingsException {
        assertThat(read(Map.of("LISTEN", " tcp://127.0.0.1:1 ,tcp://[::1]:2, tcp://:3"))
                        .connections()
                        .listen())
                .containsExactly(
                        new NetworkAddress("127.0.0.1", 1), new NetworkAddress("::1", 2), new NetworkAddress("", 3));
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            quoteCharacter = '`',
            value = {
                "2375 -> the scheme is missing; use tcp://:2375 for all addresses, or tcp://127.0.0.1:2375 for this"
                        + " machine",
                ":2375 -> the scheme is missing; use tcp://:2375 for all addresses, or tcp://127.0.0.1:2375 for this"
                        + " machine",
                "127.0.0.1:2376 -> the scheme is missing; use tcp://127.0.0.1:2376",
                "127.0.0.1:99999 -> the scheme is missing; use tcp://host:port, such as tcp://127.0.0.1:2375",
                "99999 -> the scheme is missing; use tcp://host:port, such as tcp://127.0.0.1:2375",
                "tcp:// -> the port is missing; use tcp://:2375",
                "tcp://: -> the port is missing; use tcp://:2375",
                "tcp://127.0.0.1 -> the port is missing; use tcp://127.0.0.1:2375",
                "tcp://127.0.0.1: -> the port is missing; use tcp://127.0.0.1:2375",
                "tcp://127.0.0.1:-1 -> the port \"-1\" is not a number; use tcp://127.0.0.1:2375",
                "tcp://127.0.0.1:+1 -> the port \"+1\" is not a number; use tcp://127.0.0.1:2375",
                "tcp://127.0.0.1:65536 -> the port 65536 is too large; the maximum is 65535",
                "tcp://127.0.0.1:99999 -> the port 99999 is too large; the maximum is 65535",
                "tls://[::1]:99999 -> the port 99999 is too large; the maximum is 65535",
                "tcp://127.0.0.1:99999999999 -> the port 99999999999 is too large; the maximum is 65535",
                "tcp://127.0.0.1:000080 -> the port 000080 is too large; the maximum is 65535",
                "://:2375 -> the scheme :// is not allowed here; use tcp:// or tls:// or unix://",
                "tcp://127.0.0.1:x -> the port \"x\" is not a number; use tcp://127.0.0.1:2375",
                "tcp://127.0.0.1:http -> the port \"http\" is not a number; use tcp://127.0.0.1:2375",
                "tcp://127.0.0.1:2376/ -> remove \"/\" after the port; use tcp://127.0.0.1:2376",
                "tcp://127.0.0.1:2376?reuse-port=0 -> use reuse-port=1, or remove it",
                "tcp://127.0.0.1:2376?fd=3 -> use fd=0: the proxy can inherit only descriptor 0",
                "tcp://127.0.0.1:2376?fd=00 -> use fd=0: the proxy can inherit only descriptor 0",
                "tcp://127.0.0.1:2376?fd=0&reuse-port=1 -> " + BESIDE_FD,
                "unix:///run/p.sock?fd=0&mode=0600 -> " + BESIDE_FD,
                "unix:///run/p.sock?group=1&fd=0 -> " + BESIDE_FD,
                "fd://0 -> the scheme fd:// is not allowed here; use tcp:// or tls:// or unix://",
                "tcp://127.0.0.1:2376?x -> " + BAD_NETWORK_PARAMETER,
                "tcp://127.0.0.1:2376? -> " + BAD_NETWORK_PARAMETER,
                "tcp://127.0.0.1:2376?name= -> " + BAD_NETWORK_PARAMETER,
                "tcp://127.0.0.1:2376?mode=0660 -> " + BAD_NETWORK_PARAMETER,
                "tls://127.0.0.1:2376?name=ci&group=x -> " + BAD_NETWORK_PARAMETER,
                "tcp://127.0.0.1:2376?Name=ci -> " + BAD_NETWORK_PARAMETER,
                "tcp://127.0.0.1:2376?name=a&name=b -> the parameter name occurs twice; remove one",
                "tcp://127.0.0.1:2376?name=a b -> " + BAD_NAME,
                "tcp://127.0.0.1:2376?name=a/b -> " + BAD_NAME,
                "tcp://127.0.0.1:2376?name=a?b -> " + BAD_NAME,
                "tcp://127.0.0.1:2376?name=é -> " + BAD_NAME,
                "tcp://127.0.0.1:2376?name=a%2Db -> " + BAD_NAME,
                "tcp://127.0.0.1?name=a -> the port is missing; use tcp://127.0.0.1:2375",
                "tcp://user@127.0.0.1:2375 -> \"user@127.0.0.1\" is not a host name or an IP address; use"
                        + " tcp://127.0.0.1:2375",
                "tcp://127.0.0.1 :2375 -> \"127.0.0.1 \" is not a host name or an IP address; use tcp://127.0.0.1:2375",
                "tcp://*:2375 -> \"*\" is not a host name or an IP address; use tcp://127.0.0.1:2375",
                "TCP://127.0.0.1:2375 -> the scheme TCP:// is not allowed here; use tcp:// or tls:// or unix://",
                "http://127.0.0.1:2375 -> the scheme http:// is not allowed here; use tcp:// or tls:// or unix://",
                "UNIX:///run/proxy.sock -> the scheme UNIX:// is not allowed here; use tcp:// or tls:// or unix://",
                "unix:/run/proxy.sock -> the scheme is missing; use tcp://host:port, such as tcp://127.0.0.1:2375",
                "/run/proxy.sock -> the scheme is missing; use unix:///run/proxy.sock",
                "fd:// -> the scheme fd:// is not allowed here; use tcp:// or tls:// or unix://",
                "npipe:////./pipe/docker_engine -> the scheme npipe:// is not allowed here; use tcp:// or tls:// or"
                        + " unix://",
                // An IPv6 address without brackets must not be parsed as the wildcard address.
                "tcp://::1:2375 -> an IPv6 address needs brackets; use tcp://[::1]:2375",
                "tcp://:::2375 -> an IPv6 address needs brackets; use tcp://[::1]:2375",
                "tcp://fd00::1:2375 -> an IPv6 address needs brackets; use tcp://[::1]:2375",
                "tcp://[::1:2375 -> the closing bracket of the IPv6 address is missing; use tcp://[::1]:2375",
                "tcp://[::1]2375 -> after the bracket, use a colon and a port instead of \"2375\", such as"
                        + " tcp://[::1]:2375",
                "tcp://[::1]x:2375 -> after the bracket, use a colon and a port instead of \"x:2375\", such as"
                        + " tcp://[::1]:2375",
                "tcp://[]:2375 -> \"\" in the brackets is not an IPv6 address; use tcp://[::1]:2375",
                "tcp://[1:2]:2375 -> \"1:2\" in the brackets is not an IPv6 address; use tcp://[::1]:2375",
                "tcp://[localhost]:2375 -> \"localhost\" in the brackets is not an IPv6 address; use tcp://[::1]:2375",
                "tcp://[127.0.0.1]:2375 -> \"127.0.0.1\" in the brackets is not an IPv6 address; use tcp://[::1]:2375",
            })
    void invalidAddressIsReportedWithFaultyPart(String text, String advice) {
        assertThat(sentences(Map.of("LISTEN", text))).containsExactly(new Problem("LISTEN", text, advice).sentence());
    }

    @Test
    void emptyAddressIsReported() {
        assertThat(sentences(Map.of("LISTEN", "tcp://:1,")))
                .containsExactly(
                        "LISTEN=\"\": the address is empty; use tcp://host:port, such as tcp://127.0.0.1:2375");
    }

    @ParameterizedTest
    @CsvSource({
        "tcp://:1, tcp://127.0.0.1:1",
        "tcp://127.0.0.1:1, tls://127.0.0.1:1",
        "tcp://localhost:1, tcp://LOCALHOST:1",
        "tcp://[::]:1, tcp://[fd00::1]:1",
    })
    void overlappingAddressesAreRejected(String first, String second) {
        assertThat(sentences(Map.of("LISTEN", first + "," + second, "TLS_CERT", "/c", "TLS_KEY", "/k")))
                .containsExactly("LISTEN=" + second + ": another address of LISTEN uses this port; use another port");
    }

    @ParameterizedTest
    @CsvSource({
        "tcp://:2375, tcp://:2375",
        "tcp://127.0.0.1:2375, tcp://:2375",
        "tcp://127.0.0.1:2375, tcp://127.0.0.1:2375",
    })
    void statusPagePortMustDiffer(String listen, String status) {
        assertThat(sentences(Map.of("LISTEN", listen, "STATUS_LISTEN", status)))
                .containsExactly("STATUS_LISTEN=" + status + ": LISTEN uses this port too (" + listen
                        + "); the status page needs its own port");
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            value = {
                "tcp://:2375 -> tcp://0.0.0.0:2375",
                "tls://:2376 -> tls://0.0.0.0:2376",
                "tcp://127.0.0.1:1 -> tcp://127.0.0.1:1",
                "tcp://localhost:1 -> tcp://localhost:1",
                "tcp://:1?name=a -> tcp://0.0.0.0:1?name=a",
                "tcp://:1?fd=0 -> tcp://0.0.0.0:1?fd=0",
                "unix:///run/p.sock -> unix:///run/p.sock",
            })
    void disableIpv6RestrictsWildcardToIpv4(String listen, String expected) throws InvalidSettingsException {
        Settings settings = read(Map.of(
                "DISABLE_IPV6",
                "1",
                "LISTEN",
                listen,
                "STATUS_LISTEN",
                "tcp://:8375",
                "TLS_CERT",
                "/c",
                "TLS_KEY",
                "/k"));

        assertThat(settings.connections().listen()).extracting(Object::toString).containsExactly(expected);
        assertThat(settings.connections().status().listen()).hasToString("tcp://0.0.0.0:8375");
    }

    @Test
    void disableIpv6RejectsIpv6Address() {
        String advice = ": DISABLE_IPV6=1 does not allow IPv6; use an IPv4 address, or unset DISABLE_IPV6";
        assertThat(sentences(Map.of("DISABLE_IPV6", "yes", "LISTEN", "tcp://[::]:1", "STATUS_LISTEN", "tcp://[::1]:2")))
                .containsExactly("LISTEN=tcp://[::]:1" + advice, "STATUS_LISTEN=tcp://[::1]:2" + advice);
        assertThat(sentences(Map.of("DISABLE_IPV6", "maybe")))
                .singleElement()
                .asString()
                .startsWith("DISABLE_IPV6=maybe: use 1");
    }

    @Test
    void samePortOnDifferentAddressesIsAllowed() throws InvalidSettingsException {
        assertThat(read(Map.of(
                                "LISTEN",
                                        "tcp://127.0.0.1:1,tcp://[::1]:1,tcp://0.0.0.0:2,tcp://[::1]:2,tcp://:0,tcp://:0",
                                "STATUS_LISTEN", "tcp://:0"))
                        .connections()
                        .listen())
                .hasSize(6);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            value = {
                "unix:///run/p.sock -> unix:///run/p.sock",
                "unix:///run/p.sock?mode=0660 -> unix:///run/p.sock",
                "unix:///run/p.sock?mode=666 -> unix:///run/p.sock?mode=0666",
                "unix:///run/p.sock?group=docker -> unix:///run/p.sock?group=docker",
                "unix:///run/p.sock?group=998&mode=0600 -> unix:///run/p.sock?mode=0600&group=998",
                "unix:///a b/c:d -> unix:///a b/c:d",
            })
    void unixAddressHasModeAndOptionalGroup(String text, String expected) throws InvalidSettingsException {
        assertThat(read(Map.of("LISTEN", text)).connections().listen())
                .extracting(Object::toString)
                .containsExactly(expected);
        assertThat(read(Map.of("LISTEN", expected))).isEqualTo(read(Map.of("LISTEN", text)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            value = {
                "unix:// -> use the absolute path of a file, such as unix:///run/proxy/docker.sock",
                "unix:/// -> use the absolute path of a file, such as unix:///run/proxy/docker.sock",
                "unix://run/p.sock -> use the absolute path of a file, such as unix:///run/proxy/docker.sock",
                "unix://./p.sock -> use the absolute path of a file, such as unix:///run/proxy/docker.sock",
                "unix:///run/ -> use the absolute path of a file, such as unix:///run/proxy/docker.sock",
                "unix:///run/p.sock?mode= -> " + BAD_PARAMETER,
                "unix:///run/p.sock? -> " + BAD_PARAMETER,
                "unix:///run/p.sock?mode -> " + BAD_PARAMETER,
                "unix:///run/p.sock?owner=root -> " + BAD_PARAMETER,
                "unix:///run/p.sock?mode=0660?group=a -> use four octal digits for the mode, such as mode=0660",
                "unix:///run/p.sock?Mode=0660 -> " + BAD_PARAMETER,
                "unix:///run/p.sock?mode=0660&mode=0666 -> the parameter mode occurs twice; remove one",
                "unix:///run/p.sock?mode=0888 -> use four octal digits for the mode, such as mode=0660",
                "unix:///run/p.sock?mode=4755 -> use four octal digits for the mode, such as mode=0660",
                "unix:///run/p.sock?mode=rw -> use four octal digits for the mode, such as mode=0660",
                "unix:///run/p.sock?mode=66 -> use four octal digits for the mode, such as mode=0660",
                "unix:///run/p.sock?mode=0660&name=a:b -> " + BAD_NAME,
            })
    void invalidUnixAddressIsReported(String text, String advice) {
        assertThat(sentences(Map.of("LISTEN", text))).containsExactly(new Problem("LISTEN", text, advice).sentence());
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            value = {
                "tcp://:2375?name=edge -> tcp://:2375?name=edge",
                "tls://[::1]:2376?name=A.b_c-1 -> tls://[::1]:2376?name=A.b_c-1",
                "unix:///run/p.sock?name=ci -> unix:///run/p.sock?name=ci",
                "unix:///run/p.sock?name=ci&mode=0600 -> unix:///run/p.sock?mode=0600&name=ci",
            })
    void listenerHasAName(String text, String expected) throws InvalidSettingsException {
        Map<String, String> environment = Map.of("LISTEN", text, "TLS_CERT", "/c", "TLS_KEY", "/k");
        assertThat(read(environment).connections().listen())
                .extracting(Object::toString)
                .containsExactly(expected);
        assertThat(read(environment).connections().listen())
                .extracting(ListenAddress::name)
                .containsExactly(expected.replaceFirst(".*name=", ""));
    }

    @ParameterizedTest
    @CsvSource({
        "tcp://:1?name=a, tcp://:2?name=a",
        "tcp://:1?name=a, unix:///run/p.sock?name=a",
        "unix:///run/a.sock?name=a, unix:///run/b.sock?mode=0666&name=a",
    })
    void namesOfListenersAreUnique(String first, String second) {
        assertThat(sentences(Map.of("LISTEN", first + "," + second)))
                .containsExactly("LISTEN=" + second + ": another address of LISTEN has the name a; use another name");
    }

    @ParameterizedTest
    @CsvSource({
        "tcp://:1?fd=0, tcp://:1?fd=0",
        "tls://[::1]:2376?fd=0&name=edge, tls://[::1]:2376?name=edge&fd=0",
        "unix:///run/p.sock?fd=0, unix:///run/p.sock?fd=0",
        "unix:///run/p.sock?name=ci&fd=0, unix:///run/p.sock?name=ci&fd=0",
    })
    void oneListenerInheritsItsSocket(String text, String expected) throws InvalidSettingsException {
        String first = "tcp://:9," + text;
        Map<String, String> environment = Map.of("LISTEN", first, "TLS_CERT", "/c", "TLS_KEY", "/k");
        assertThat(read(environment).connections().listen())
                .extracting(Object::toString)
                .containsExactly("tcp://:9", expected);
        assertThat(read(environment).connections().listen())
                .extracting(ListenAddress::isInherited)
                .containsExactly(false, true);
        assertThat(sentences(Map.of("LISTEN", first + ",tcp://:8?fd=0", "TLS_CERT", "/c", "TLS_KEY", "/k")))
                .containsExactly(
                        "LISTEN=tcp://:8?fd=0: another address of LISTEN has descriptor 0; remove fd=0 from one");
    }

    @Test
    void lengthOfANameIsLimited() throws InvalidSettingsException {
        assertThat(read(Map.of("LISTEN", "tcp://:1?name=" + "n".repeat(64)))
                        .connections()
                        .listen())
                .hasSize(1);
        assertThat(sentences(Map.of("LISTEN", "tcp://:1?name=" + "n".repeat(65))))
                .containsExactly("LISTEN=tcp://:1?name=" + "n".repeat(65) + ": " + BAD_NAME);
    }

    @ParameterizedTest
    @CsvSource({"0600, false", "0660, false", "0664, false", "0662, true", "0666, true", "0777, true"})
    void writePermissionForOthersIsForEverybody(String mode, boolean expected) throws InvalidSettingsException {
        assertThat(read(Map.of("LISTEN", "unix:///run/p.sock?mode=" + mode))
                        .connections()
                        .listen())
                .singleElement()
                .isInstanceOfSatisfying(
                        UnixAddress.class,
                        address -> assertThat(address.isForEverybody()).isEqualTo(expected));
    }

    @Test
    void tlsNeedsCertificateAndKey() {
        assertThat(sentences(Map.of("LISTEN", "tcp://:2375,tls://:2376")))
                .containsExactly(
                        "TLS_CERT=\"\": a tls:// address in LISTEN requires it; name a PEM file, such as /certs/cert.pem",
                        "TLS_KEY=\"\": a tls:// address in LISTEN requires it; name a PEM file, such as /certs/key.pem");
        assertThat(sentences(Map.of("LISTEN", "tls://:2376", "TLS_CERT", "cert.pem", "TLS_KEY", "/k\u0000")))
                .containsExactly(
                        "TLS_CERT=cert.pem: use the absolute path of a PEM file, such as /certs/cert.pem",
                        "TLS_KEY=\"/k\\u0000\": use the absolute path of a PEM file, such as /certs/cert.pem");
    }

    @Test
    void duplicateSocketIsRejected() {
        assertThat(sentences(Map.of("LISTEN", "unix:///run/p.sock,unix:///run/p.sock?mode=0666")))
                .containsExactly("LISTEN=unix:///run/p.sock?mode=0666: LISTEN contains this socket twice; remove one");
    }

    @ParameterizedTest
    @CsvSource({"106, 60, true", "107, 60, false", "106, 1, false", "100, 1, true", "101, 1, false", "500, 9, false"})
    void socketPathLengthIsLimited(int length, int nameLength, boolean isRight) throws InvalidSettingsException {
        String path = "/" + "d".repeat(length - nameLength - 2) + "/" + "s".repeat(nameLength);
        Map<String, String> environment = Map.of("LISTEN", "unix://" + path);
        if (isRight) {
            assertThat(read(environment).connections().listen()).hasSize(1);
        } else {
            assertThat(sentences(environment))
                    .containsExactly("LISTEN=unix://" + path + ": this path is too long: the path of a socket has at"
                            + " most 106 bytes, and the file name counts as at least 7; use a shorter path");
        }
    }

    private static Settings read(Map<String, String> environment) throws InvalidSettingsException {
        return Settings.read(environment, VARIABLES);
    }

    private static List<String> sentences(Map<String, String> environment) {
        InvalidSettingsException refusal =
                catchThrowableOfType(InvalidSettingsException.class, () -> read(environment));
        assertThat(refusal).as("refusal of " + environment).isNotNull();
        return refusal.problems().stream().map(Problem::sentence).toList();
    }
}
