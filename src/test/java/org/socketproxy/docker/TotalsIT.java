package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
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
import org.socketproxy.testing.RestartableDocker;

/** {@code MAX_OBJECTS} on dockerd: no order of requests gives a profile more than its totals, and all that is allowed is had. */
class TotalsIT {
    private static final String LABEL = "owner=totals-it";
    private static final String LIMITED = "{\"Image\":\"" + RealDocker.IMAGE
            + "\",\"HostConfig\":{\"NetworkMode\":\"none\",\"Memory\":67108864,\"NanoCpus\":500000000,\"PidsLimit\":50}}";
    private static final int PARALLEL = 12;

    private static RealDocker docker;

    @TempDir
    Path folder;

    private ProxyUnderTest proxy;

    @BeforeAll
    static void start() {
        docker = RealDocker.get();
    }

    @AfterEach
    void stop() {
        if (proxy != null) {
            proxy.close();
        }
        docker.cli(folder, Map.of())
                .script("docker ps -aq --filter label=" + LABEL + " | xargs -r docker rm -fv\n"
                        + "docker network ls -q --filter label=" + LABEL + " | xargs -r docker network rm\n"
                        + "docker volume ls -q --filter label=" + LABEL + " | xargs -r docker volume rm");
    }

    private static ProxyUnderTest proxy(Path socket, String totals) {
        Map<String, String> environment = ProxyUnderTest.everything();
        environment.putAll(
                Map.of("CREATE", "safe", "TARGETS", "label:" + LABEL + ",images:reference:**", "MAX_OBJECTS", totals));
        return ProxyUnderTest.with(socket, environment);
    }

    private void limit(String totals) {
        proxy = proxy(docker.socket(), totals);
    }

    private static RawResponse post(ProxyUnderTest to, String target, String body) throws IOException {
        try (RawClient client = to.connect()) {
            client.send("POST " + target + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                    + body.length() + "\r\n\r\n" + body);
            return client.readAnswer("POST");
        }
    }

    private RawResponse create() throws IOException {
        return post(proxy, "/containers/create", LIMITED);
    }

    private List<String> list(String kind) {
        return docker.cli(folder, Map.of())
                .script("docker " + kind + " -q --filter label=" + LABEL)
                .stdout()
                .lines()
                .toList();
    }

