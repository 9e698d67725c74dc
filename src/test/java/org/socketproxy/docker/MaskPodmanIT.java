package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealPodman;

/** {@code MASK=1} before a real Podman: responses of both of its APIs. */
class MaskPodmanIT {
    private static final int TRIES = 100;
    private static final String WORD = "pl4nt";

    @TempDir
    static Path folder;

    private static RealPodman podman;
    private static ProxyUnderTest masking;
    private static ProxyUnderTest plain;
    private static String exec = "";

    @BeforeAll
    static void start() {
        podman = RealPodman.get();
        Cli.Result made = podman.cli(folder, Map.of())
                .script("mkdir bind-pl4nt\n"
                        + "podman --remote run -d --name mask-it --network none --env SECRET=pl4nt --env TZ=UTC --annotation secret=pl4nt"
                        + " --volume $PWD/bind-pl4nt:/bind:ro busybox:local sh -c 'sleep 1000; echo pl4nt'\n"
                        + "podman --remote exec -d mask-it sh -c 'sleep 1000; echo pl4nt'\n"
                        + "podman --remote exec mask-it sh -c 'true pl4nt'");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        exec = podman.cli(folder, Map.of())
                .script("podman --remote inspect mask-it -f '{{index .ExecIDs 0}}'")
                .stdout()
                .strip();
        masking = ProxyUnderTest.before("unix://" + podman.socket(), Map.of("MASK", "1"));
        plain = ProxyUnderTest.before("unix://" + podman.socket(), Map.of());
    }

    @AfterAll
    static void stop() {
        if (masking != null) {
            masking.close();
            plain.close();
            podman.cli(folder, Map.of()).script("podman --remote rm -f -t 0 mask-it");
        }
    }

    private static RawResponse ask(ProxyUnderTest proxy, String target) throws IOException {
        String until = String.valueOf(System.currentTimeMillis() / 1000 + 1);
        try (RawClient client = proxy.connect()) {
            return client.request("GET", target.replace("EXEC", exec).replace("UNTIL", until))
                    .readAnswer("GET");
        }
    }

    /** Without a mask each of these responses has the secret. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v5.4.0/libpod/containers/json?all=true",
                "/v5.4.0/libpod/containers/mask-it/json",
                "/v5.4.0/libpod/exec/EXEC/json",
                "/v5.4.0/libpod/containers/mask-it/top?stream=false&ps_args=args",
                "/v1.41/containers/json?all=1",
                "/v1.41/containers/mask-it/json",
                "/v1.41/exec/EXEC/json",
            })
    void responseHasNoSecret(String target) throws Exception {
        RawResponse open = ask(plain, target);
        RawResponse masked = ask(masking, target);

        assertThat(open.status()).as(open.body()).isEqualTo(200);
        assertThat(open.body()).contains(WORD);
        assertThat(masked.status()).as(masked.body()).isEqualTo(200);
        assertThat(masked.body()).doesNotContain(WORD).contains("masked-by-socket-proxy");
    }

    /** The client of Podman sends its command line, with all variables. */
    @ParameterizedTest
    @CsvSource({
        "MASK=env,                     hunter2, SECRET_A=#",
        "MASK=env:*SECRET*,            hunter2, --env=SECRET_B=#",
        "MASK=env MASK_KEEP=env:OTHER, hunter2, OTHER=o",
        "MASK=args,                    -e SECRET, NAME=p4ss",
    })
    void variablesInTheCommandOfTheClientAreMasked(String settings, String hidden, String shown) throws Exception {
        Cli.Result made = podman.cli(folder, Map.of())
                .script(
                        "podman --remote create --name mask-command --network none -e SECRET_A=hunter2 --env=SECRET_B=hunter2"
                                + " -iteSECRET_C=hunter2 --env OTHER=o --env NAME=p4ss busybox:local sleep 1000");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        Map<String, String> environment = Stream.of(settings.split(" "))
                .map(each -> each.split("=", 2))
                .collect(Collectors.toMap(each -> each[0], each -> each[1]));
        try (ProxyUnderTest proxy = ProxyUnderTest.before("unix://" + podman.socket(), environment)) {
            assertThat(ask(plain, "/v5.4.0/libpod/containers/mask-command/json").body())
                    .contains("\"-iteSECRET_C=hunter2\"", "\"--env=SECRET_B=hunter2\"");
            assertThat(ask(proxy, "/v5.4.0/libpod/containers/mask-command/json").body())
                    .contains('"' + shown.replace("#", "***masked-by-socket-proxy***") + '"')
                    .doesNotContain(hidden);
        } finally {
            podman.cli(folder, Map.of()).script("podman --remote rm -f -t 0 mask-command");
        }
    }

