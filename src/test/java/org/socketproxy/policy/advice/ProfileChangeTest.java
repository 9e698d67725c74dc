package org.socketproxy.policy.advice;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;

/** Differences between two policy files. */
class ProfileChangeTest {
    private static final Variables VARIABLES = Variables.load();

    @TempDir
    Path folder;

    private PolicySettings policy(String profiles) throws Exception {
        Path file = Files.writeString(folder.resolve("policy.yaml"), profiles);
        return Settings.read(Map.of("POLICY", file.toString()), VARIABLES).policy();
    }

    private static String changes(PolicySettings before, PolicySettings after) {
        return ProfileChange.between(before, after, VARIABLES).stream()
                .map(change -> change.profile() + " " + change.text())
                .collect(Collectors.joining("; "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "''                            | ''                                  | \"\"",
                "variables: {IMAGES: 1}        | variables: {IMAGES: 1}              | \"\"",
                "''                            | variables: {IMAGES: 1, EVENTS: 0}   | ci +IMAGES -EVENTS",
                "variables: {IMAGES: 1}        | variables: {TASKS: 1, INFO: 1}      | ci +INFO +TASKS -IMAGES",
                "preset: traefik               | preset: traefik, mask: 0            | ci MASK=-args MASK=-env",
                "allow: [ContainerWait]        | allow: [ContainerWait, ImageList]   | ci allow +ImageList",
                "allow: [ContainerWait]        | deny: [ImageList]                   | ci allow -ContainerWait deny +ImageList",
                "clients: [{uid: 1}]           | clients: [{uid: 2}]                 | ci clients +uid 2 clients -uid 1",
                "create: safe                  | create: {rules: safe, binds: [/srv]} | ci +BINDS=/srv",
                "create: safe                  | ''                                  | ci -CREATE=safe",
                "create: safe                  | create: safe, targets: {label: a=b} | ci targets +label:a=b",
                "exec: {commands: [id]}        | exec: {commands: [ls], users: [a]}  | ci +EXEC_ALLOW=ls +EXEC_OPTIONS=user:a -EXEC_ALLOW=id",
                "mask: [env]                   | mask: [args]                        | ci MASK=+args MASK=-env",
                "mask: [env]                   | mask: [env:*KEY*]                | ci MASK=+env:*KEY* MASK=-env",
                "mask: [env]                   | mask: [env], mask-keep: env:TZ        | ci MASK_KEEP=+env:TZ",
                "build: {secrets: [a, b]}      | build: {secrets: [b], ssh: []}      | ci BUILD_SECRETS=-a BUILD_SSH=+none",
                "build: {registries: [index.docker.io]} | build: {registries: docker.io} | \"\"",
                "max: {exec: 1}                | max: {exec: 2}                      | ci max +exec=2 max -exec=1",
            })
    void eachDifferenceIsListed(String before, String after, String expected) throws Exception {
        assertThat(changes(profile(before), profile(after))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "create: safe           | ''                | CREATE=safe is off: what a client creates can have the rights of the host",
                "''                     | create: safe      | \"\"",
                "create: {rules: safe, require: [memory, pids]} | create: {rules: safe, require: [pids]} | CREATE_REQUIRE=memory is off: a container needs no longer a limit of memory",
                "create: {rules: safe, require: [network:a-b]} | create: safe | CREATE_REQUIRE=network is off: a container needs no longer one of these networks",
                "create: {rules: safe, require: [network:a-b]} | create: {rules: safe, require: [network:a-b, network:c-d]} | CREATE_REQUIRE=network:c-d: containers can be in this network, too",
                "create: safe | create: {rules: safe, require: [network:a-b]} | \"\"",
                "create: {rules: safe, images: [nginx]} | create: safe | CREATE_IMAGES is off: a container can have any image",
                "create: safe           | create: {rules: safe, allow: [ports]} | CREATE_ALLOW=ports: it opens ports of the host to the network",
                "create: safe           | create: {rules: safe, binds: [/srv]} | BINDS=/srv: containers write this path of the host",
                "create: {rules: safe, binds: [/srv]} | create: safe | \"\"",
                "create: safe, targets: {label: a=b} | create: safe | TARGETS is off: clients reach the objects of all clients",
                "exec: {commands: [id]} | ''                | EXEC_ALLOW is off: clients run any command in containers",
                "''                     | exec: {commands: [ls **]} | \"\"",
                "exec: {commands: [id]} | exec: {commands: [id, ls **]} | EXEC_ALLOW=ls **: with an interpreter, or a program that runs its arguments, a client runs any command",
                "exec: {commands: [id]} | exec: {commands: [id], privileged: true} | EXEC_OPTIONS=privileged: it is root on the host",
                "build: {ssh: []}       | ''                | BUILD_SSH is off: builds get every SSH agent of their clients",
                "build: {ssh: []}       | build: {ssh: default} | \"\"",
                "mask: [env, paths]     | mask: [env]       | MASK=paths is off: responses show paths of the host",
                "mask: [env]            | mask: [env, args] | \"\"",
                "mask: [env]            | mask: [env:A]     | MASK=env may mask fewer names: responses show values of environment variables of containers, images, services and plugins",
                "mask: [env]            | mask: [env], mask-keep: env:TZ | MASK=env may mask fewer names: responses show values of environment variables of containers, images, services and plugins",
                "mask: [env:A]          | mask: [env:A, env:B] | \"\"",
                "mask: [env:A]          | mask: [env]       | \"\"",
            })
    void rulesThatGoOffAreDangers(String before, String after, String expected) throws Exception {
        assertThat(ProfileChange.between(profile(before), profile(after), VARIABLES).stream()
                        .flatMap(change -> change.lifted().stream())
                        .collect(Collectors.joining("; ")))
                .isEqualTo(expected);
    }

    private PolicySettings profile(String keys) throws Exception {
        String clients = keys.startsWith("clients") ? "" : "clients: [{uid: 1}], ";
        return policy("profiles: {ci: {" + clients + keys.replace("''", "") + "}}\n");
    }

    @Test
    void learnModeIsADifference() throws Exception {
        assertThat(changes(profile(""), profile("learn: 1h")))
                .startsWith("ci learn +")
                .contains("PT1H");
        assertThat(changes(profile("learn: 1h"), profile(""))).startsWith("ci learn -");
        assertThat(changes(profile("learn: 1h"), profile("learn: 1h"))).isEmpty();
    }

    @Test
    void newProfilesAreInTheirOrderAndRemovedOnesAreLast() throws Exception {
        PolicySettings before = policy("profiles: {a: {clients: [{uid: 1}]}, b: {clients: [{uid: 2}]}}\n");
        PolicySettings after =
                policy("profiles: {c: {clients: [{uid: 3}], variables: {IMAGES: 1}}, b: {clients: [{uid: 2}]}}\n");

        assertThat(changes(before, after))
                .isEqualTo("c +EVENTS +IMAGES +PING +VERSION +LIBPOD_PING +LIBPOD_VERSION new profile clients +uid 3; "
                        + "a -EVENTS -PING -VERSION -LIBPOD_PING -LIBPOD_VERSION profile removed clients -uid 1");
    }

    @Test
    void variablesThatAreSwitchedHaveASign() throws Exception {
        ProfileChange change = ProfileChange.between(
                        profile("variables: {IMAGES: 1, EXEC: 1}"),
                        profile("variables: {IMAGES: 1, TASKS: 1}"),
                        VARIABLES)
                .get(0);

        assertThat(change.signed(VARIABLES)).containsExactlyInAnyOrder("-EXEC", "+TASKS");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{a: {}, b: {}}        | {a: {}, b: {}}                | \"\"",
                "{a: {}, b: {}}        | {b: {}, a: {}}                | order b, a",
                "{a: {}, b: {}}        | {b: {}}                       | \"\"",
                "{a: {}, b: {}}        | {c: {}, a: {}, b: {}}         | \"\"",
                "{a: {}}, otherwise: a | {a: {}}                       | otherwise deny",
                "{a: {}}               | {a: {}}, otherwise: a         | otherwise a",
            })
    void orderAndOtherwiseBelongToNoProfile(String before, String after, String expected) throws Exception {
        assertThat(String.join("; ", ProfileChange.ofOrder(policyOf(before), policyOf(after))))
                .isEqualTo(expected);
    }

    private PolicySettings policyOf(String profiles) throws Exception {
        return policy(("profiles: " + profiles + "\n").replace("}, otherwise: ", "}\notherwise: "));
    }
}
