package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.create.BindRules.AllowedBind;

/** Messages about binds and mounts that the rules do not allow. In the JSON, apostrophes stand for quotes. */
class BindRulesTest {
    private static final CreateRules RULES = new CreateRules(
            CreateAllowances.NONE,
            new BindRules(
                    List.of(
                            new AllowedBind("/srv", false, true),
                            new AllowedBind("/data", true, false),
                            new AllowedBind("/tree", true, false),
                            new AllowedBind("/cache", false, false),
                            new AllowedBind("/cache/a", false, true)),
                    List.of("/data/never"),
                    List.of("/data/own"),
                    Map.of(
                            "/run/p/a", List.of("trusts: [ci] in the profile a (f line 1)", "PROTECT_SELF=0"),
                            "/run/p/b", List.of("trusts: [ci] in the profile a (f line 1)", "PROTECT_SELF=0")),
                    null),
            ImageRules.ALL,
            Set.of(),
            1 << 20);

    private static List<Violation> judge(String operation, String body) {
        return RULES.judgeBody(
                OperationCatalogue.load().byId(operation).orElseThrow(),
                JsonBody.of(StandardCharsets.UTF_8.encode(body.replace('\'', '"'))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                // bind, problem, remedy, its danger
                "/srv:/x:ro         | -                                                            | -           | -",
                "/srv/:/x:ro        | -                                                            | -           | -",
                "/srv:/x            | binds /srv for writing                                       | /srv        | reads and writes this path of the host",
                "/srv/a:/x:ro       | binds /srv/a                                                 | /srv/a:ro   | reads this path of the host",
                "/etc:/x            | binds /etc for writing                                       | /etc        | reads and writes this path of the host, which is root on the host",
                "/etc:/x:ro         | binds /etc                                                   | /etc:ro     | reads this path of the host, which may have passwords and private keys",
                "/run/dbus:/x:ro    | binds /run/dbus                                              | /run/dbus:ro | and uses sockets of services there, which is root on the host",
                "/proc:/x:ro        | binds /proc, which is never allowed                          | -           | -",
                "/sys:/x:ro         | binds /sys, which is never allowed                           | -           | -",
                "/var/lib/docker:/x:ro | binds /var/lib/docker, which is never allowed             | -           | -",
                "/var/run:/x:ro     | binds /var/run, which is never allowed                       | -           | -",
                "/data:/x           | binds /data, which is never allowed                          | -           | -",
                "/data/a:/x         | binds /data/a below a path that has files of this proxy (PROTECT_SELF): no volume of this proxy keeps clients from putting a link in its place | binds-unprotected | it is root on the host",
                "/tree:/x           | -                                                            | -           | -",
                "/tree/a b/c/:/x:ro | -                                                            | -           | -",
                "/tree/a:/x:ro,rslave | has the propagation rslave                                 | propagation | or mounts of the host in the container",
                "/cache/a:/x:ro     | -                                                            | -           | -",
                "/socket-proxy-bind_tree:/x | binds /socket-proxy-bind_tree for writing           | /socket-proxy-bind_tree | reads and writes this path of the host",
                "socket-proxy-bind_tree:/x | has the name of a volume that this proxy makes for binds | -  | -",
                "Socket-Proxy-Bind:/x | has the name of a volume that this proxy makes for binds   | -           | -",
                "/data/never/a:/x   | binds /data/never/a, which is never allowed                  | -           | -",
                "/data/own:/x       | binds /data/own, which contains, or is in, a path that the container of this proxy mounts (PROTECT_SELF) | - | -",
                "/run/p/a:/x:ro     | binds /run/p/a, which is or contains a socket for clients of other profiles (it needs trusts: [ci] in the profile a (f line 1) and PROTECT_SELF=0) | - | -",
                "/run/p:/x          | binds /run/p, which is or contains a socket for clients of other profiles (it needs trusts: [ci] in the profile a (f line 1) and PROTECT_SELF=0) | - | -",
                "/run/p/c:/x        | binds /run/p/c for writing                                   | /run/p/c    | reads and writes this path of the host",
                "/:/x               | binds /, which is never allowed                              | -           | -",
                "/a,b:/x            | binds /a,b for writing                                       | -           | -",
                "/a/../b:/x         | binds a path that is not absolute and canonical              | -           | -",
                "/a{{b}}:/x         | binds a path with a template, which the daemon replaces by another text | - | -",
            })
    void bind(String bind, @Nullable String problem, @Nullable String remedy, @Nullable String danger) {
        List<Violation> violations = judge("ContainerCreate", "{'Image':'a','HostConfig':{'Binds':['" + bind + "']}}");

        if (problem == null) {
            assertThat(violations).isEmpty();
            return;
        }
        assertThat(violations).singleElement().satisfies(violation -> {
            assertThat(violation.subject()).isEqualTo("HostConfig.Binds[0] " + problem);
            assertThat(violation.remedy() == null ? null : violation.remedy().value())
                    .isEqualTo(remedy);
            assertThat(violation.remedy() == null ? "" : violation.remedy().danger())
                    .endsWith(danger == null ? "" : danger);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ContainerCreate | {'Image':'a','HostConfig':{'Mounts':[{'Type':'volume','Source':'v','Target':'/a b'}]}}  | 0",
                "ContainerCreate | {'Image':'a','HostConfig':{'Mounts':[{'Type':'volume','Source':'v','Target':'/a,b'}]}}  | 1",
                "ContainerCreate | {'Image':'a','HostConfig':{'Mounts':[{'Type':'volume','Source':'v','Target':'/a\\tb'}]}} | 1",
                "VolumeCreate    | {'Name':'v','Driver':'nfs','DriverOpts':{'device':'/etc'}}                              | 1",
                "VolumeCreate    | {'Name':'v','Driver':'local','DriverOpts':{'device':'/etc'}}                            | 1",
                "VolumeCreate    | {'Name':'v','Driver':'local','DriverOpts':{'size':'1g'}}                                | 0",
            })
    void numberOfViolations(String operation, String body, int count) {
        assertThat(judge(operation, body)).hasSize(count);
    }
}