    private Cli.Result through(String script) {
        return docker.cli(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port()))
                .script(script);
    }

    private static List<Integer> parallel(List<? extends Callable<RawResponse>> calls) throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(calls.size());
        try {
            List<Integer> statuses = new ArrayList<>();
            for (Future<RawResponse> answer : clients.invokeAll(calls)) {
                statuses.add(answer.get().status());
            }
            return statuses;
        } finally {
            clients.shutdownNow();
        }
    }

    private static int count(List<Integer> statuses, int status) {
        return (int) statuses.stream().filter(each -> each == status).count();
    }

    @Test
    void parallelCreatesGetExactlyTheLimit() throws Exception {
        limit("containers:5");
        List<Callable<RawResponse>> creates = new ArrayList<>();
        for (int i = 0; i < PARALLEL; i++) {
            creates.add(this::create);
        }

        List<Integer> statuses = parallel(creates);

        assertThat(count(statuses, 201)).as("%s", statuses).isEqualTo(5);
        assertThat(count(statuses, 403)).as("%s", statuses).isEqualTo(PARALLEL - 5);
        assertThat(list("ps -a")).hasSize(5);
        assertThat(create().body())
                .contains(
                        "ContainerCreate: this profile may have 5 containers, and has 5: remove some, or set containers in"
                                + " MAX_OBJECTS higher");
    }

    @Test
    void createsThatFailGiveTheirRoomToOthers() throws Exception {
        limit("containers:5");
        List<Callable<RawResponse>> creates = new ArrayList<>();
        for (int i = 0; i < PARALLEL; i++) {
            String image = i % 2 == 0 ? RealDocker.IMAGE : "missing:image";
            creates.add(() -> post(proxy, "/containers/create", LIMITED.replace(RealDocker.IMAGE, image)));
        }

        List<Integer> statuses = parallel(creates);

        assertThat(count(statuses, 201)).as("%s", statuses).isEqualTo(5);
        assertThat(list("ps -a")).hasSize(5);
    }

    @Test
    void sumsOfLimitsAreBoundedAlsoByUpdates() throws Exception {
        limit("memory:256m,cpus:2,pids:200");
        for (int i = 0; i < 3; i++) {
            assertThat(create().status()).isEqualTo(201);
        }
        String first = list("ps -a").get(0);

        assertThat(post(proxy, "/containers/" + first + "/update", "{\"Memory\":134217728,\"MemorySwap\":134217728}")
                        .status())
                .isEqualTo(200);
        RawResponse beyond =
                post(proxy, "/containers/" + first + "/update", "{\"Memory\":4294967296,\"MemorySwap\":-1}");
        assertThat(beyond.status()).isEqualTo(403);
        assertThat(beyond.body())
                .contains(
                        "ContainerUpdate: the containers of this profile may have memory of 256m together, also stopped ones,"
                                + " and they have 256m, and this request adds 3968m");
        assertThat(post(proxy, "/containers/" + first + "/update", "{\"PidsLimit\":-1}")
                        .body())
                .contains("needs a limit of pids, such as --pids-limit 100");
        assertThat(create().status()).isEqualTo(403);

        assertThat(post(proxy, "/containers/" + first + "/update", "{\"Memory\":67108864,\"MemorySwap\":67108864}")
                        .status())
                .isEqualTo(200);
        assertThat(create().status()).as("after a smaller limit").isEqualTo(201);
        assertThat(through("docker create " + RealDocker.IMAGE).stderr())
                .contains(
                        "ContainerCreate needs a limit of memory, such as --memory 512m, because those of all containers");
    }

    @Test
    void removedContainersMakeRoom() {
        limit("containers:2,memory:128m");
        Cli.Result runs = through("for i in 1 2 3 4 5 6 7 8; do docker run --rm --network none --memory 64m "
                + RealDocker.IMAGE + " true || exit 1; done");

        assertThat(runs.exitCode()).as(runs.stderr()).isZero();
        assertThat(list("ps -a")).isEmpty();
    }

    @Test
    void networksAndVolumesAreCounted() throws Exception {
        limit("networks:1,volumes:2");
        assertThat(through("docker network create --internal totals-it-1").exitCode())
                .isZero();
        assertThat(through("docker network create --internal totals-it-2").stderr())
                .contains("NetworkCreate: this profile may have 1 networks, and has 1: remove some");

        Cli.Result first =
                through("docker create --network none -v totals-it-1:/a -v totals-it-2:/b " + RealDocker.IMAGE);
        assertThat(first.exitCode()).as(first.stderr()).isZero();
        Cli.Result known = through("docker create --network none -v totals-it-1:/a " + RealDocker.IMAGE
                + " && docker volume create totals-it-2");
        assertThat(known.exitCode()).as(known.stderr()).isZero();
        assertThat(through("docker create --network none -v totals-it-3:/a " + RealDocker.IMAGE)
                        .stderr())
                .contains("ContainerCreate: this profile may have 2 volumes, and has 2");
        assertThat(through("docker volume create").stderr()).contains("VolumeCreate: this profile may have 2 volumes");
        assertThat(list("volume ls")).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                             | json-file map[max-file:2 max-size:524288] no",
                "--log-driver local --log-opt compress=false    | local map[compress:false max-file:2 max-size:524288] no",
                "--log-driver local --log-opt max-size=10k      | local map[max-file:2 max-size:10k] no",
                "--log-opt max-size=1g --log-opt max-file=4     | json-file map[max-file:4 max-size:262144] no",
                "--restart always --log-driver none             | none map[] no",
            })
    void logsAreBoundedAndNothingRestarts(String options, String expected) {
        bound(docker.socket());
        Cli.Result created =
                through("docker run -d --network none --restart unless-stopped " + options + " " + RealDocker.IMAGE
                        + " sh -c 'i=0; while [ $i -lt 20000 ]; do echo $i 0123456789012345678901234567890123456789"
                        + "0123456789012345678901234567890123456789; i=$((i+1)); done'");
        assertThat(created.exitCode()).as(created.stderr()).isZero();

        String id = created.stdout().strip();
        Cli direct = docker.cli(folder, Map.of());
        assertThat(direct.script(
                                "docker wait " + id + " && docker inspect " + id + " -f '{{.HostConfig.LogConfig.Type}}"
                                        + " {{.HostConfig.LogConfig.Config}} {{.HostConfig.RestartPolicy.Name}}'")
                        .stdout()
                        .lines())
                .containsExactly("0", expected);
        assertThat(direct.script("docker logs " + id).stdout().length()).isLessThan(1100 << 10);
        assertThat(through("docker update --restart always " + id + " && docker inspect " + id
                                + " -f '{{.HostConfig.RestartPolicy.Name}}'")
                        .stdout())
                .endsWith("\nno\n");
    }

    @ParameterizedTest
    @CsvSource({
        "podman --remote create --log-driver json-file --log-opt max-size=1g",
        "docker create",
        "docker create --log-opt max-size=1g",
    })
    void logsOfPodmanAreBoundedAndNothingRestarts(String create) {
        RealPodman podman = RealPodman.get();
        bound(podman.socket());
        Cli client = podman.cli(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port()));
        Cli.Result created = client.script(create + " --network none --restart always " + RealDocker.IMAGE);
        assertThat(created.exitCode()).as(created.stderr()).isZero();

        String id = created.stdout().strip();
        Cli direct = podman.cli(folder, Map.of());
        assertThat(direct.script("podman --remote inspect " + id
                                + " --format '{{.HostConfig.LogConfig.Size}} {{.HostConfig.RestartPolicy.Name}}'")
                        .stdout())
                .isEqualTo("524.3kB no\n");
        assertThat(client.script("podman --remote update --restart always " + id)
                        .stderr())
                .contains("restartPolicy must be no, because CREATE_REQUIRE has no-restart");
        direct.script("podman --remote rm -f -t 0 " + id);
    }

    private void bound(Path socket) {
        Map<String, String> environment = ProxyUnderTest.everything();
        environment.putAll(Map.of(
                "CREATE", "safe", "CREATE_LABELS", LABEL, "CREATE_REQUIRE", "no-restart", "MAX_OBJECTS", "logs:1m"));
        proxy = ProxyUnderTest.with(socket, environment);
    }

    @Test
    @Tag("thorough")
    void composeRecreatesWithRoomForBoth() throws IOException {
        limit("containers:4,memory:256m,networks:1");
        String file = "services:\n  a: &a\n    image: " + RealDocker.IMAGE
                + "\n    command: sleep 100\n    stop_grace_period: 0s\n    mem_limit: 64m\n    environment: {N: \"1\"}\n  b: *a\n";
        Path compose = Files.writeString(folder.resolve("compose.yaml"), file);
        Cli.Result up = through("docker compose -p totals-it up -d --quiet-pull");
        assertThat(up.exitCode()).as(up.stderr()).isZero();

        Files.writeString(compose, file.replace("\"1\"", "\"2\""));
        Cli.Result again = through("docker compose -p totals-it up -d");
        assertThat(again.exitCode()).as(again.stderr()).isZero();
        assertThat(list("ps")).hasSize(2);
        Cli.Result more = through("docker compose -p totals-it up -d --scale a=4");
        assertThat(more.stderr()).contains("this profile may have 4 containers");
        assertThat(through("docker compose -p totals-it down -t 0").exitCode()).isZero();
    }

    @Test
    void newProxyCountsWhatItFinds() throws Exception {
        limit("containers:2");
        assertThat(create().status()).isEqualTo(201);
        assertThat(create().status()).isEqualTo(201);
        proxy.close();

        limit("containers:3");
        assertThat(create().status()).isEqualTo(201);
        assertThat(create().status()).isEqualTo(403);
    }

    @Test
    void clientsThatLeaveDoNotExceedTheLimit() throws Exception {
        limit("containers:5");
        String request =
                "POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                        + LIMITED.length() + "\r\n\r\n" + LIMITED;
        for (int i = 0; i < PARALLEL; i++) {
            try (RawClient client = proxy.connect()) {
                client.send(request);
            }
        }
        List<Callable<RawResponse>> creates = new ArrayList<>();
        for (int i = 0; i < PARALLEL; i++) {
            creates.add(this::create);
        }

        List<Integer> statuses = parallel(creates);

        assertThat(statuses).isSubsetOf(201, 403);
        assertThat(list("ps -a")).hasSizeLessThanOrEqualTo(5);
    }

    @Test
    @Tag("thorough")
    void killedDaemonDoesNotExceedTheLimit() throws Exception {
        try (RestartableDocker killed = RestartableDocker.start();
                ProxyUnderTest before = proxy(killed.socket(), "containers:5")) {
            RealDocker.makeImage(Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + killed.socket())));
            ExecutorService clients = Executors.newFixedThreadPool(PARALLEL);
            try {
                List<Future<Integer>> first = new ArrayList<>();
                for (int i = 0; i < PARALLEL; i++) {
                    first.add(clients.submit(() -> statusOf(before)));
                }
                killed.kill();
                for (Future<Integer> each : first) {
                    each.get();
                }
                killed.restart(false);
                List<Callable<RawResponse>> creates = new ArrayList<>();
                for (int i = 0; i < PARALLEL; i++) {
                    creates.add(() -> post(before, "/containers/create", LIMITED));
                }
                assertThat(parallel(creates))
                        .as("or a lookup that was too slow")
                        .isSubsetOf(201, 403, 502, 503, 504);
            } finally {
                clients.shutdownNow();
            }
            Cli direct = Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + killed.socket()));
            List<String> found = direct.script("docker ps -aq").stdout().lines().toList();
            assertThat(found).hasSizeLessThanOrEqualTo(5);
        }
    }

    @Test
    void podmanIsLimitedOnBothApis() {
        RealPodman podman = RealPodman.get();
        try (ProxyUnderTest before = proxy(podman.socket(), "containers:2,memory:128m")) {
            Cli client = podman.cli(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + before.port()));
            String create = "podman --remote create --network none --memory 64m --memory-swap 64m " + RealDocker.IMAGE;
            assertThat(client.script("podman --remote create --network none " + RealDocker.IMAGE)
                            .stderr())
                    .contains("ContainerCreateLibpod needs a limit of memory");
            Cli.Result first = client.script(create);
            assertThat(first.exitCode()).as(first.stderr()).isZero();
            Cli.Result second = client.script(create.replace("podman --remote", "docker"));
            assertThat(second.exitCode()).as(second.stderr()).isZero();
            assertThat(client.script(create).stderr()).contains("this profile may have 2 containers, and has 2");
            Cli.Result removed =
                    client.script("podman --remote rm -f -t 0 " + first.stdout().strip());
            assertThat(removed.exitCode()).as(removed.stderr()).isZero();
            Cli.Result third = client.script(create);
            assertThat(third.exitCode()).as(third.stderr()).isZero();
        } finally {
            podman.cli(folder, Map.of())
                    .script("podman --remote ps -aq --filter label=" + LABEL
                            + " | xargs -r podman --remote rm -f -t 0");
        }
    }

    private static int statusOf(ProxyUnderTest proxy) {
        try {
            return post(proxy, "/containers/create", LIMITED).status();
        } catch (IOException | AssertionError cut) {
            return 0;
        }
    }
}
