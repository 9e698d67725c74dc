package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.docker.TargetWorld.Owner;
import org.socketproxy.testing.Cli;

/** Confined clients create services and deploy stacks of their own on a real dockerd that manages a swarm. */
@Tag("thorough")
class TargetSwarmIT {
    /** Waits until a service has a task that runs. */
    private static final String RUNS = """
            runs() {
              until docker service ps "$1" --format '{{.CurrentState}}' | grep -q ^Running; do
                if docker service ps "$1" --no-trunc --format '{{.CurrentState}} {{.Error}}' | grep -E '^(Failed|Rejected)' >&2; then
                  return 1
                fi
                sleep 0.1
              done
            }
            """;

    private static final String STACK = """
            services:
              web:
                image: OWN/tools:1
                command: sleep 1000
                stop_grace_period: 0s
                networks: [net]
                secrets: [word]
                configs: [conf]
            networks: {net: {}}
            secrets: {word: {file: ./word}}
            configs: {conf: {file: ./word}}
            """;

    @TempDir
    static Path folder;

    private static TargetWorld world;

    @BeforeAll
    static void start() throws Exception {
        world = TargetWorld.start(folder);
    }

    @AfterAll
    static void stop() throws Exception {
        if (world != null) {
            world.close();
        }
    }

    /** The swarm removes tasks some time after their service. */
    private static void assertUnchangedAfterTheTasks(Map<String, JsonNode> before) throws Exception {
        while (world.direct("/tasks").size() > before.get("/tasks").size()) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        world.assertUnchanged(before);
    }

    private static String label(Owner owner) {
        return switch (owner) {
            case RED -> "owner";
            case BLUE -> "com.docker.compose.project";
            case GREEN -> "none";
        };
    }

    @ParameterizedTest
    @EnumSource(Owner.class)
    void newServiceHasTheLabelsOfTheProfile(Owner owner) throws Exception {
        Map<String, JsonNode> before = world.snapshot();
        String name = owner.word() + "-made";
        Cli cli = world.cli(owner);
        TargetWorld.succeeding(
                cli,
                RUNS
                        + "echo x | docker secret create NAME - && echo x | docker config create NAME -\n"
                                .replace("NAME", name)
                        + ("docker service create -q -d --no-resolve-image --name NAME --secret NAME --config NAME"
                                        + " --label other=1 --stop-grace-period 0s OWN/tools:1 sleep 1000 && runs NAME")
                                .replace("NAME", name)
                                .replace("OWN", owner.word()));
        String format = " --format '{{index .Spec.Labels \"" + label(owner) + "\"}}'";
        String expected = owner == Owner.GREEN ? "" : owner.word();

        for (String kind : new String[] {"service", "secret", "config"}) {
            assertThat(world.run("docker " + kind + " inspect " + name + format))
                    .isEqualTo(expected);
        }
        assertThat(world.run("docker service inspect " + name
                        + " --format '{{index .Spec.TaskTemplate.ContainerSpec.Labels \"" + label(owner) + "\"}}'"))
                .isEqualTo(expected);
        assertThat(TargetWorld.succeeding(cli, "docker ps --format '{{.Names}}'"))
                .contains(name + ".1.");
        TargetWorld.succeeding(
                cli, "docker service update -q -d --no-resolve-image --env-add A=b --label-add more=1 " + name);
        assertThat(world.run("docker service inspect " + name + format)).isEqualTo(expected);
        TargetWorld.succeeding(
                cli,
                "docker service scale -d " + name + "=0 && docker service rm " + name + " && until docker secret rm "
                        + name + " && docker config rm " + name + "; do sleep 0.1; done");
        world.run("while docker ps -a --format '{{.Names}}' | grep -q ^" + name + "; do sleep 0.1; done");
        assertUnchangedAfterTheTasks(before);
    }

    @ParameterizedTest
    @CsvSource({
        "--secret OTHER-secret, secret not found",
        "--config OTHER-config, config not found",
        "--network OTHER-net1, network OTHER-net1 not found",
        "--mount type=volume#src=OTHER-vol1#dst=/v, mounts a named volume",
    })
    void objectsOfOthersAreNotUsedByServices(String option, String message) throws Exception {
        for (Owner owner : Owner.values()) {
            Map<String, JsonNode> before = world.snapshot();
            String other = owner == Owner.RED ? "blue" : "red";
            Cli.Result result = world.cli(owner)
                    .script("docker service create -q -d --no-resolve-image --name " + owner.word() + "-x "
                            + option.replace("OTHER", other).replace('#', ',') + " " + owner.word()
                            + "/tools:1 sleep 1000");

            assertThat(result.exitCode()).isNotZero();
            assertThat(result.stderr()).contains(message.replace("OTHER", other));
            world.assertUnchanged(before);
        }
    }

    @ParameterizedTest
    @EnumSource(Owner.class)
    void stackIsDeployedAndRemoved(Owner owner) throws Exception {
        Map<String, JsonNode> before = world.snapshot();
        Path place = Files.createDirectories(folder.resolve("stack-" + owner.word()));
        Files.writeString(place.resolve("word"), "x");
        Files.writeString(place.resolve("stack.yaml"), STACK.replace("OWN", owner.word()));
        String stack = owner.word() + "-stack";
        Cli cli = world.cli(owner);

        TargetWorld.succeeding(
                cli,
                RUNS + "cd " + place + " && docker stack deploy --resolve-image never -c stack.yaml " + stack
                        + " && runs " + stack + "_web");
        assertThat(TargetWorld.succeeding(cli, "docker stack ls --format '{{.Name}}'"))
                .isEqualTo(stack);
        assertThat(TargetWorld.succeeding(cli, "docker stack services " + stack + " --format '{{.Name}}'"))
                .isEqualTo(stack + "_web");
        assertThat(TargetWorld.succeeding(cli, "docker stack ps " + stack + " --format '{{.Name}}'"))
                .isEqualTo(stack + "_web.1");
        for (Owner other : Owner.values()) {
            assertThat(TargetWorld.succeeding(world.cli(other), "docker stack ls --format '{{.Name}}'"))
                    .isEqualTo(other == owner ? stack : "");
        }
        TargetWorld.succeeding(cli, "docker stack rm " + stack);
        world.run("while docker ps -a --format '{{.Names}}' | grep -q ^" + stack + "; do sleep 0.1; done;"
                + " while docker network ls --format '{{.Name}}' | grep -q ^" + stack + "; do sleep 0.1; done");
        assertUnchangedAfterTheTasks(before);
    }
}
