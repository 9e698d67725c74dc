package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.client.Client;
import org.socketproxy.client.UnixPeer;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.advice.ProfileChange;
import org.socketproxy.policy.create.BodyEdits;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.Requirements.Requirement;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.Scope;

/** The key {@code leases} of a policy file. */
class LeaseTemplateTest {
    private static final Variables VARIABLES = Variables.load();

    @TempDir
    Path folder;

    private Settings read(String leases) throws Exception {
        Path file = Files.writeString(folder.resolve("policy.yaml"), "profiles: {}\nleases:\n  " + leases + "\n");
        return Settings.read(Map.of("POLICY", file.toString(), "LEASES", "/run/socket-proxy"), VARIABLES);
    }

    private List<String> problems(String leases) {
        InvalidSettingsException invalid = catchThrowableOfType(InvalidSettingsException.class, () -> read(leases));
        assertThat(invalid).as("a problem with " + leases).isNotNull();
        return invalid.problems().stream()
                .map(problem -> problem.sentence().replaceFirst("^.*/policy.yaml line \\d+ column \\d+: ", ""))
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "agent: {}                          | leases.agent: name who may open a lease",
                "agent: {open: []}                  | leases.agent: name who may open a lease",
                "agent: {open: [{uid: 1000}]}       | leases.agent: name the rights of a lease",
                "agent: {for: 2d, open: [{uid: 1}]} | leases.agent.for: use a number with s, m or h",
                "agent: {for: 721h}                 | leases.agent.for: use a number with s, m or h of at most 720h",
                "agent: {at-once: 0}                | leases.agent.at-once: use a number from 1 to 200",
                "agent: {at-once: 201}              | leases.agent.at-once: use a number from 1 to 200",
                "agent: {projects: [/]}             | leases.agent.projects[0]: use an absolute folder without . and ..",
                "agent: {projects: [/home/a/..]}    | leases.agent.projects[0]: use an absolute folder",
                "agent: {projects: [src]}           | leases.agent.projects[0]: use an absolute folder",
                "agent: {projects: [/srv, /home]}   | leases.agent.projects[1]: use an absolute folder",
                "agent: {projects: [/etc/app]}      | leases.agent.projects[0]: use an absolute folder",
                "agent: {projects: [/run/docker.sock]} | leases.agent.projects[0]: use an absolute folder",
                "agent: {rihgts: {}}                | leases.agent.rihgts: there is no key rihgts here; did you mean rights?",
                "otherwise: {}                      | leases.otherwise: use a name of at most 64 letters",
                "\"a:b\": {}                          | leases.a:b: use a name of at most 64 letters",
                "agent: {network: {egress: closed}} | leases.agent.network.egress: use none, open, or containers",
                "agent: {network: {egress: []}}     | leases.agent.network.egress: name a container with a port",
                "agent: {network: {egress: [a]}}    | leases.agent.network.egress[0]: use at most 4 names of containers with a port",
                "agent: {network: {egress: [\"a:1\", \"b:1\", \"c:1\", \"d:1\", \"e:1\"]}} | leases.agent.network.egress[4]: use at most 4 names",
                "agent: {network: {ports: none}}    | leases.agent.network.ports: there is no key ports here",
                "agent: {open: [{uid: 1}], rights: {create: safe}, network: {publish: all}} | leases.agent.network.publish: use none or loopback",
                "agent: {open: [{uid: 1}], rights: {create: safe}, network: {egress: none, publish: loopback}} | leases.agent.network.publish: networks without open egress have no ports: use none",
                "agent: {open: [{uid: 1}], rights: {create: {rules: safe, allow: [ports:80]}}, network: {publish: none}} | leases.agent.network.publish: the rights of this lease allow ports",
                "agent: {ask: ports}                | leases.agent.ask: use a list here",
                "agent: {ask: [privileged]}         | leases.agent.ask[0]: use ports, images, binds:ro",
                "agent: {ask: ['binds:ro']}         | leases.agent.ask: binds:ro is for paths below projects: name such folders",
                "agent: {ask: [images], hold: 6m}   | leases.agent.hold: use a number with s, m or h of at most 5m, such as 45s",
                "agent: {ask: [images], hold: 0s}   | leases.agent.hold: use a number",
                "agent: {ask: [images], approve: [{listener: edge}]} | leases.agent.approve[0].listener: there is no listener edge",
                "agent: {hold: 1m}                  | leases.agent.hold: nobody is asked: name what to ask",
                "agent: {ask: [], approve: [{uid: 1}]} | leases.agent.approve: nobody is asked",
                "agent: {open: [{uid: 1}], rights: {create: safe}, ask: [ports], network: {egress: none}} | leases.agent.ask: this lease has no ports: remove ports",
                "agent: {open: [{uid: 1}], rights: {create: safe}, ask: [ports], network: {publish: none}} | leases.agent.ask: this lease has no ports",
                "agent: {open: [{listener: edge}]}  | leases.agent.open[0].listener: there is no listener edge: use one of control",
                "agent: {open: [{uid: 1}], rights: {variables: {CONTAINERS: 1}}} | leases.agent.rights: label:socket-proxy.lease=ANY: a confined client could create a container with the rights of the host",
                "agent: {open: [{uid: 1}], rights: {create: safe, clients: []}} | leases.agent.rights.clients: a lease has no key clients: remove it",
                "agent: {open: [{uid: 1}], rights: {create: safe, learn: 1h}} | leases.agent.rights.learn: a lease has no key learn",
                "agent: {open: [{uid: 1}], rights: {create: safe, trusts: [a]}} | leases.agent.rights.trusts: a lease has no key trusts",
                "agent: {open: [{uid: 1}], rights: {create: safe, targets: {label: a=b}}} | leases.agent.rights.targets.label: there is no key label here",
                "agent: {open: [{uid: 1}], rights: {create: safe, targets: {images: {label: a=b}, containers: {label: a=b}}}} | leases.agent.rights.targets.containers: there is no key containers here",
                "agent: {open: [{uid: 1}], rights: {create: {rules: safe, allow: [devices:/dev/**]}, variables: {CONTAINERS: 1, POST: 1}}} | ",
            })
    void wrongTemplatesAreRefused(String leases, String problem) {
        assertThat(problems(leases)).anyMatch(found -> found.startsWith(problem == null ? "" : problem));
    }

    /** Rights by which a client becomes root without a rule of {@code CREATE=safe}. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{create: {rules: safe, allow: [privileged]}, variables: {CONTAINERS: 1, POST: 1}}",
                "{create: {rules: safe, binds: [/var/run/docker.sock]}, variables: {CONTAINERS: 1, POST: 1}}",
                "{create: {rules: safe, binds: [/etc/**]}, variables: {CONTAINERS: 1, POST: 1}}",
            })
    void noTemplateMakesAClientRoot(String rights) {
        assertThat(problems("agent: {open: [{uid: 1}], rights: " + rights + "}"))
                .isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"ask: [images] | true", "ask: [ports] | false"})
    void loopbackOpensOnlyPortsThatAreNotAsked(String ask, boolean isOpen) throws Exception {
        String template = "agent: {open: [{uid: 1}], network: {publish: loopback}, " + ask
                + ", hold: 1m, approve: [{uid: 2}], rights: {create: safe}}";
        LeaseTemplate agent = read(template).policy().lease("agent").orElseThrow();

        assertThat(agent.rights().create().permissions().words().contains("ports"))
                .isEqualTo(isOpen);
        assertThat(agent.asking().hold()).isEqualTo(Duration.ofMinutes(1));
        assertThat(agent.text())
                .endsWith(" " + ask.replace("ask: [", "ask ").replace("]", "") + " approve uid 2 hold PT1M");
    }

    @Test
    void templatesTogetherHaveFewerLeasesThanListenersArePossible() {
        String one = "{open: [{uid: 1}], at-once: 101, rights: {create: safe}}";

        assertThat(problems("a: " + one + "\n  b: " + one))
                .containsExactly("leases: at most 200 leases at once are possible: lower at-once of some templates");
    }

    @Test
    void leaseHasTheRightsOfItsTemplateForItsOwnObjects() throws Exception {
        Settings settings = read(
                "agent: {open: [{uid: 1000}], for: 2h, at-once: 4, projects: [/home/a, /srv], rights: {preset: testcontainers,"
                        + " create: safe, targets: {images: {reference: '**'}}, max: {containers: 3}}}");
        LeaseTemplate agent = settings.policy().lease("agent").orElseThrow();
        ProfileSettings one = agent.of("7f3a", "abc", List.of());

        assertThat(settings.enforcement().leases()).isEqualTo(Path.of("/run/socket-proxy"));
        assertThat(agent.longest()).isEqualTo(Duration.ofHours(2));
        assertThat(agent.atOnce()).isEqualTo(4);
        assertThat(agent.projects()).containsExactly("/home/a", "/srv");
        assertThat(agent.text()).endsWith(" projects /home/a, /srv");
        assertThat(agent.open()).singleElement().satisfies(open -> {
            assertThat(open.matches(Client.unix("control", null, new UnixPeer("a", "a", 1000, 1000))))
                    .isTrue();
            assertThat(open.matches(Client.unix("control", null, new UnixPeer("b", "b", 1001, 1000))))
                    .isFalse();
        });
        assertThat(one.name()).isEqualTo("agent:7f3a");
        assertThat(one.granted()).isEqualTo(agent.rights().granted());
        ConfiguredProfile profile = ConfiguredProfiles.ofLease(
                one, settings.policy(), OperationCatalogue.load(), ParameterRules.load(), InstantSource.system());
        Scope scope = profile.profile().targets();
        assertThat(scope).isNotNull();
        for (ObjectKind kind : List.of(ObjectKind.CONTAINER, ObjectKind.NETWORK, ObjectKind.VOLUME)) {
            assertThat(scope.forcedLabels(kind)).isEqualTo(Map.of("socket-proxy.lease", "abc"));
        }
        assertThat(scope.forcedLabels(ObjectKind.IMAGE)).isEmpty();
        assertThat(settings.policy().all()).extracting(ProfileSettings::name).containsExactly("otherwise");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/run/a          | true",
                "0               | true",
                "run/a           | false",
                "/               | false",
                "/run/012345678901234567890123456789012345678901234567890123456789012345678901234567890 | false",
            })
    void folderIsShortAndAbsolute(String folderOfLeases, boolean isValid) {
        InvalidSettingsException invalid = catchThrowableOfType(
                InvalidSettingsException.class, () -> Settings.read(Map.of("LEASES", folderOfLeases), VARIABLES));

        assertThat(invalid == null).isEqualTo(isValid);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "open               | false | ''",
                "none               | true  | lease-7f3a",
                "['egress:3128']    | true  | lease-7f3a",
            })
    void closedEgressIsARequirement(String egress, boolean isIsolated, String network) throws Exception {
        LeaseTemplate agent = read("agent: {open: [{uid: 1}], network: {egress: " + egress
                        + "}, rights: {create: {rules: safe, require: [pids]}}}")
                .policy()
                .lease("agent")
                .orElseThrow();
        CreateRules create = agent.of("7f3a", "abc", List.of()).create();

        assertThat(create).isNotNull();
        assertThat(create.requirements().has(Requirement.PIDS)).isTrue();
        assertThat(create.requirements().has(Requirement.ISOLATED)).isEqualTo(isIsolated);
        assertThat(agent.of("7f3a", "abc", List.of()).values().get(BodyEdits.NETWORK))
                .isEqualTo(network);
    }

    @ParameterizedTest
    @CsvSource({"none, false", "loopback, true"})
    void publishingIsAPermissionAndARequirement(String publish, boolean isPublishing) throws Exception {
        CreateRules create = read("agent: {open: [{uid: 1}], network: {publish: " + publish
                        + "}, rights: {create: {rules: safe, require: [pids]}}}")
                .policy()
                .lease("agent")
                .orElseThrow()
                .of("7f3a", "abc", List.of())
                .create();

        assertThat(create).isNotNull();
        assertThat(create.requirements().has(Requirement.PIDS)).isTrue();
        assertThat(create.requirements().has(Requirement.LOOPBACK)).isEqualTo(isPublishing);
        assertThat(create.grantsAny(Set.of("ports"))).isEqualTo(isPublishing);
    }

    @Test
    void changesOfTemplatesChangeTheFingerprint() throws Exception {
        PolicySettings before =
                read("agent: {open: [{uid: 1}], rights: {create: safe}}").policy();
        PolicySettings after = read("agent: {open: [{uid: 1}], rights: {create: safe, variables: {EXEC: 1}}}")
                .policy();
        PolicySettings none =
                read("other: {open: [{uid: 1}], rights: {create: safe}}").policy();

        assertThat(ProfileChange.fingerprint(after, VARIABLES))
                .isNotEqualTo(ProfileChange.fingerprint(before, VARIABLES));
        assertThat(ProfileChange.ofLeases(before, before, VARIABLES)).isEmpty();
        assertThat(ProfileChange.ofLeases(before, after, VARIABLES))
                .singleElement()
                .asString()
                .startsWith("new leases agent for PT1H at-once 1 open uid 1")
                .contains("EXEC");
        assertThat(ProfileChange.ofLeases(before, none, VARIABLES)).contains("no new leases agent");
    }
}
