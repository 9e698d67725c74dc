package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawResponse;

/** Volumes of the proxy in place of binds below {@code /**}, on a real dockerd. */
@Tag("thorough")
class ProtectedBindIT extends ProtectedBindFixture {
    /** Each option, what the container shows, and what an inspect through the proxy shows. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--volume FOLDER/data:/t | cat /t/file | FOLDER/data:/t",
                "--volume FOLDER/data/:/t:ro | cat /t/file | FOLDER/data/:/t:ro",
                "--volume FOLDER/data/nested:/t:rw,z | cat /t/file | FOLDER/data/nested:/t:rw,z",
                "--volume FOLDER/data/file:/f | cat /f | FOLDER/data/file:/f",
                "--volume 'FOLDER/a b%41-_c:/t' | cat /t/file | FOLDER/a b%41-_c:/t",
                "--volume FOLDER/inner:/t | cat /t/file | FOLDER/inner:/t",
                "--mount type=bind,source=FOLDER/data,target=/t | cat /t/file | {\"Type\":\"bind\",\"Source\":\"FOLDER/data\",\"Target\":\"/t\"}",
                "--mount type=bind,source=FOLDER/data/file,target=/f,readonly | cat /f | {\"Type\":\"bind\",\"Source\":\"FOLDER/data/file\",\"Target\":\"/f\",\"ReadOnly\":true}",
                "--mount type=bind,source=FOLDER/data,target=/t,bind-propagation=rprivate | cat /t/file | {\"Type\":\"bind\",\"Source\":\"FOLDER/data\",\"Target\":\"/t\",\"BindOptions\":{\"Propagation\":\"rprivate\"}}"
            })
    void containerGetsTheFolderAndItsDescriptionHasTheBind(String option, String command, String bind)
            throws IOException {
        Cli.Result run =
                through("docker run -d --network none --name " + NAME + " " + option + " busybox:local sleep 1000");
        assertThat(run.exitCode()).as(run.stderr()).isZero();

        assertThat(through("docker exec " + NAME + " " + command).stdout()).isEqualTo("content\n");
        String shown = ask("GET", "/containers/" + NAME + "/json", "").body();
        String expected = bind.replace("FOLDER", folder.toString());
        JsonNode hostConfig = JSON.readTree(shown).get("HostConfig");
        String list = bind.startsWith("{") ? "Mounts" : "Binds";
        assertThat(hostConfig.get(list)).hasSize(1);
        assertThat(
                        bind.startsWith("{")
                                ? hostConfig.get(list).get(0).toString()
                                : hostConfig.get(list).get(0).asText())
                .isEqualTo(expected);
        JsonNode mount = JSON.readTree(shown).get("Mounts").get(0);
        assertThat(mount.get("Type").asText()).isEqualTo("bind");
        assertThat(shown).doesNotContain(OWN);
        String listed = ask("GET", "/containers/json", "").body();
        assertThat(listed).contains("\"Source\":" + mount.get("Source")).doesNotContain(OWN);
        assertThat(direct("docker inspect --format '{{(index .Mounts 0).Type}}' " + NAME)
                        .stdout())
                .isEqualTo("volume\n");
    }

    /** No client writes the folder above. */
    @Test
    void bindOfTheAllowedPathItselfStays() throws Exception {
        assertThat(create("/v1.41", "\"Binds\":[\"FOLDER:/t\"]").status()).isEqualTo(201);

        assertThat(ask("POST", "/containers/" + NAME + "/start", "").status()).isEqualTo(204);
        assertThat(direct("docker inspect --format '{{(index .Mounts 0).Type}}' " + NAME)
                        .stdout())
                .isEqualTo("bind\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--volume FOLDER/data:/t:ro", "--mount type=bind,source=FOLDER/data,target=/t,readonly"})
    void readOnlyBindIsNotWritten(String option) {
        Cli.Result run = through(
                "docker run --rm --network none " + option + " busybox:local sh -c 'touch /t/x; touch /t/nested/x'");

        assertThat(run.stderr()).contains("/t/x: Read-only file system", "/t/nested/x: Read-only file system");
    }

    /** The client puts a link in place of the folder after the proxy has judged it. */
    @Test
    void folderThatBecomesALinkShowsNothingOfTheHost() throws Exception {
        assertThat(swapped(unprotected).stdout()).contains("passwd");

        Cli.Result swapped = swapped(proxy);

        assertThat(swapped.stdout()).doesNotContain("passwd");
        assertThat(swapped.stderr())
                .contains("a link must not lead out of the path that BINDS allows")
                .doesNotContain(OWN);
    }

