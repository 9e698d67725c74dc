package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.policy.advice.DaemonFault;
import org.socketproxy.policy.advice.DaemonFault.Unless;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Known faults of a daemon: {@code check}, the start report and the page name those that the daemon has and that a client reaches. */
class KnownDaemonFaultsTest {
    private static final String PING = "HTTP/1.1 200 OK\r\nServer: %s (linux)\r\nContent-Length: 2\r\n\r\nOK";

    @TempDir
    Path folder;

    static Stream<DaemonFault> faults() {
        assertThat(DaemonFault.all()).hasSizeGreaterThan(10);
        return DaemonFault.all().stream();
    }

    private static String check(Map<String, String> environment, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Map<String, String> all = new HashMap<>(environment);
        all.putIfAbsent("DOCKER_HOST", "unix:///nowhere/docker.sock");
        new CommandLine(all, new PrintStream(out, true, StandardCharsets.UTF_8), System.err)
                .run(Stream.concat(Stream.of("check"), Stream.of(arguments)).toArray(String[]::new));
        return out.toString(StandardCharsets.UTF_8);
    }

    /** The operations are allowed, and nothing prevents the fault. */
    private static Map<String, String> exposing(DaemonFault fault) {
        Map<String, String> environment = ProxyUnderTest.everything();
        environment.put("BUILDS", fault.unless() == Unless.JUDGED ? "tunnel" : "judged");
        return environment;
    }

    private static String version(String daemon, String version) {
        return daemon + "/" + version;
    }

    @ParameterizedTest
    @MethodSource("faults")
    void checkNamesTheFaultsOfAVersion(DaemonFault fault) {
        String sentence = " has a known fault: " + fault.fault() + "; a client reaches it by "
                + String.join(" and ", fault.operations()) + " by ";
        String having = fault.from().equals("0") ? "5.0.1" : fault.from();

        assertThat(check(exposing(fault), "--daemon", version(fault.daemon(), having)))
                .contains("NOTE    the daemon, " + fault.daemon() + " " + having + "," + sentence);
        assertThat(check(exposing(fault), "--daemon", version("Other", having))).doesNotContain(sentence);
        String mended = fault.until().equals("-") ? "no version without it is known" : "version " + fault.until();
        assertThat(check(exposing(fault), "--daemon", version(fault.daemon(), having)))
                .contains(mended);
        // without the permission
        assertThat(check(Map.of(), "--daemon", version(fault.daemon(), having))).doesNotContain(fault.fault());
    }

    @ParameterizedTest
    @MethodSource("faults")
    void checkNamesNoFaultOfAMendedVersion(DaemonFault fault) {
        String mended = fault.until().equals("-") ? "5.0.1" : fault.until() + ".1";
        String sentence =
                fault.fault() + "; a client reaches it by " + String.join(" and ", fault.operations()) + " by ";

        assertThat(check(exposing(fault), "--daemon", version(fault.daemon(), mended))
                        .contains(sentence))
                .isEqualTo(fault.until().equals("-"));
    }

    @ParameterizedTest
    @CsvSource({"SAFE, CREATE=safe", "JUDGED, BUILDS=judged"})
    void faultThatRulesPreventIsNotNamed(Unless unless, String setting) {
        List<DaemonFault> prevented = DaemonFault.all().stream()
                .filter(fault -> fault.unless() == unless)
                .toList();
        assertThat(prevented).isNotEmpty();
        for (DaemonFault fault : prevented) {
            Map<String, String> environment = exposing(fault);
            environment.put("BUILDS", "judged");
            environment.put(setting.split("=")[0], setting.split("=")[1]);

            assertThat(check(environment, "--daemon", version(fault.daemon(), "5.0.1")))
                    .doesNotContain(fault.fault() + "; a client reaches it by "
                            + String.join(" and ", fault.operations()) + " by ");
        }
    }

    /** So no judge asks for the version of the daemon. A new row that makes this wrong needs a rule that depends on it. */
    @Test
    void noRuleIsNeededOnlyForOlderDaemons() {
        List<DaemonFault> prevented = DaemonFault.all().stream()
                .filter(fault -> fault.unless() != Unless.NOTHING)
                .toList();
        List<List<String>> lasting = prevented.stream()
                .filter(fault -> fault.until().equals("-"))
                .map(DaemonFault::operations)
                .toList();

        assertThat(prevented.stream()
                        .filter(fault -> !fault.until().equals("-"))
                        .map(DaemonFault::operations)
                        .filter(operations -> !lasting.contains(operations)))
                .containsExactlyInAnyOrder(List.of("LLBBridgeReturn"), List.of("ImageLoad"));
        OperationCatalogue catalogue = OperationCatalogue.load();
        // Its message is written again, which denies nothing.
        assertThat(catalogue.byId("LLBBridgeReturn").orElseThrow().rules().createDenial())
                .isEmpty();
        // Its archive is judged for Podman too, which follows links in it.
        assertThat(catalogue.byId("ImageLoad").orElseThrow().is(Trait.UNPACKS_IMAGES))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"Docker/26.1.5, true", "Docker/29.7.2, false", "Docker/27.x, true", "Libpod/5.4.2, false"})
    void checkAsksTheDaemon(String server, boolean isNamed) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, PING.formatted(server))) {
            String out = check(Map.of("DOCKER_HOST", daemon.host(), "IMAGES", "1", "POST", "1"));

            assertThat(out.contains("it opens a device in an archive")).isEqualTo(isNamed);
        }
    }

    @Test
    void profilesOfAPolicyFileAreNamed() throws Exception {
        Path policy = java.nio.file.Files.writeString(folder.resolve("policy.yaml"), """
                profiles:
                  ci:
                    clients: [{uid: 1000}]
                    variables: {IMAGES: 1, POST: 1}
                  other:
                    clients: [{uid: 1001}]
                    variables: {IMAGES: 1, POST: 1}
                  safe:
                    clients: [{uid: 1002}]
                    variables: {IMAGES: 1, POST: 1}
                    create: safe
                """);

        assertThat(check(Map.of("POLICY", policy.toString()), "--daemon", "Docker/26.1.5"))
                .contains("it opens a device in an archive", " in the profile ci, other; version 29 does not have it");
    }

    @Test
    void pageNamesTheFaultsOfTheDaemon() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, PING.formatted("Docker/26.1.5"));
                ProxyUnderTest proxy = ProxyUnderTest.before(
                        daemon.host(), Map.of("STATUS_LISTEN", "tcp://127.0.0.1:0", "BUILDS", "tunnel"));
                RawClient client =
                        RawClient.connect(URI.create(proxy.statusPage()).getPort())) {
            String page = client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                    .readToEnd();

            assertThat(page).contains("the daemon, Docker 26.1.5, has a known fault: ", "version 29 does not have it");
        }
    }
}
