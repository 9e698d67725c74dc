package org.socketproxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.lease.LeaseWorld.Opened;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealDocker;

/** Leases on a real dockerd: what their clients make, and what is left of it. */
class LeaseIT {
    private static final String IMAGE = RealDocker.IMAGE;

    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static LeaseWorld world;

    @BeforeAll
    static void start() throws Exception {
        docker = RealDocker.get();
        world = new LeaseWorld(folder, docker.socket());
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
            docker.cli(folder, Map.of())
                    .script("docker ps -aq | xargs -r docker rm -fv; docker network prune -f; docker volume prune -af;"
                            + " docker rmi -f foreign-l:1 foreign-from:1");
        }
    }

    private static String direct(String script) {
        Cli.Result result = docker.cli(folder, Map.of()).script(script);
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        return result.stdout();
    }

    private static String objects() {
        return direct("docker ps -aq --no-trunc; docker network ls -q --no-trunc; docker volume ls -q;"
                + " docker images --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}'");
    }

    @Test
    void nothingOfALeaseIsLeftAfterIt() throws Exception {
        String before = objects();
        Opened lease = world.open("template=agent&for=30m");
        Files.writeString(folder.resolve("Dockerfile"), "FROM " + IMAGE + "\nRUN touch /built\n");

        world.succeeding(
                lease,
                "docker run -d --name l1 --network none -v named:/n -v /anonymous " + IMAGE + " sleep 1000"
                        + " && docker create --name l2 --network none " + IMAGE + " true"
                        + " && docker network create l-n && docker volume create l-v"
                        + " && docker commit l1 l-commit:1"
                        + " && DOCKER_BUILDKIT=0 docker build -q -t l-classic:1 --network none " + folder
                        + " && docker build -q -t l-buildkit:1 --network none " + folder
                        + " && docker rm -f l2 && docker run -d --restart always --network none l-buildkit:1 sleep 1000");
        assertThat(objects().lines().count()).isGreaterThan(before.lines().count() + 7);
        lease.close();
        world.awaitEnd(lease.id());

        // Objects of earlier tests can end meanwhile.
        assertThat(before.lines().toList()).containsAll(objects().lines().toList());
        assertThat(String.join("", world.records))
                .contains("policy lease-opened by uid 0 profile agent:" + lease.id() + " for=PT30M")
                .containsPattern("policy lease-ended by its opener has left profile agent:" + lease.id()
                        + " 2 containers, 1 network, 2 volumes, \\d images removed");
    }

    @Test
    @Tag("thorough")
    void objectsOfOthersWithTheLabelStay() throws Exception {
        Opened lease = world.open("template=agent");
        world.succeeding(
                lease,
                "docker run -d --name mine --network none " + IMAGE + " sleep 1000"
                        + " && docker commit mine l-base:1 && docker network create mine-n");
        String label = direct("docker inspect -f '{{index .Config.Labels \"socket-proxy.lease\"}}' mine")
                .strip();
        assertThat(label).matches("[0-9a-f]{32}");
        Files.writeString(folder.resolve("Dockerfile.from"), "FROM l-base:1\nRUN touch /others\n");
        String copied = " --label socket-proxy.lease=" + label + " ";
        direct("for i in $(seq 120); do docker create --network none" + copied + IMAGE + " true; done >/dev/null;"
                + " docker network create" + copied + "foreign-n; docker volume create" + copied + "foreign-v;"
                + " DOCKER_BUILDKIT=0 docker build -q -t foreign-from:1 --network none -f " + folder
                + "/Dockerfile.from " + folder + "; docker tag l-base:1 foreign-l:1");
        lease.close();
        world.awaitEnd(lease.id());

        assertThat(direct("docker ps -aq --filter label=socket-proxy.lease=" + label)
                        .lines())
                .hasSize(120);
        assertThat(direct("docker network ls --format '{{.Name}}'").lines())
                .contains("foreign-n")
                .doesNotContain("mine-n");
        assertThat(direct("docker volume ls -q").lines()).contains("foreign-v");
        assertThat(direct("docker images --format '{{.Repository}}'").lines())
                .contains("foreign-from", "foreign-l", "busybox")
                .doesNotContain("l-base");
        direct("docker ps -aq --filter label=socket-proxy.lease | xargs docker rm -f");
    }

    @Test
    void leasesSideBySideDoNotSeeEachOther() throws Exception {
        try (Opened one = world.open("template=agent");
                Opened two = world.open("template=agent")) {
            world.succeeding(one, "docker run -d --name one --network none " + IMAGE + " sleep 1000");
            world.succeeding(two, "docker run -d --name two --network none " + IMAGE + " sleep 1000");

            assertThat(world.succeeding(one, "docker ps -a --format '{{.Names}}'"))
                    .isEqualTo("one\n");
            assertThat(world.run(two, "docker rm -f one").stderr()).contains("No such container: one");
            one.close();
            world.awaitEnd(one.id());
            assertThat(world.succeeding(two, "docker ps --format '{{.Names}}'")).isEqualTo("two\n");
        }
    }

    @Test
    void onlyItsUserOpensRenewsAndEndsALease() throws Exception {
        try (Opened lease = world.open("template=agent&for=10m")) {
            String id = lease.id();
            assertThat(world.ask("POST", "/leases?template=other"))
                    .startsWith("403 there is no lease other that this user");
            assertThat(world.ask("POST", "/leases?template=none")).startsWith("403 there is no lease none");
            assertThat(world.ask("POST", "/leases?template=agent&for=61m"))
                    .isEqualTo("400 a lease agent lasts at most PT1H");
            assertThat(world.ask("POST", "/leases?template=agent&for=0s")).startsWith("400 ");
            assertThat(world.ask("POST", "/leases?template=agent&for=1d")).startsWith("400 use a number");
            assertThat(world.ask("POST", "/leases/" + id + "?key=wrong&for=5m")).startsWith("404 ");
            assertThat(world.ask(
                            "POST", "/leases/" + id + "?key=" + lease.facts().text("key") + "&for=2h"))
                    .startsWith("400 a lease agent lasts at most");
            assertThat(world.ask(
                            "POST", "/leases/" + id + "?key=" + lease.facts().text("key") + "&for=5m"))
                    .isEqualTo("200 ");
            assertThat(world.ask("DELETE", "/leases/00000000")).startsWith("404 ");
            assertThat(world.ask("PUT", "/leases")).startsWith("404 use POST or GET /leases");
            assertThat(Files.getAttribute(Path.of(lease.socket()), "unix:mode")).isEqualTo(0140600);
            assertThat(Files.getAttribute(world.leases.resolve(id), "unix:mode"))
                    .isEqualTo(040711);
            assertThat(Files.getAttribute(world.leases.resolve(id + ".lease"), "unix:mode"))
                    .isEqualTo(0100600);
            assertThat(world.list()).singleElement().satisfies(listed -> {
                assertThat(listed.text("lease")).isEqualTo(id);
                assertThat(listed.text("state")).isEqualTo("open");
                assertThat(listed.members()).doesNotContainKeys("key", "socket");
            });
            assertThat(world.ask("DELETE", "/leases/" + id)).isEqualTo("200 ");
            assertThat(lease.holder().object().text("removed")).isEqualTo("nothing to remove");
            world.awaitEnd(id);
        }
    }

    @Test
    void statusPageHasTheLeases() throws Exception {
        try (Opened lease = world.open("template=agent")) {
            world.succeeding(lease, "docker create --network none " + IMAGE + " true");
            assertThat(world.run(lease, "docker run --privileged " + IMAGE + " true")
                            .exitCode())
                    .isNotZero();
            ProcessResources.await(() -> page().contains("<td>1</td>\n<td>1</td></tr>"));

            assertThat(page())
                    .contains(
                            "<h2 id=\"leases\">",
                            "<code>" + lease.id() + "</code><br><span class=\"aside\">agent, uid 0</span>",
                            "<td>open</td>")
                    .doesNotContain(lease.facts().text("key"), lease.socket());
        }
    }

    private static String page() {
        try (InputStream page = URI.create(world.proxy().statusPage()).toURL().openStream()) {
            return new String(page.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Test
    void timeEndsALease() throws Exception {
        try (Opened lease = world.open("template=one")) {
            JsonObject last = lease.holder().object();

            assertThat(last.text("state")).isEqualTo("ended");
            assertThat(last.text("cause")).isEqualTo("its time is over");
            assertThat(world.run(lease, "docker ps").stderr()).contains("Cannot connect");
        }
    }

    @Test
    void requestsAfterTheEndAreDeniedAndStreamsEnd() throws Exception {
        try (Opened lease = world.open("template=agent");
                RawClient client = RawClient.connect(Path.of(lease.socket()))) {
            assertThat(client.request("GET", "/containers/json")
                            .readAnswer("GET")
                            .status())
                    .isEqualTo(200);
            world.succeeding(lease, "docker run -d --name slow --network none " + IMAGE + " sleep 1000");
            try (Cli.Running events = Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + lease.socket()))
                    .start("docker", "logs", "-f", "slow")) {
                world.ask("DELETE", "/leases/" + lease.id());
                RawResponse denied = client.request("GET", "/containers/json").readAnswer("GET");

                assertThat(denied.status()).isEqualTo(403);
                assertThat(denied.body()).contains("the lease " + lease.id() + " has ended (ended by uid 0)");
                events.await(Duration.ofMinutes(1));
            }
            world.awaitEnd(lease.id());
        }
    }

    @Test
    void leaseKeepsItsRightsAfterAReload() throws Exception {
        try (LeaseWorld own = new LeaseWorld(Files.createDirectory(folder.resolve("r")), docker.socket());
                Opened lease = own.open("template=agent")) {
            try (Cli.Running events = Cli.in(own.folder, Map.of("DOCKER_HOST", "unix://" + lease.socket()))
                    .start("docker", "events")) {
                ProcessResources.await(() -> own.proxy().openExchanges() == 1);
                own.reloadWithoutPolicy();

                own.succeeding(lease, "docker create --name kept --network none " + IMAGE + " true");
                assertThat(own.proxy().openExchanges()).isEqualTo(1);
                assertThat(own.ask("POST", "/leases?template=agent")).startsWith("403 ");
            }
            own.ask("DELETE", "/leases/" + lease.id());
            own.awaitEnd(lease.id());
            assertThat(direct("docker ps -a --format '{{.Names}}'")).doesNotContain("kept");
        }
    }

    @Test
    void startRemovesWhatAnEarlierStartHasLeft() throws Exception {
        LeaseWorld own = new LeaseWorld(Files.createDirectory(folder.resolve("s")), docker.socket());
        String id;
        try (Opened lease = own.open("template=agent")) {
            id = lease.id();
            own.succeeding(lease, "docker run -d --name left --network none -v left:/v " + IMAGE + " sleep 1000");
            own.close();
        }
        assertThat(direct("docker ps --format '{{.Names}}'")).contains("left");
        own.start();

        assertThat(direct("docker ps -a --format '{{.Names}}'; docker volume ls -q"))
                .doesNotContain("left");
        assertThat(own.list()).isEmpty();
        assertThat(own.leases.resolve(id)).doesNotExist();
        own.close();
    }

    @Test
    void templateLimitsItsLeases() throws Exception {
        try (Opened one = world.open("template=one&for=1s")) {
            assertThat(world.ask("POST", "/leases?template=one")).startsWith("429 1 leases one are open");
            world.awaitEnd(one.id());
        }
        Opened next = world.open("template=one");
        next.close();
        world.awaitEnd(next.id());
    }
}