    private static Cli.Result swapped(ProxyUnderTest asked) throws IOException {
        direct("docker rm -f " + NAME);
        Path swapped = Files.createDirectories(folder.resolve("swapped"));
        Cli.Result made = through(
                asked,
                "docker create --network none --name " + NAME + " --volume FOLDER/swapped:/t busybox:local ls /t");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        Files.delete(swapped);
        Files.createSymbolicLink(swapped, Path.of("/etc"));
        Cli.Result started = through(asked, "docker start -a " + NAME);
        Files.delete(swapped);
        return started;
    }

    /** The link and the folder change places while the daemon starts containers. */
    @Test
    void folderThatIsSwappedAllTheTimeShowsNothingOfTheHost() throws Exception {
        int found = swappedInALoop(unprotected, 10);
        System.out.println("10 binds of a folder that a client swaps, unprotected: " + found + " show the host's /etc");

        assertThat(swappedInALoop(proxy, 20)).isZero();
    }

    private static int swappedInALoop(ProxyUnderTest asked, int times) throws Exception {
        direct("mkdir FOLDER/loop && ln -s /etc FOLDER/loop-link");
        int found = 0;
        try (Cli.Running swapping =
                docker.cli(folder, Map.of()).start("sh", "-c", "while mv --exchange -T loop loop-link; do :; done")) {
            for (int i = 0; i < times; i++) {
                Cli.Result run =
                        through(asked, "docker run --rm --network none --volume FOLDER/loop:/t busybox:local ls /t");
                found += run.stdout().contains("passwd") ? 1 : 0;
            }
            assertThat(swapping.isAlive()).as(swapping.stderr()).isTrue();
        }
        direct("rm -rf FOLDER/loop FOLDER/loop-link");
        return found;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--volume FOLDER/missing/x:/t | a bind below /** needs a path that exists | FOLDER/missing",
                "--volume FOLDER/outer:/t | a link must not lead out of the path that BINDS allows | base: FOLDER, subpath: outer",
                "--volume FOLDER/outer/passwd:/t | a link must not lead out of the path that BINDS allows | subpath: outer/passwd"
            })
    void startOfAContainerWithoutItsFolderSaysWhichOneIsMissing(String option, String sentence, String path) {
        Cli.Result run = through("docker run --network none --name " + NAME + " " + option + " busybox:local true");

        assertThat(run.exitCode()).isNotZero();
        assertThat(run.stderr())
                .contains(sentence, path.replace("FOLDER", folder.toString()))
                .doesNotContain(OWN);
        assertThat(through("docker inspect --format '{{.State.Error}}' " + NAME).stdout())
                .contains(sentence)
                .doesNotContain(OWN);
    }

    @Test
    void clientNeitherSeesNorUsesTheVolume() throws Exception {
        assertThat(create("", "\"Binds\":[\"FOLDER/data:/t\"]").status()).isEqualTo(201);
        String name = volumes().strip();
        assertThat(name).startsWith(OWN + "_");

        String seen = ask("GET", "/volumes", "").body()
                + ask("GET", "/system/df", "").body()
                + ask("GET", "/events?since=0&until=" + (System.currentTimeMillis() / 1000 + 1), "")
                        .body();
        assertThat(seen).doesNotContain(OWN);
        assertThat(ask("GET", "/volumes/" + name, "").status()).isEqualTo(403);
        assertThat(ask("DELETE", "/volumes/" + name, "").status()).isEqualTo(403);
        assertThat(ask("DELETE", "/volumes/%73" + name.substring(1), "").status())
                .isIn(400, 403);
        assertThat(ask("POST", "/volumes/create", "{\"Name\":\"" + name + "\"}").status())
                .isEqualTo(403);
        assertThat(ask("POST", "/volumes/prune?filters=%7B%22all%22%3A%5B%221%22%5D%7D", "")
                        .body())
                .doesNotContain(OWN);
        direct("docker rm -f " + NAME);
        for (String other : List.of(
                "\"Binds\":[\"" + name + ":/t\"]",
                "\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"" + name + "\",\"Target\":\"/t\"}]")) {
            assertThat(create("", other).body()).contains("has the name of a volume that this proxy makes");
        }
    }

    @Test
    void volumeIsRemovedAfterTheLastContainer() throws Exception {
        assertThat(create("", "\"Binds\":[\"FOLDER/data:/t\",\"FOLDER/data/nested:/n\"]")
                        .status())
                .isEqualTo(201);
        assertThat(volumes().lines()).hasSize(2);

        assertThat(ask("DELETE", "/containers/" + NAME + "?force=1", "").status())
                .isEqualTo(204);

        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!volumes().isEmpty() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        assertThat(volumes()).isEmpty();
    }

    /** A volume that was removed between the judgement and the creation is created by the daemon. */
    @Test
    void containerStartsAfterARestartOfTheProxyAndAfterARemovalOfTheVolume() throws Exception {
        assertThat(create("", "\"Binds\":[\"FOLDER/data:/t\"]").status()).isEqualTo(201);
        try (ProxyUnderTest other = proxy("")) {
            assertThat(through(other, "docker start " + NAME + " && docker exec " + NAME + " cat /t/file")
                            .stdout())
                    .isEqualTo(NAME + "\ncontent\n");
            String inspect = through(other, "docker inspect " + NAME).stdout();
            assertThat(inspect).contains("\"" + folder + "/data:/t\"").doesNotContain(OWN);
        }
    }

    @Test
    void volumeOfThisNameWithAnotherDeviceIsNotUsed() throws Exception {
        assertThat(create("", "\"Binds\":[\"FOLDER/data:/t\"]").status()).isEqualTo(201);
        String name = volumes().strip();
        direct("docker rm -f " + NAME + "; docker volume rm " + name
                + "; docker volume create --opt type=none --opt o=bind" + " --opt device=/etc " + name);

        RawResponse created = create("", "\"Binds\":[\"FOLDER/data:/t\"]");

        direct("docker volume rm " + name);
        assertThat(created.status()).isEqualTo(403);
        assertThat(created.body()).contains("the daemon has another volume with the name " + name);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1.45 | \"Binds\":[\"FOLDER/data:/t\"] | 201",
                "/v1.41 | \"Binds\":[\"FOLDER/data:/t\"] | 201",
                "/v1.24 | \"Binds\":[\"FOLDER/data:/t\"] | 201",
                "/v1.41 | \"Annotations\":{\"a\":\"b\"},\"Binds\":[\"FOLDER/data:/t\"] | 403",
                "/v1.43 | \"Mounts\":[{\"Type\":\"bind\",\"Source\":\"FOLDER/data\",\"Target\":\"/t\"}] | 201"
            })
    void requestOfAnOlderClientHasAVersionWithPathsInVolumes(String version, String hostConfig, int status)
            throws Exception {
        RawResponse created = create(version, hostConfig);

        assertThat(created.status()).as(created.body()).isEqualTo(status);
        assertThat(volumes().isEmpty()).isEqualTo(status != 201);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"Binds\":[\"FOLDER/data:/t:rslave\"] | CREATE_ALLOW=propagation",
                "\"Binds\":[\"FOLDER/../outside:/t\"] | not absolute and canonical",
                "\"Binds\":[\"FOLDER//data:/t\"] | not absolute and canonical",
                "\"Binds\":[\"FOLDER/./data:/t\"] | not absolute and canonical",
                "\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"FOLDER/data\",\"Target\":\"/t\",\"BindOptions\":{\"NonRecursive\":true}}] | CREATE_ALLOW=binds-unprotected",
                "\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/t\",\"VolumeOptions\":{\"Subpath\":\"../x\"}}] | subpath must be"
            })
    void bindThatNoVolumeReplacesIsDenied(String hostConfig, String sentence) throws Exception {
        RawResponse created = create("/v1.45", hostConfig);

        assertThat(created.status()).as(created.body()).isIn(400, 403);
        assertThat(created.body()).contains(sentence);
    }

    /** An administrator's container with a direct bind: the client could put a link in place of its folder, and restart it. */
    @Test
    void containerWithADirectBindIsNeitherStartedNorEntered() throws Exception {
        Cli.Result made = direct(
                "docker run -d --network none --name " + NAME + " --volume FOLDER/data:/t busybox:local sleep 1000");
        assertThat(made.exitCode()).as(made.stderr()).isZero();

        for (String action : List.of("restart?t=0", "start")) {
            RawResponse answer = ask("POST", "/containers/" + NAME + "/" + action, "");
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.body()).contains("binds " + folder + "/data directly", "binds-unprotected");
        }
        assertThat(ask("POST", "/containers/" + NAME + "/exec", "{\"Cmd\":[\"ls\"]}")
                        .status())
                .isEqualTo(403);
    }
}
