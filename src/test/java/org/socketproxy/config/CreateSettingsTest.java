package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.create.BindRules.AllowedBind;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.CreateSummary;

/** {@code CREATE=safe} and the settings that apply with it. */
class CreateSettingsTest {
    private static final Variables VARIABLES = Variables.load();

    /** The settings of a line such as {@code CREATE=safe BINDS=/srv}. */
    private static Map<String, String> environment(String line) {
        Map<String, String> environment = new HashMap<>();
        for (String setting : line.split(" ")) {
            environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }
        return environment;
    }

    private static CreateRules read(String line) throws InvalidSettingsException {
        return Settings.read(environment(line), VARIABLES).policy().otherwise().create();
    }

    private static List<String> problems(String line) {
        InvalidSettingsException invalid = catchThrowableOfType(InvalidSettingsException.class, () -> read(line));
        return invalid.problems().stream().map(Problem::sentence).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"CREATE=", "CREATE=0", "CREATE=off", "MAX_BODY=2m"})
    void withoutSafeThereAreNoRules(String line) throws Exception {
        assertThat(read(line)).isNull();
    }

    @Test
    void safeAloneAllowsNothingMore() throws Exception {
        CreateRules rules = read("CREATE=Safe");

        assertThat(rules.binds().allowed()).isEmpty();
        assertThat(rules.binds().forbidden()).containsExactly("/var/run/docker.sock");
        assertThat(rules.permissions().words()).isEmpty();
        assertThat(rules.requirements().words()).isEmpty();
        assertThat(rules.images().isLimited()).isFalse();
        assertThat(rules.maxBodyBytes()).isEqualTo(1 << 20);
    }

    @Test
    void everySettingIsRead() throws Exception {
        CreateRules rules = read("CREATE=safe BINDS=/srv/data:ro,/srv/cache/**,/srv/x:rw, MAX_BODY=64k"
                + " CREATE_ALLOW=ports,capabilities:cap_net_admin,capabilities:SYS_TIME,devices:/dev/dri"
                + " CREATE_REQUIRE=memory:2g,pids,non-root CREATE_IMAGES=nginx,registry.local/**");

        assertThat(rules.binds().allowed())
                .containsExactly(
                        new AllowedBind("/srv/data", false, true),
                        new AllowedBind("/srv/cache", true, false),
                        new AllowedBind("/srv/x", false, false));
        assertThat(rules.permissions().words())
                .containsExactly("ports", "devices:/dev/dri", "capabilities:NET_ADMIN", "capabilities:SYS_TIME");
        assertThat(rules.requirements().words()).containsExactly("memory:2147483648", "pids", "non-root");
        assertThat(rules.images().texts()).containsExactly("nginx", "registry.local/**");
        assertThat(rules.maxBodyBytes()).isEqualTo(64 << 10);
    }

    @Test
    void newerElementsAreRead() throws Exception {
        CreateRules rules = read(
                "CREATE=safe CREATE_ALLOW=gpu:0:1,gpu:count=2"
                        + " CREATE_REQUIRE=cpu:1.50,cap-drop-all,label:owner,label:a/b.c,network:none,network:agents,internal,digest CREATE_IMAGES=nginx@sha256:*");

        assertThat(rules.permissions().words()).containsExactly("gpu:0:1", "gpu:count=2");
        assertThat(rules.requirements().words())
                .containsExactly(
                        "cpu:1.5",
                        "cap-drop-all",
                        "internal",
                        "digest",
                        "label:a/b.c",
                        "label:owner",
                        "network:agents",
                        "network:none");
        assertThat(rules.images().texts()).containsExactly("nginx@sha256:*");
    }

    @Test
    void permissionsHaveExactArguments() throws Exception {
        assertThat(read("CREATE=safe CREATE_ALLOW=ports:[::1]:8000,ports:127.0.0.1:8000-8999")
                        .permissions()
                        .words())
                .containsExactly("ports:127.0.0.1:8000-8999", "ports:[::1]:8000");
    }

    @Test
    void gpuAloneDoesNotIncludeFurtherDrivers() throws Exception {
        CreateRules rules = read("CREATE=safe CREATE_ALLOW=gpu:driver=x,gpu,gpu:0");

        assertThat(rules.permissions().words()).containsExactly("gpu", "gpu:driver=x");
        assertThat(CreateSummary.of(rules))
                .extracting(CreateSummary.Line::assignment)
                .containsExactly("CREATE=safe", "CREATE_ALLOW=gpu", "CREATE_ALLOW=gpu:driver=x");
    }

    @Test
    void permissionWithoutArgumentIncludesEveryArgument() throws Exception {
        assertThat(read("CREATE=safe CREATE_ALLOW=ports:80,ports").permissions().words())
                .containsExactly("ports");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CREATE=1                                 | CREATE=1: use safe",
                "CREATE=save                              | CREATE=save: use safe",
                "BINDS=/srv                               | BINDS=/srv: it has an effect only with CREATE=safe",
                "CREATE_ALLOW=ports                       | CREATE_ALLOW=ports: it has an effect only with CREATE=safe",
                "CREATE_REQUIRE=memory                    | CREATE_REQUIRE=memory: it has an effect only with",
                "CREATE=off CREATE_IMAGES=nginx           | CREATE_IMAGES=nginx: it has an effect only with CREATE=safe",
                "CREATE=safe CREATE_ALLOW=prots           | CREATE_ALLOW=prots: there is no such permission; did you mean ports?",
                "CREATE=safe CREATE_ALLOW=priviledged     | CREATE_ALLOW=priviledged: there is no such permission; did you mean privileged?",
                "CREATE=safe CREATE_ALLOW=hostnetwork     | CREATE_ALLOW=hostnetwork: there is no such permission; did you mean host-network?",
                "CREATE=safe CREATE_ALLOW=everything      | CREATE_ALLOW=everything: there is no such permission; use some of ports[:RANGE], devices:PATH,",
                "CREATE=safe CREATE_ALLOW=privileged:yes  | CREATE_ALLOW=privileged:yes: use privileged",
                "CREATE=safe CREATE_ALLOW=recreate        | CREATE_ALLOW=recreate: set CREATE_IMAGES too",
                "CREATE=safe CREATE_ALLOW=devices         | CREATE_ALLOW=devices: use devices:PATH, such as devices:/dev/dri",
                "CREATE=safe CREATE_ALLOW=devices:/etc    | CREATE_ALLOW=devices:/etc: use devices:PATH",
                "CREATE=safe CREATE_ALLOW=devices:/dev/../etc | CREATE_ALLOW=devices:/dev/../etc: use devices:PATH",
                "CREATE=safe CREATE_ALLOW=capabilities:   | CREATE_ALLOW=capabilities:: use capabilities:NAME",
                "CREATE=safe CREATE_ALLOW=ports:http      | CREATE_ALLOW=ports:http: use ports[:RANGE], such as ports:8000-8999",
                "CREATE=safe CREATE_ALLOW=ports:9000-8000 | CREATE_ALLOW=ports:9000-8000: use ports[:RANGE], such as ports:8000-8999, ports:127.0.0.1:8000-8999 or",
                "CREATE=safe CREATE_ALLOW=ports:127.0.0.1: | CREATE_ALLOW=ports:127.0.0.1:: use ports[:RANGE], such as ports:8000-8999, ports:127.0.0.1:8000-8999 or",
                "CREATE=safe CREATE_ALLOW=ports:127.0.0.1 | CREATE_ALLOW=ports:127.0.0.1: use ports[:RANGE], such as ports:8000-8999, ports:127.0.0.1:8000-8999 or",
                "CREATE=safe CREATE_ALLOW=ports:127.0.0.1:http | CREATE_ALLOW=ports:127.0.0.1:http: use ports[:RANGE], such as ports:8000-8999, ports:127.0.0.1:8000-8999 or",
                "CREATE=safe CREATE_ALLOW=ports:127.0.0.256:80 | CREATE_ALLOW=ports:127.0.0.256:80: use ports[:RANGE], such as ports:8000-8999, ports:127.0.0.1:8000-8999 or",
                "CREATE=safe CREATE_ALLOW=ports:127.1:80 | CREATE_ALLOW=ports:127.1:80: use ports[:RANGE], such as ports:8000-8999, ports:127.0.0.1:8000-8999 or",
                "CREATE=safe CREATE_ALLOW=ports:::1:80 | CREATE_ALLOW=ports:::1:80: use ports[:RANGE], such as ports:8000-8999, ports:127.0.0.1:8000-8999 or",
                "CREATE=safe CREATE_ALLOW=ports:[127.0.0.1]:80 | CREATE_ALLOW=ports:[127.0.0.1]:80: use ports[:RANGE], such as ports:8000-8999, ports:127.0.0.1:8000-8999 or",
                "CREATE=safe CREATE_ALLOW=ports:[::1] | CREATE_ALLOW=ports:[::1]: use ports[:RANGE], such as ports:8000-8999, ports:127.0.0.1:8000-8999 or",
                "CREATE=safe CREATE_ALLOW=ports:[::G]:80 | CREATE_ALLOW=ports:[::G]:80: use ports[:RANGE], such as ports:8000-8999, ports:127.0.0.1:8000-8999 or",
                "CREATE=safe CREATE_ALLOW=ports:localhost:80 | CREATE_ALLOW=ports:localhost:80: use ports[:RANGE], such as ports:8000-8999, ports:127.0.0.1:8000-8999 or",
                "CREATE=safe CREATE_ALLOW=ports:*:80 | CREATE_ALLOW=ports:*:80: use ports[:RANGE], such as ports:8000-8999, ports:127.0.0.1:8000-8999 or",
                "CREATE=safe CREATE_ALLOW=ports::80 | CREATE_ALLOW=ports::80: use ports[:RANGE], such as ports:8000-8999, ports:127.0.0.1:8000-8999 or",
                "CREATE=safe CREATE_REQUIRE=memory:1k     | CREATE_REQUIRE=memory:1k: use a highest value such as memory:2g or pids:512",
                "CREATE=safe CREATE_REQUIRE=pids:0        | CREATE_REQUIRE=pids:0: use a highest value such as memory:2g or pids:512",
                "CREATE=safe CREATE_REQUIRE=pids:1g       | CREATE_REQUIRE=pids:1g: use a highest value such as memory:2g or pids:512",
                "CREATE=safe CREATE_REQUIRE=read-only:1   | CREATE_REQUIRE=read-only:1: use a highest value such as memory:2g or pids:512",
                "CREATE=safe CREATE_REQUIRE=cpu:0         | CREATE_REQUIRE=cpu:0: use a highest number of CPUs such as cpu:2 or cpu:0.5",
                "CREATE=safe CREATE_REQUIRE=cpu:9999      | CREATE_REQUIRE=cpu:9999: use a highest number of CPUs such as cpu:2 or cpu:0.5",
                "CREATE=safe CREATE_REQUIRE=cpu:1e3       | CREATE_REQUIRE=cpu:1e3: use a highest number of CPUs such as cpu:2 or cpu:0.5",
                "CREATE=safe CREATE_REQUIRE=cap-drop-all:1 | CREATE_REQUIRE=cap-drop-all:1: use a highest value such as memory:2g or pids:512",
                "CREATE=safe CREATE_REQUIRE=label         | CREATE_REQUIRE=label: use the name of a label, such as label:owner",
                "CREATE=safe CREATE_REQUIRE=label:a=b     | CREATE_REQUIRE=label:a=b: use the name of a label, such as label:owner",
                "CREATE=safe CREATE_ALLOW=gpu:            | CREATE_ALLOW=gpu:: use gpu[:ID], such as gpu:0, gpu:GPU-8932f937 or gpu:count=1",
                "CREATE=safe CREATE_ALLOW=gpu:all         | CREATE_ALLOW=gpu:all: use gpu[:ID], such as gpu:0",
                "CREATE=safe CREATE_ALLOW=gpu:count=0     | CREATE_ALLOW=gpu:count=0: use gpu[:ID], such as gpu:0",
                "CREATE=safe CREATE_ALLOW=gpu:driver=cdi  | CREATE_ALLOW=gpu:driver=cdi: use gpu[:ID], such as gpu:0",
                "CREATE=safe CREATE_ALLOW=gpu:driver=     | CREATE_ALLOW=gpu:driver=: use gpu[:ID], such as gpu:0",
                "CREATE=safe CREATE_ALLOW=device-rules    | CREATE_ALLOW=device-rules: use device-rules:RULE, such as device-rules:c 189:* rmw",
                "CREATE=safe CREATE_ALLOW=device-rules:a  | CREATE_ALLOW=device-rules:a: use device-rules:RULE",
                "CREATE=safe CREATE_ALLOW=device-rules:c  | CREATE_ALLOW=device-rules:c: use device-rules:RULE",
                "CREATE=safe CREATE_ALLOW=security-opt:seccomp | CREATE_ALLOW=security-opt:seccomp: use security-opt[:KIND=NAME], such as",
                "CREATE=safe CREATE_ALLOW=security-opt:seccomp={} | CREATE_ALLOW=security-opt:seccomp={}: use security-opt[:KIND=NAME], such as",
                "CREATE=safe CREATE_ALLOW=security-opt:label=user:a | CREATE_ALLOW=security-opt:label=user:a: use security-opt[:KIND=NAME], such as",
                "CREATE=safe CREATE_ALLOW=security-opt:label=type: | CREATE_ALLOW=security-opt:label=type:: use security-opt[:KIND=NAME], such as",
                "CREATE=safe CREATE_ALLOW=volume-options:nfs | CREATE_ALLOW=volume-options:nfs: use volume-options[:nfs:HOST[:PATH]], such as",
                "CREATE=safe CREATE_ALLOW=volume-options:cifs:a | CREATE_ALLOW=volume-options:cifs:a: use volume-options[:nfs:HOST[:PATH]], such as",
                "CREATE=safe CREATE_ALLOW=volume-options:nfs:a:b | CREATE_ALLOW=volume-options:nfs:a:b: use volume-options[:nfs:HOST[:PATH]], such as",
                "CREATE=safe CREATE_ALLOW=volume-options:nfs:a:/b/../c | CREATE_ALLOW=volume-options:nfs:a:/b/../c: use volume-options",
                "CREATE=safe CREATE_ALLOW=volume-options:nfs:a:/b/* | CREATE_ALLOW=volume-options:nfs:a:/b/*: use volume-options",
                "CREATE=safe CREATE_ALLOW=gpu:a=b         | CREATE_ALLOW=gpu:a=b: use gpu[:ID], such as gpu:0",
                "CREATE=safe CREATE_IMAGES=nginx:1@sha256:* | CREATE_IMAGES=nginx:1@sha256:*: use the name of an image",
                "CREATE=safe CREATE_IMAGES=nginx@sha256:0* | CREATE_IMAGES=nginx@sha256:0*: use the name of an image",
                "CREATE=safe CREATE_IMAGES=nginx@md5:*    | CREATE_IMAGES=nginx@md5:*: use the name of an image",
                "CREATE=safe CREATE_REQUIRE=root          | CREATE_REQUIRE=root: use some of memory, pids, cpu, non-root, read-only, no-new-privileges, cap-drop-all, label, network, internal, isolated, digest, no-restart, loopback, recreatable",
                "CREATE=safe CREATE_REQUIRE=network       | CREATE_REQUIRE=network: use the name of a network, such as network:agents, that",
                "CREATE=safe CREATE_REQUIRE=network:      | CREATE_REQUIRE=network:: use the name of a network, such as network:agents, that",
                "CREATE=safe CREATE_REQUIRE=network:host  | CREATE_REQUIRE=network:host: use the name of a network",
                "CREATE=safe CREATE_REQUIRE=network:default | CREATE_REQUIRE=network:default: use the name of a network",
                "CREATE=safe CREATE_REQUIRE=network:cafe1 | CREATE_REQUIRE=network:cafe1: use the name of a network",
                "CREATE=safe CREATE_REQUIRE=network:container:a | CREATE_REQUIRE=network:container:a: use the name of a network",
                "CREATE=safe CREATE_REQUIRE=isolated      | CREATE_REQUIRE=isolated: it needs networks that only this profile has",
                "CREATE=safe CREATE_REQUIRE=isolated TARGETS=name:a* | CREATE_REQUIRE=isolated: it needs networks",
                "CREATE=safe CREATE_REQUIRE=internal:yes  | CREATE_REQUIRE=internal:yes: use a highest value such as memory:2g or pids:512",
                "CREATE=safe CREATE_REQUIRE=digest:sha512 | CREATE_REQUIRE=digest:sha512: use a highest value such as memory:2g or pids:512",
                "CREATE=safe CREATE_IMAGES=^nginx$        | CREATE_IMAGES=^nginx$: use the name of an image",
                "CREATE=safe MAX_BODY=1g                  | MAX_BODY=1g: use a size from 1k to 16m",
                "CREATE=safe MAX_BODY=1023                | MAX_BODY=1023: use a size from 1k to 16m",
                "CREATE=safe MAX_BODY=16777217            | MAX_BODY=16777217: use a size from 1k to 16m",
                "CREATE=safe CREATE_ALLOW=:ports          | CREATE_ALLOW=:ports: there is no such permission",
                "CREATE=safe MAX_BODY=17m                 | MAX_BODY=17m: use a size from 1k to 16m",
                "CREATE=safe BINDS=srv                    | BINDS=srv: use an absolute path",
                "CREATE=safe BINDS=/srv/../etc            | BINDS=/srv/../etc: use an absolute path",
                "CREATE=safe BINDS=/srv/                  | BINDS=/srv/: use an absolute path",
                "CREATE=safe BINDS=/srv:wo                | BINDS=/srv:wo: use an absolute path",
                "CREATE=safe BINDS=/                      | BINDS=/: a container that has this path has the host",
                "CREATE=safe BINDS=/**                    | BINDS=/**: a container that has this path has the host",
                "CREATE=safe BINDS=/var/**                | BINDS=/var/**: a container that has this path has the host",
                "CREATE=safe BINDS=/var/run/docker.sock   | BINDS=/var/run/docker.sock: a container that has this path",
                "CREATE=safe BINDS=/run                   | BINDS=/run: a container that has this path has the host",
                "CREATE=safe BINDS=/var/run               | BINDS=/var/run: a container that has this path has the host",
                "CREATE=safe BINDS=/proc/sys:ro           | BINDS=/proc/sys:ro: a container that has this path has the host",
                "CREATE=safe BINDS=/var/lib/docker/volumes | BINDS=/var/lib/docker/volumes: a container that has this path",
                "CREATE=safe SOCKET_PATH=/srv/d/docker.sock BINDS=/srv/** | BINDS=/srv/**: a container that has this path",
            })
    void wrongValueIsAProblem(String line, String problem) {
        assertThat(problems(line)).singleElement().asString().startsWith(problem);
    }

    @ParameterizedTest
    @CsvSource({"1k, 1024", "1024, 1024", "16m, 16777216", "16384KiB, 16777216"})
    void bodyHasAtMostSixteenMebibytes(String text, int expected) throws Exception {
        assertThat(read("CREATE=safe MAX_BODY=" + text).maxBodyBytes()).isEqualTo(expected);
    }

    @Test
    void allProblemsAreReportedAtOnce() {
        assertThat(problems("CREATE=safe BINDS=a,b CREATE_ALLOW=c,d CREATE_REQUIRE=e CREATE_IMAGES=$ MAX_BODY=0"))
                .hasSize(7);
    }

    @Test
    void summaryListsEachElementWithItsDanger() throws Exception {
        CreateRules rules = read(
                "CREATE=safe BINDS=/srv/cache/** CREATE_ALLOW=gpu,binds-unprotected CREATE_REQUIRE=pids CREATE_IMAGES=nginx");

        assertThat(CreateSummary.of(rules))
                .extracting(CreateSummary.Line::assignment)
                .containsExactly(
                        "CREATE=safe",
                        "BINDS=/srv/cache/**",
                        "CREATE_ALLOW=gpu",
                        "CREATE_ALLOW=binds-unprotected",
                        "CREATE_REQUIRE=pids",
                        "CREATE_IMAGES=nginx");
        assertThat(CreateSummary.of(rules).get(1).danger()).contains("symbolic link");
    }
}
