package org.socketproxy.policy.create;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;

/** Ranges and addresses of ports, and what is said about a port that a container may not open. */
class PortChecksTest {
    @ParameterizedTest
    @CsvSource({
        "1,           '1, 1'",
        "65535,       '65535, 65535'",
        "1-65535,     '1, 65535'",
        "8080-8080,   '8080, 8080'",
        "00080,       '80, 80'",
        "0,           none",
        "0-1,         none",
        "65536,       none",
        "1-65536,     none",
        "000080,      none",
        "2-1,         none",
        "1-2-3,       none",
        "-,           none",
        "1-,          none",
        "'',          none",
        "80a,         none",
        "' 80',       none",
    })
    void range(String text, String ends) {
        assertThat(PortChecks.range(text) == null ? "none" : Arrays.toString(PortChecks.range(text)))
                .isEqualTo(ends.equals("none") ? ends : "[" + ends + "]");
    }

    /** Each row: the port of a binding, and the remedy: the port if it is one, so that the message is no text of the client. */
    @ParameterizedTest
    @CsvSource({
        "80,        opens port 80 of the host,        ports:80",
        "8000-8010, opens port 8000-8010 of the host, ports:8000-8010",
        "'',        opens a port of the host,         ports",
        "x,         opens a port of the host,         ports",
        "0,         opens a port of the host,         ports",
    })
    void aDeniedPortIsNamed(String port, String problem, String remedy) {
        List<Violation> violations = judge(
                "ContainerCreate",
                "{'Image':'a','HostConfig':{'PortBindings':{'80/tcp':[{'HostPort':'" + port
                        + "'},{'HostPort':'90'},{'HostPort':'99'}]}}}");

        assertThat(violations).hasSize(1);
        assertThat(violations.get(0).subject()).endsWith(problem);
        assertThat(requireNonNull(violations.get(0).remedy()).value()).isEqualTo(remedy);
    }

    /** Each row: the address of a binding, the end of the denial, and the remedy, which has only the text of an address. */
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1,     at 127.0.0.1,  ports:127.0.0.1:80",
        "::1,           at ::1,        ports:[::1]:80",
        "'',            of the host,   ports:80",
        "localhost,     of the host,   ports:80",
        "'127.0.0.1 ',  of the host,   ports:80",
        "[::1],         of the host,   ports:80",
        "127.0.0.256,   of the host,   ports:80",
    })
    void aDeniedAddressIsNamed(String address, String end, String remedy) {
        List<Violation> violations = judge(
                "ContainerCreate",
                "{'Image':'a','HostConfig':{'PortBindings':{'80/tcp':[{'HostIp':'" + address
                        + "','HostPort':'80'}]}}}");

        assertThat(violations).singleElement().satisfies(violation -> {
            assertThat(violation.subject()).endsWith(end);
            assertThat(requireNonNull(violation.remedy()).value()).isEqualTo(remedy);
        });
    }

    /** Each row: the members {@code host_port} and {@code range} of a port of Podman's own API. */
    @ParameterizedTest
    @CsvSource({
        "80,    0,  opens port 80 of the host,    ports:80",
        "80,    1,  opens port 80 of the host,    ports:80",
        "80,    3,  opens port 80-82 of the host, ports:80-82",
        "90,    10, -,                            -",
        "90,    11, opens port 90-100 of the host, ports:90-100",
        "99,    1,  -,                            -",
        "0,     1,  opens a port of the host,     ports",
        "0,     2,  opens a port of the host,     ports",
        "90,    -1, opens a port of the host,     ports",
        "-1,    1,  opens a port of the host,     ports",
        "65535, 2,  opens a port of the host,     ports",
        "1.5,   1,  opens a port of the host,     ports",
    })
    void aRangeOfPodmanBeginsWithItsFirstPort(String first, String count, String problem, String remedy) {
        List<Violation> violations = judge(
                "ContainerCreateLibpod",
                "{'image':'app','portmappings':[{'container_port':80,'host_port':" + first + ",'range':" + count
                        + "}]}");

        assertThat(violations).hasSize(problem.equals("-") ? 0 : 1);
        assertThat(violations).allSatisfy(violation -> {
            assertThat(violation.subject()).endsWith(problem);
            assertThat(requireNonNull(violation.remedy()).value()).isEqualTo(remedy);
        });
    }

    private static List<Violation> judge(String operation, String body) {
        CreateRules rules = new CreateRules(
                new CreateAllowances(Map.of(CreatePermission.PORTS, Set.of("90-99"))),
                BindRules.NONE,
                ImageRules.ALL,
                Set.of(),
                1 << 20);
        return rules.judgeBody(
                OperationCatalogue.load().byId(operation).orElseThrow(),
                JsonBody.of(StandardCharsets.UTF_8.encode(body.replace('\'', '"'))));
    }
}
