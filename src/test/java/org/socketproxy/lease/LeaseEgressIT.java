package org.socketproxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.lease.LeaseWorld.Opened;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RestartableDocker;

/**
 * A lease whose containers reach only what the forward proxy of {@code conf/leases} passes on: the hosts in its list, and nothing else.
 */
class LeaseEgressIT {
    private static final String IMAGE = RealDocker.IMAGE;
    private static final String OF_HOST = "7777";

    /** The forward proxy of the test: CONNECT to the lines of a file. */
    private static final String PROXY = """
            read method target version
            while read header; do [ "${#header}" -le 1 ] && break; done
            if [ "$method" = CONNECT ] && busybox grep -qxF "$target" /etc/squid/allowed.txt; then
              printf 'HTTP/1.1 200 OK\\r\\n\\r\\n'
              exec busybox nc "${target%:*}" "${target##*:}"
            fi
            printf 'HTTP/1.1 403 Forbidden\\r\\n\\r\\n'
            """;

    @TempDir
    static Path folder;

    private static RestartableDocker docker;
    private static Cli direct;
    private static Process service;
    private static LeaseWorld world;
    private static Opened lease;

    @BeforeAll
    static void start() throws Exception {
        docker = RestartableDocker.start();
        docker.awaitReady();
        direct = Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()));
        RealDocker.makeImage(direct);
        service = new ProcessBuilder(
                        "nsenter",
                        "-t",
                        Long.toString(docker.pid()),
                        "-n",
                        "busybox",
                        "nc",
                        "-ll",
                        "-p",
                        OF_HOST,
                        "-e",
                        "echo",
                        "host")
                .start();
        startEgress();
        world = new LeaseWorld(folder, docker.socket());
        lease = world.open("template=egress");
    }

    /** The files of {@code conf/leases} with another program. */
    private static void startEgress() throws Exception {
        Path conf = Files.createDirectory(folder.resolve("conf"));
        for (String file : List.of("compose.yaml", "squid.conf")) {
            Files.copy(Path.of("conf/leases", file), conf.resolve(file));
        }
        Files.writeString(conf.resolve("allowed.txt"), "site:80\n");
        Files.writeString(conf.resolve("proxy.sh"), PROXY);
        Files.writeString(conf.resolve("override.yaml"), """
                services:
                  egress:
                    image: %1$s
                    command: busybox nc -ll -p 3128 -e sh /proxy.sh
                    volumes: ["./proxy.sh:/proxy.sh:ro"]
                  site: {container_name: site, image: %1$s, command: busybox nc -ll -p 80 -e echo site, networks: [out]}
                  other: {container_name: other, image: %1$s, command: busybox nc -ll -p 80 -e echo other, networks: [out]}
                """.formatted(IMAGE));
        ok(direct, "docker compose -f conf/compose.yaml -f conf/override.yaml up -d");
    }

    @AfterAll
    static void stop() throws Exception {
        if (world != null) {
            world.close();
        }
        if (service != null) {
            service.destroyForcibly();
        }
        if (docker != null) {
            docker.close();
        }
    }

    private static String ok(Cli cli, String script) {
        Cli.Result result = cli.script(script);
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        return result.stdout().strip();
    }

    private static String inspect(String format, String object) {
        return ok(direct, "docker inspect -f '" + format + "' " + object);
    }

    /** Returns what a container of the lease gets from a port, or an empty text. */
    private static String ask(String options, String host, String port) {
        String script = "docker run --rm " + options + " " + IMAGE + " sh -c 'echo | busybox nc -w 3 " + host + " "
                + port + "'";
        return world.run(lease, script).stdout().strip();
    }

    private static String byProxy(String target) {
        String request = "printf \"CONNECT " + target + " HTTP/1.1\\r\\n\\r\\n\"; busybox sleep 2";
        return world.run(lease, "docker run --rm " + IMAGE + " sh -c '(" + request + ") | busybox nc -w 5 egress 3128'")
                .stdout()
                .replaceAll("\\s+", " ")
                .strip();
    }

    @Test
    @Tag("thorough")
    void containersReachWhatTheListAllowsAndNothingElse() {
        String site = inspect("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", "site");
        String own = LeaseWorld.network(lease);
        String gateway = inspect("{{(index .IPAM.Config 0).Gateway}}", own);
        String outGateway = inspect("{{(index .IPAM.Config 0).Gateway}}", "conf_out");
        String bridge = "br-" + inspect("{{.Id}}", own).substring(0, 12);
        String linkLocal = ok(
                direct,
                "nsenter -t " + docker.pid() + " -n ip -6 -o addr show dev " + bridge
                        + " | sed -n 's/.*inet6 \\(fe80[^/]*\\).*/\\1/p'");

        assertThat(byProxy("site:80")).isEqualTo("HTTP/1.1 200 OK site");
        assertThat(byProxy("other:80")).isEqualTo("HTTP/1.1 403 Forbidden");
        assertThat(byProxy(outGateway + ":" + OF_HOST)).isEqualTo("HTTP/1.1 403 Forbidden");
        // The services answer, but not to containers of the lease.
        assertThat(ok(
                        direct,
                        "docker run --rm --network conf_out " + IMAGE + " sh -c 'echo | busybox nc -w 5 " + outGateway
                                + " " + OF_HOST + "; echo | busybox nc -w 5 " + site + " 80'"))
                .isEqualTo("host\nsite");
        assertThat(ask("", site, "80")).isEmpty();
        assertThat(ask("", gateway, OF_HOST)).isEmpty();
        assertThat(ask("", outGateway, OF_HOST)).isEmpty();
        assertThat(linkLocal).startsWith("fe80");
        assertThat(ask("", linkLocal + "%eth0", OF_HOST)).isEmpty();
        // A raw socket would reach this address without the IPv6 of the container.
        assertThat(world.run(lease, "docker run --rm " + IMAGE + " busybox arping -c 1 " + gateway)
                        .stderr())
                .containsIgnoringCase("not permitted");
    }

    @Test
    void networksOfALeaseAreIsolatedAndHaveTheProxy() throws Exception {
        world.succeeding(
                lease,
                "docker network create mine && docker run -d --name box --network mine " + IMAGE
                        + " busybox nc -ll -p 80 -e echo box && docker run -d --name plain --network bridge " + IMAGE
                        + " sleep 1000");

        assertThat(inspect(
                        "{{.Internal}} {{.EnableIPv6}} {{index .Options \"com.docker.network.bridge.inhibit_ipv4\"}}",
                        "mine"))
                .isEqualTo("true false true");
        assertThat(inspect("{{range .Containers}}{{.Name}} {{end}}", "mine")).contains("egress");
        assertThat(inspect("{{range $name, $net := .NetworkSettings.Networks}}{{$name}} {{end}}", "plain"))
                .isEqualTo(LeaseWorld.network(lease));
        assertThat(inspect("{{.HostConfig.CapDrop}}", "plain")).isEqualTo("[NET_RAW]");
        assertThat(ask("--network mine", "box", "80")).isEqualTo("box");
        world.succeeding(lease, "docker network connect mine plain");
        world.succeeding(lease, "docker rm -f box plain && docker network ls");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "docker run --network host busybox:local true | CREATE=safe does not allow",
                "docker run --network conf_out busybox:local true | not found",
                "docker run --network container:egress busybox:local true | joins another container",
                "docker run --dns 1.1.1.1 busybox:local true | HostConfig.Dns must be empty",
                "docker run --cap-add NET_RAW busybox:local true | reaches the host by raw sockets",
                "docker run --cap-add cap_net_admin busybox:local true | reaches the host by raw sockets",
                "docker run --sysctl net.ipv6.conf.all.disable_ipv6=0 busybox:local true | Sysctls",
                "docker run --add-host h:host-gateway busybox:local true | uses host-gateway",
                "docker create --name c1 busybox:local && docker network connect bridge c1 | the network is one of the daemon",
                "docker network connect conf_out egress | not found",
                "docker network disconnect mine2 egress | not found",
                "docker network create -d macvlan m | driver",
                "docker network create -o com.docker.network.bridge.name=docker0 m | Options",
                "docker network create --config-only m | internal bridge",
                "docker exec egress true | No such container",
                "echo FROM busybox:local PIPE DOCKER_BUILDKIT=0 docker build - | fetches any URL",
            },
            quoteCharacter = '\'')
    void waysOutAreDenied(String command, String sentence) {
        Cli.Result result = world.run(lease, command.replace(" PIPE ", " | "));

        assertThat(result.exitCode()).as(result.stdout()).isNotZero();
        assertThat(result.stderr()).contains(sentence);
    }

    @Test
    void buildsHaveNoNetwork() throws Exception {
        String outGateway = inspect("{{(index .IPAM.Config 0).Gateway}}", "conf_out");
        Path context = Files.createDirectories(folder.resolve("build"));
        Files.writeString(
                context.resolve("Dockerfile"),
                "FROM " + IMAGE + "\nRUN echo | busybox nc -w 3 " + outGateway + " " + OF_HOST + "\n");
        Files.writeString(
                context.resolve("Steps"), "FROM " + IMAGE + "\nRUN --network=default busybox ip addr >/links\n");
        Files.writeString(context.resolve("Url"), "FROM " + IMAGE + "\nADD http://" + outGateway + ":7777/a /a\n");

        assertThat(world.run(lease, "docker build -t no:1 " + context).stderr())
                .contains("did not complete successfully");
        assertThat(world.run(lease, "docker build -t no:1 --network host " + context)
                        .stderr())
                .contains("is not none or sandbox");
        assertThat(world.run(lease, "docker build -t no:1 -f " + context + "/Url " + context)
                        .stderr())
                .contains("denied by policy");
        world.succeeding(lease, "docker build -t egress-steps:1 -f " + context + "/Steps " + context);
        assertThat(world.succeeding(lease, "docker run --rm --network none egress-steps:1 cat /links"))
                .contains("lo:")
                .doesNotContain("eth0");
    }

    @Test
    void portsOfALeaseAreOpenOnTheHostOnly() throws Exception {
        try (Opened ports = world.open("template=ports")) {
            world.succeeding(
                    ports,
                    "docker network create ports && docker run -d --network ports --name web -p 8088:80 -p 0.0.0.0:8089:81 "
                            + IMAGE + " busybox nc -ll -p 80 -e echo web");

            assertThat(inspect("{{.HostConfig.PortBindings}}", "web"))
                    .isEqualTo("map[80/tcp:[{127.0.0.1 8088}] 81/tcp:[{127.0.0.1 8089}]]");
            assertThat(ok(direct, "docker port web | sort"))
                    .isEqualTo("80/tcp -> 127.0.0.1:8088\n81/tcp -> 127.0.0.1:8089");
            assertThat(world.run(ports, "docker run -d -P " + IMAGE + " true").stderr())
                    .contains("HostConfig.PublishAllPorts must be false: name each port");
            assertThat(world.run(ports, "docker run -d -p 172.17.0.1:80:80 " + IMAGE + " true")
                            .stderr())
                    .contains("must be 127.0.0.1 or ::1");
        }
    }

    @Test
    void nothingOfTheNetworksIsLeftAndTheProxyStays() throws Exception {
        try (Opened other = world.open("template=egress")) {
            world.succeeding(
                    other, "docker network create others && docker run -d --network others " + IMAGE + " sleep 99");
            world.ask("DELETE", "/leases/" + other.id());
            world.awaitEnd(other.id());
        }
        assertThat(ok(direct, "docker network ls --format '{{.Name}}'").lines())
                .doesNotContain("others")
                .noneMatch(name -> name.startsWith("lease-") && !name.equals(LeaseWorld.network(lease)));
        assertThat(inspect("{{.State.Running}}", "egress")).isEqualTo("true");
    }

    @Test
    void noLeaseOpensWithoutItsProxy() throws Exception {
        assertThat(world.ask("POST", "/leases?template=missing"))
                .startsWith("503 the lease cannot be opened: the daemon does not connect missing to its network");
        world.awaitNoLease("missing");
        assertThat(ok(direct, "docker network ls -q --filter name=lease-").lines())
                .hasSizeLessThanOrEqualTo(2);
    }
}
