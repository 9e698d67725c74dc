package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.Variables;

class DaemonAddressTest {
    private static final Variables VARIABLES = Variables.load();
    private static final String FORMS = "use unix:///path or tcp://host:port, such as unix:///run/user/1000/docker.sock"
            + " or tcp://docker.example:2375";
    private static final String ABSOLUTE = "use an absolute path, such as unix:///var/run/docker.sock";
    private static final String NO_TCP = FORMS + ", with an IPv6 address in brackets and nothing after the port";

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            value = {
                "'' -> unix:///var/run/docker.sock",
                "unix:///run/user/1000/docker.sock -> unix:///run/user/1000/docker.sock",
                "unix:// -> unix:///var/run/docker.sock",
                "tcp://docker:2375 -> tcp://docker:2375",
                "tcp://docker:2375/ -> tcp://docker:2375",
                "tcp://docker -> tcp://docker:2375",
                "tcp://docker_daemon.lan:1 -> tcp://docker_daemon.lan:1",
                "tcp://192.0.2.7:65535 -> tcp://192.0.2.7:65535",
                "tcp://[2001:db8::7]:2375 -> tcp://[2001:db8::7]:2375",
                "tcp://[2001:db8::7] -> tcp://[2001:db8::7]:2375",
                "' tcp://docker:2375 ' -> tcp://docker:2375",
            })
    void dockerHostIsParsedLikeDockerCli(String value, String address) throws InvalidSettingsException {
        assertThat(Settings.read(Map.of("DOCKER_HOST", value), VARIABLES)
                        .connections()
                        .daemon())
                .hasToString(address);
    }

    @Test
    void namingSettingIsKept() throws InvalidSettingsException {
        assertThat(Settings.read(Map.of("SOCKET_PATH", "/run/d.sock"), VARIABLES)
                        .connections()
                        .daemon())
                .isInstanceOfSatisfying(
                        DaemonAddress.Unix.class,
                        unix -> assertThat(unix.setting()).isEqualTo("SOCKET_PATH=/run/d.sock"));
        assertThat(Settings.read(Map.of("DOCKER_HOST", "unix:///run/d.sock"), VARIABLES)
                        .connections()
                        .daemon())
                .isInstanceOfSatisfying(
                        DaemonAddress.Unix.class,
                        unix -> assertThat(unix.setting()).isEqualTo("DOCKER_HOST=unix:///run/d.sock"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp://",
                "tcp://:2375",
                "tcp://docker:0",
                "tcp://docker:65536",
                "tcp://docker:",
                "tcp://docker:port",
                "tcp://docker:2375/v1.41",
                "tcp://user@docker:2375",
                "tcp://::1:2375",
                "tcp://[docker]:2375",
                "tcp://do cker:2375",
                "tcp://dockér:2375",
            })
    void ambiguousTcpAddressIsRejected(String value) {
        assertThat(problem(Map.of("DOCKER_HOST", value))).isEqualTo(NO_TCP);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            value = {
                "/var/run/docker.sock -> " + FORMS,
                "docker:2375 -> " + FORMS,
                "http://docker:2375 -> " + FORMS,
                "fd:// -> " + FORMS,
                "UNIX:///run/docker.sock -> " + FORMS,
                "unix://docker.sock -> " + ABSOLUTE,
                "ssh://me@far -> ssh:// is not supported; forward the socket, for example with ssh -nNT -L"
                        + " /run/remote.sock:/var/run/docker.sock user@host, and use unix:///run/remote.sock",
                "npipe:////./pipe/docker_engine -> named pipes are not supported; let the daemon listen on TCP and use"
                        + " tcp://host:port, or run the proxy on a system where the daemon has a Unix socket",
            })
    void otherFormsAreRejectedWithAdvice(String value, String advice) {
        assertThat(problem(Map.of("DOCKER_HOST", value))).isEqualTo(advice);
    }

    @ParameterizedTest
    @CsvSource({
        "unix:///run/a.sock, /run/b.sock",
        "tcp://docker:2375, /run/b.sock",
        "tcp://docker:2375, /var/run/docker.sock",
    })
    void twoDaemonsAreRejected(String dockerHost, String socketPath) {
        assertThat(problem(Map.of("DOCKER_HOST", dockerHost, "SOCKET_PATH", socketPath)))
                .isEqualTo("SOCKET_PATH=" + socketPath
                        + " names another daemon; set only one of the two, or the same in both");
    }

    @ParameterizedTest
    @CsvSource({"unix:///run/a.sock, /run/a.sock", "'', /run/a.sock", "unix:///run/a.sock, ''"})
    void sameDaemonInBothSettingsIsAllowed(String dockerHost, String socketPath) throws InvalidSettingsException {
        Map<String, String> environment = new HashMap<>(Map.of("DOCKER_HOST", dockerHost));
        if (!socketPath.isEmpty()) {
            environment.put("SOCKET_PATH", socketPath);
        }
        assertThat(Settings.read(environment, VARIABLES).connections().daemon()).hasToString("unix:///run/a.sock");
    }

    /** DOCKER_HOST contains the proxy's address in the shell of a user who tries the proxy. */
    @ParameterizedTest
    @CsvSource({
        "tcp://127.0.0.1:2375, tcp://127.0.0.1:2375",
        "tcp://localhost:2375, tcp://127.0.0.1:2375",
        "tcp://localhost, 'tcp://10.0.0.1:1,tcp://:2375'",
        "tcp://[::1]:2375, tcp://0.0.0.0:2375",
        "tcp://Proxy:2375, tcp://proxy:2375",
        "unix:///run/a.sock, 'tcp://:2375,unix:///run/a.sock?mode=0666'",
    })
    void ownAddressIsRejectedAsDaemon(String dockerHost, String listen) {
        assertThat(problem(Map.of("DOCKER_HOST", dockerHost, "LISTEN", listen)))
                .isEqualTo("the proxy itself listens on this address (LISTEN), so it would connect to itself; name the"
                        + " daemon, or unset it");
    }

    @ParameterizedTest
    @CsvSource({
        "tcp://docker, 1, /certs, tcp://docker:2376, /certs",
        "tcp://docker:2375, yes, /certs, tcp://docker:2375, /certs",
        "tcp://[::1], 1, '', tcp://[::1]:2376, /home/me/.docker",
        "tcp://docker, '', '', tcp://docker:2375, ",
    })
    void tlsSettingsWorkLikeDockerCli(String host, String verify, String certPath, String address, String folder)
            throws InvalidSettingsException {
        Map<String, String> environment = Map.of(
                "DOCKER_HOST", host, "DOCKER_TLS_VERIFY", verify, "DOCKER_CERT_PATH", certPath, "HOME", "/home/me");

        assertThat(Settings.read(environment, VARIABLES).connections().daemon())
                .isInstanceOfSatisfying(DaemonAddress.Tcp.class, tcp -> {
                    assertThat(tcp).hasToString(address);
                    assertThat(tcp.certificates()).isEqualTo(folder == null ? null : Path.of(folder));
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DOCKER_TLS_VERIFY=1|DOCKER_TLS_VERIFY=1: TLS needs TCP; set DOCKER_HOST to tcp://host:port, or"
                        + " unset this",
                "DOCKER_HOST=unix:///run/a.sock DOCKER_TLS_VERIFY=1|DOCKER_TLS_VERIFY=1: TLS needs TCP; set"
                        + " DOCKER_HOST to tcp://host:port, or unset this",
                "DOCKER_HOST=tcp://d DOCKER_TLS_VERIFY=0 DOCKER_CERT_PATH=/c|DOCKER_TLS_VERIFY=0: the docker CLI reads"
                        + " every value as true; use 1, or unset it for a daemon without TLS",
                "DOCKER_HOST=tcp://d DOCKER_CERT_PATH=/c|DOCKER_CERT_PATH=/c: without TLS it has no effect; set"
                        + " DOCKER_TLS_VERIFY=1 too, or unset this",
                "DOCKER_HOST=tcp://d DOCKER_TLS=1|DOCKER_TLS_VERIFY=\"\": DOCKER_TLS does not verify the daemon's"
                        + " certificate; unset it, and set this to 1 with the daemon's CA, or its own certificate, as"
                        + " ca.pem in DOCKER_CERT_PATH",
                "DOCKER_HOST=tcp://d DOCKER_TLS_VERIFY=1|DOCKER_CERT_PATH=\"\": use the absolute path of the folder of"
                        + " ca.pem, cert.pem and key.pem, such as /certs",
                "DOCKER_HOST=tcp://d DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=certs|DOCKER_CERT_PATH=certs: use the"
                        + " absolute path of the folder of ca.pem, cert.pem and key.pem, such as /certs",
            })
    void incompleteTlsSettingsAreRejected(String assignments, String sentence) {
        Map<String, String> environment = new HashMap<>();
        for (String assignment : assignments.split(" ")) {
            environment.put(assignment.split("=")[0], assignment.split("=")[1]);
        }
        assertThat(catchThrowableOfType(InvalidSettingsException.class, () -> Settings.read(environment, VARIABLES)))
                .hasMessage(sentence);
    }

    @Test
    void daemonOnOtherLocalPortIsAllowed() throws InvalidSettingsException {
        assertThat(Settings.read(Map.of("DOCKER_HOST", "tcp://127.0.0.1:2374"), VARIABLES)
                        .connections()
                        .daemon())
                .hasToString("tcp://127.0.0.1:2374");
    }

    private static String problem(Map<String, String> environment) {
        List<Problem> problems = catchThrowableOfType(
                        InvalidSettingsException.class, () -> Settings.read(environment, VARIABLES))
                .problems();
        assertThat(problems).hasSize(1);
        assertThat(problems.get(0).name()).isEqualTo("DOCKER_HOST");
        return problems.get(0).advice();
    }
}
