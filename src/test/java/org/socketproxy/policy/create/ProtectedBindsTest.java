package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.create.BindRules.AllowedBind;

/** Existing containers with volumes in place of binds. In the JSON, apostrophes stand for quotes. */
class ProtectedBindsTest {
    private static CreateRules rules(String binds) {
        List<AllowedBind> allowed = Arrays.stream(binds.split(","))
                .map(bind ->
                        new AllowedBind(bind.replaceAll("/\\*\\*|:ro", ""), bind.contains("/**"), bind.endsWith(":ro")))
                .toList();
        return new CreateRules(
                CreateAllowances.NONE, new BindRules(allowed, List.of()), ImageRules.ALL, Set.of(), 1 << 20);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                // BINDS, name of the volume, path below its root, whether the container writes, problem
                "/srv/**            | socket-proxy-bind_srv--a   | a   | true  | -",
                "/srv/**:ro         | socket-proxy-bind_srv--a   | a   | false | -",
                "/srv/**:ro         | socket-proxy-bind_srv--a   | a   | true  | binds /srv/a for writing",
                "/other/**          | socket-proxy-bind_srv--a   | a   | true  | binds /srv/a for writing",
                "/srv/a             | socket-proxy-bind_srv--a   | a   | true  | binds /srv/a below another element of BINDS: no volume",
                "/srv/a/**          | socket-proxy-bind_srv--a_b | a/b | true  | binds /srv/a/b below another element of BINDS: no volume",
                "/srv/**,/srv/a/**  | socket-proxy-bind_srv--a_b | a/b | true  | -",
            })
    void containerIsJudgedByTheBind(
            String binds, String name, String below, boolean isWriting, @Nullable String problem) {
        String inspect = "{'Id':'" + "a".repeat(64)
                + "','HostConfig':{'CapAdd':null,'Mounts':[{'Type':'volume','Source':'"
                + name + "','Target':'/t/','VolumeOptions':{'Subpath':'" + below
                + "'}}]},'Mounts':[{'Type':'volume','Name':'"
                + name + "','Source':'/d/_data','Destination':'/t','Driver':'local','Mode':'z','RW':" + isWriting
                + ",'Propagation':''}]}";
        ContainerVerdict verdict =
                rules(binds).judgeContainer(StandardCharsets.UTF_8.encode(inspect.replace('\'', '"')));

        assertThat(verdict.volumes()).containsExactly(name);
        assertThat(verdict.violations()).hasSize(problem == null ? 0 : 1);
        assertThat(verdict.violations())
                .allSatisfy(violation ->
                        assertThat(violation.subject()).startsWith("the container's Mounts[0] " + problem));
    }

    @ParameterizedTest
    @CsvSource({
        "/srv/**, /srv/a, the container's Mounts[0] binds /srv/a directly: no volume of this proxy keeps clients from",
        "/srv/**:ro, /srv/a, the container's Mounts[0] binds /srv/a for writing",
    })
    void directBindIsDenied(String binds, String source, String problem) {
        String inspect = "{'Id':'" + "a".repeat(64) + "','HostConfig':{'CapAdd':null,'Binds':['" + source
                + ":/t']},'Mounts':" + "[{'Type':'bind','Source':'" + source
                + "','Destination':'/t','Mode':'','RW':true,'Propagation':'rprivate'}]}";

        assertThat(rules(binds)
                        .judgeContainer(StandardCharsets.UTF_8.encode(inspect.replace('\'', '"')))
                        .violations())
                .singleElement()
                .satisfies(violation -> assertThat(violation.subject()).startsWith(problem));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "socket-proxy-bind_srv--a | 'Driver':'local','Options':{'type':'none','o':'rbind,rprivate','device':'/srv'} | true",
                "socket-proxy-bind_srv--a | 'Driver':'local','Options':{'type':'none','o':'rbind,rprivate','device':'/etc'} | false",
                "socket-proxy-bind_srv--a | 'Driver':'local','Options':null | false",
                "socket-proxy-bindings    | 'Driver':'local','Options':null | false"
            })
    void volumeOfAContainerHasExactlyTheOptionsOfTheProxy(String name, String description, boolean isAllowed) {
        String inspect = "{'Name':'" + name + "'," + description + "}";

        assertThat(rules("/srv/**").judgeVolume(name, StandardCharsets.UTF_8.encode(inspect.replace('\'', '"'))))
                .hasSize(isAllowed ? 0 : 1);
    }
}