    @Test
    void addressesAreMaskedAndTheClientReadsThem() throws Exception {
        Cli.Result made = podman.cli(folder, Map.of())
                .script("podman --remote network create --subnet 10.214.7.0/24 --gateway 10.214.7.1 mask-network");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        try {
            for (String target : new String[] {
                "/v5.4.0/libpod/networks/json",
                "/v5.4.0/libpod/networks/mask-network/json",
                "/v1.41/networks",
                "/v1.41/networks/mask-network"
            }) {
                assertThat(ask(plain, target).body()).as(target).contains("10.214.7.");
                assertThat(ask(masking, target).body())
                        .as(target)
                        .contains("0.109.115.107")
                        .doesNotContain("10.214.7.");
            }
            Cli.Result read = podman.cli(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + masking.port()))
                    .script("podman --remote network inspect mask-network && podman --remote network ls"
                            + " && podman --remote network create --subnet 0.109.115.107/32 mask-written");
            assertThat(read.stdout())
                    .contains("0.109.115.107/32", "mask-network")
                    .doesNotContain("10.214.7.");
            assertThat(read.stderr()).contains("or a masked address");
        } finally {
            podman.cli(folder, Map.of()).script("podman --remote network rm mask-network");
        }
    }

    /** Podman's events name no command, unlike those of dockerd. */
    @ParameterizedTest
    @ValueSource(
            strings = {"/v5.4.0/libpod/events?stream=false&since=1&until=UNTIL", "/v1.41/events?since=1&until=UNTIL"})
    void eventsHaveNoSecret(String target) throws Exception {
        RawResponse masked = ask(masking, target);
        // Podman ends the response at the time of until, even before it has read all of its file.
        for (int tries = 1; tries < TRIES && !masked.body().contains("mask-it"); tries++) {
            masked = ask(masking, target);
        }

        assertThat(masked.status()).isEqualTo(200);
        assertThat(masked.body()).contains("mask-it").doesNotContain(WORD);
    }

    /** Columns: settings, target, a variable that is visible, a variable that is masked. */
    @ParameterizedTest
    @CsvSource({
        "MASK=env:*secret*,          /v5.4.0/libpod/containers/mask-it/json, TZ=UTC,       SECRET=#",
        "MASK=env:*secret*,          /v1.41/containers/mask-it/json,         TZ=UTC,       SECRET=#",
        "MASK=env MASK_KEEP=env:TZ,  /v5.4.0/libpod/containers/mask-it/json, TZ=UTC,       SECRET=#",
        "MASK=env MASK_KEEP=env:TZ,  /v1.41/containers/mask-it/json,         TZ=UTC,       SECRET=#",
        "MASK=env:TZ,                /v1.41/containers/mask-it/json,         SECRET=pl4nt, TZ=#",
    })
    void variablesAreMaskedByName(String settings, String target, String visible, String masked) throws Exception {
        Map<String, String> environment = Stream.of(settings.split(" "))
                .map(each -> each.split("=", 2))
                .collect(Collectors.toMap(each -> each[0], each -> each[1]));
        try (ProxyUnderTest proxy = ProxyUnderTest.before("unix://" + podman.socket(), environment)) {
            RawResponse response = ask(proxy, target);

            assertThat(response.status()).as(response.body()).isEqualTo(200);
            assertThat(response.body())
                    .contains('"' + visible + '"', '"' + masked.replace("#", "***masked-by-socket-proxy***") + '"');
        }
    }

    @Test
    void podmanReadsTheMaskedResponses() {
        Cli.Result read = Cli.in(folder, Map.of("CONTAINER_HOST", "tcp://127.0.0.1:" + masking.port()))
                .script("podman --remote ps -a && podman --remote inspect mask-it && podman --remote system df");

        assertThat(read.exitCode()).as(read.stderr()).isZero();
        assertThat(read.stdout()).contains("mask-it").doesNotContain(WORD);
    }
}
