package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RealPodman;

/** Filters by masked values before both daemons: they would tell the values without the mask of filters. */
class MaskedFilterIT {
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz -:/0123456789";
    private static final String COMMAND = "sh -c true mf-pass1";

    @TempDir
    static Path folder;

    private static final ProxyUnderTest[] DOCKER = new ProxyUnderTest[2];
    private static final ProxyUnderTest[] PODMAN = new ProxyUnderTest[2];
    private static Cli docker;
    private static Cli podman;
    /** The second after all events of the objects. */
    private static String end = "";

    @BeforeAll
    static void start() {
        docker = RealDocker.get().cli(folder, Map.of());
        podman = RealPodman.get().cli(folder, Map.of());
        Cli.Result made = docker.script("""
                set -e
                mkdir -p %1$s/mf-source
                docker volume create mf-volume
                docker run -d --name mf --label mf=a --network none --volume %1$s/mf-source:/mf-target --volume mf-volume:/v \
                    busybox:local sleep 1000
                docker exec mf %2$s
                docker commit -m mf-comment mf mf:local
                """.formatted(folder, COMMAND));
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        made = podman.script("""
                set -e
                podman --remote volume create --opt type=tmpfs --opt o=size=7m mf-volume
                podman --remote run -d --name mf --network none --volume %s/mf-source:/mf-target --volume mf-volume:/v \
                    busybox:local sleep 1000
                """.formatted(folder));
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        end = String.valueOf(System.currentTimeMillis() / 1000 + 1);
        for (int i = 0; i < 2; i++) {
            Map<String, String> settings = i == 0 ? Map.of() : Map.of("MASK", "1");
            DOCKER[i] = ProxyUnderTest.before("unix://" + RealDocker.get().socket(), settings);
            PODMAN[i] = ProxyUnderTest.before("unix://" + RealPodman.get().socket(), settings);
        }
    }

    @AfterAll
    static void stop() {
        for (ProxyUnderTest[] proxies : new ProxyUnderTest[][] {DOCKER, PODMAN}) {
            for (ProxyUnderTest proxy : proxies) {
                if (proxy != null) {
                    proxy.close();
                }
            }
        }
        if (docker != null) {
            docker.script("docker rm -f mf; docker volume rm mf-volume; docker rmi mf:local");
        }
        if (podman != null) {
            podman.script("podman --remote rm -f -t 0 mf; podman --remote volume rm mf-volume");
        }
    }

    private static RawResponse ask(ProxyUnderTest proxy, String target, String filters) throws IOException {
        String encoded = URLEncoder.encode(
                filters.replace('\'', '"').replace("FOLDER", folder.toString()), StandardCharsets.UTF_8);
        try (RawClient client = proxy.connect()) {
            return client.request("GET", target.replace("UNTIL", end) + "filters=" + encoded)
                    .readAnswer("GET");
        }
    }

    /** Columns: daemon, target, filters with a true value, filters with a wrong one; {@code mf} is in the response to the first only. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "docker | /events?since=1&until=UNTIL& | {'event':['health_status','exec_create: sh -c true mf-p']} | {'event':['health_status','exec_create: sh -c true mf-q']}",
                "docker | /events?since=1&until=UNTIL& | {'event':{'health_status':false,'exec_create: sh -c true mf-p':false}} | {'event':{'health_status':false,'exec_create: sh -c true mf-q':false}}",
                "docker | /events?since=1&until=UNTIL& | {'label':['comment=mf-comment']} | {'label':['comment=mf-commen']}",
                "docker | /containers/json? | {'volume':['FOLDER/mf-source']} | {'volume':['FOLDER/mf-sourc']}",
                "docker | /containers/json? | {'volume':{'FOLDER/mf-source':false}} | {'volume':{'FOLDER/mf-sourc':true}}",
                "podman | /v5.4.0/libpod/containers/json? | {'volume':['FOLDER/mf-source:/mf-target']} | {'volume':['FOLDER/mf-sourc:/mf-target']}",
                "podman | /v1.41/containers/json? | {'volume':['FOLDER/mf-source:/mf-target']} | {'volume':['FOLDER/mf-sourc:/mf-target']}",
                "podman | /v5.4.0/libpod/volumes/json? | {'opt':['o=size=7m']} | {'opt':['o=size=8m']}",
                "podman | /v1.41/volumes? | {'opt':['o=size=7m']} | {'opt':['o=size=8m']}",
            })
    void questionAboutAMaskedValueIsDenied(String daemon, String target, String hit, String miss) throws Exception {
        ProxyUnderTest[] proxies = daemon.equals("docker") ? DOCKER : PODMAN;

        assertThat(ask(proxies[0], target, hit).body()).contains("\"mf").doesNotContain("socket-proxy:");
        assertThat(ask(proxies[0], target, miss).status()).isEqualTo(200);
        assertThat(ask(proxies[0], target, miss).body()).doesNotContain("\"mf");
        for (String filters : new String[] {hit, miss}) {
            RawResponse denied = ask(proxies[1], target, filters);
            assertThat(denied.status()).as(denied.body()).isEqualTo(403);
            assertThat(denied.body()).contains("compares values that MASK=", "leave it out and select in the response");
        }
    }

    /** Columns: daemon, target, filters of ordinary clients. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "docker | /events?since=1&until=UNTIL& | {'event':['health_status','exec_create'],'container':['mf']}",
                "docker | /events?since=1&until=UNTIL& | {'label':['mf=a'],'type':['container']}",
                "docker | /containers/json? | {'label':{'mf=a':true},'ancestor':{'busybox:local':true},'volume':{'mf-volume':true}}",
                "docker | /images/json? | {'reference':['mf']}",
                "docker | /volumes? | {'name':['mf-volume']}",
                "podman | /v5.4.0/libpod/containers/json? | {'name':['mf'],'volume':['mf-volume'],'ancestor':['busybox']}",
                "podman | /v5.4.0/libpod/volumes/json? | {'name':['mf-volume']}",
                "podman | /v1.41/containers/json? | {'name':['mf']}",
            })
    void ordinaryQuestionIsAnswered(String daemon, String target, String filters) throws Exception {
        ProxyUnderTest[] proxies = daemon.equals("docker") ? DOCKER : PODMAN;

        assertThat(ask(proxies[0], target, filters).body()).contains("mf");
        RawResponse masked = ask(proxies[1], target, filters);
        assertThat(masked.status()).as(masked.body()).isEqualTo(200);
        assertThat(masked.body()).contains("mf");
    }

    @Test
    void filtersOfPodmanByVisibleValuesAreAnsweredAndOthersAreDenied() throws Exception {
        Set<String> answers = new TreeSet<>();
        for (MaskedFilterRow row : MaskedFilterRow.read(true)) {
            String target = "/v5.4.0" + row.operation().path()
                    + (row.operation().id().startsWith("SystemEvents") ? "?stream=false&since=1&until=" + end : "");
            int direct = row.status(PODMAN[0], target, "mf");
            int expected = row.isMasked() ? 403 : direct;

            assertThat(row.status(PODMAN[1], target, "mf")).as(row.toString()).isEqualTo(expected);
            answers.add(row.operation().id() + " " + expected);
        }
        assertThat(answers)
                .contains(
                        "SystemEventsLibpod 200",
                        "ContainerListLibpod 200",
                        "ContainerListLibpod 403",
                        "ImageListLibpod 200")
                .contains("NetworkListLibpod 200", "VolumeListLibpod 200", "VolumeListLibpod 403", "PodListLibpod 200")
                .contains("SecretListLibpod 200");
    }

    /** Asks for each next letter of a command, as an attacker would; returns what the proxy tells. */
    private static String commandByLetters(ProxyUnderTest proxy) throws IOException {
        StringBuilder found = new StringBuilder("sh -c ");
        boolean isFound = true;
        while (isFound) {
            isFound = false;
            for (int i = 0; i < ALPHABET.length() && !isFound; i++) {
                String next = found.toString() + ALPHABET.charAt(i);
                RawResponse response = ask(
                        proxy,
                        "/events?since=1&until=UNTIL&",
                        "{'container':['mf'],'event':['health_status','exec_create: " + next + "']}");
                isFound = response.status() == 200 && response.body().contains("exec_create");
                if (isFound) {
                    found.append(ALPHABET.charAt(i));
                }
            }
        }
        return found.toString();
    }

    @Test
    void askingLetterByLetterTellsNoCommand() throws Exception {
        assertThat(commandByLetters(DOCKER[0])).isEqualTo(COMMAND);
        assertThat(commandByLetters(DOCKER[1])).isEqualTo("sh -c ");
    }
}
