package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue.JsonObject;

/** Binds of a client in a container, with {@code BINDS=own}. In the JSON, apostrophes stand for quotes. */
class OwnMountsTest {
    private static final OwnMounts MOUNTS = OwnMounts.read(StandardCharsets.UTF_8.encode("""
            {'HostConfig':{'Tmpfs':{'/src/secret':''},
                'Mounts':[{'Type':'volume','Target':'/part','VolumeOptions':{'Subpath':'a/b'}}]},
             'Mounts':[
                {'Type':'bind','Source':'/home/u/src','Destination':'/src','RW':true},
                {'Type':'bind','Source':'/home/u/src/.git','Destination':'/src/.git','RW':false},
                {'Type':'bind','Source':'/dev/null','Destination':'/src/.env','RW':true},
                {'Type':'volume','Name':'cache','Destination':'/src/cache','RW':true},
                {'Type':'volume','Name':'parts','Destination':'/part','RW':true},
                {'Type':'bind','Source':'/data/moved','Destination':'/moved','RW':true},
                {'Type':'bind','Source':'/data/moved/a/b','Destination':'/moved/a/b','RW':false},
                {'Type':'bind','Source':'/data/read','Destination':'/read','RW':false},
                {'Type':'bind','Source':'/data/read/a/b','Destination':'/read/a/b','RW':false},
                {'Type':'bind','Source':'/run/docker.sock','Destination':'/var/run/docker.sock','RW':true},
                {'Type':'bind','Source':'/etc','Destination':'/host-etc','RW':true},
                {'Type':'bind','Source':'/run/p/a.sock','Destination':'/p.sock','RW':true},
                {'Type':'npipe','Source':'x','Destination':'/pipe','RW':true},
                {'Type':'volume','Name':'socket-proxy-bind_srv--a','Destination':'/of-proxy','RW':true}]}
            """.replace('\'', '"')));

    private static CreateRules rules(OwnMounts mounts) {
        return new CreateRules(
                CreateAllowances.NONE,
                new BindRules(
                        List.of(),
                        List.of("/data/never"),
                        List.of("/data/own"),
                        Map.of("/run/p/a.sock", List.of("PROTECT_SELF=0")),
                        mounts),
                ImageRules.ALL,
                Set.of(),
                1 << 20);
    }

    private static JsonBody body(String hostConfig) {
        return JsonBody.of(
                StandardCharsets.UTF_8.encode(("{'Image':'a','HostConfig':" + hostConfig + "}").replace('\'', '"')));
    }

    private static List<String> problems(CreateRules rules, String hostConfig) {
        return rules
                .judgeBody(OperationCatalogue.load().byId("ContainerCreate").orElseThrow(), body(hostConfig))
                .stream()
                .map(Violation::subject)
                .toList();
    }

    /** Returns the mounts that the daemon gets, such as {@code volume NAME/PATH TARGET ro}. */
    private static String forwarded(CreateRules rules, String hostConfig) {
        ProtectedBinds binds = ProtectedBinds.of(rules, body(hostConfig));
        return binds == null
                ? ""
                : JsonBody.of(binds.body()).object().object("HostConfig").elements("Mounts").stream()
                        .map(OwnMountsTest::text)
                        .collect(Collectors.joining(", "));
    }

    private static String text(JsonObject mount) {
        String below = mount.object("VolumeOptions").text("Subpath");
        String source = mount.text("Source") + (below.isEmpty() ? "" : "//" + below);
        return (mount.text("Type") + " " + source + " " + mount.text("Target")).replace("  ", " ")
                + (new String(JsonText.write(mount).array(), StandardCharsets.UTF_8).contains("\"ReadOnly\":true")
                        ? " ro"
                        : "");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // the bind of the client | the mounts of the new container
                "/src:/t | bind /home/u/src /t, volume socket-proxy-bind_home_u_src--.git//.git /t/.git ro, bind /dev/null /t/.env ro, volume cache /t/cache, tmpfs /t/secret",
                "/src/:/t/ | bind /home/u/src /t/, volume socket-proxy-bind_home_u_src--.git//.git /t/.git ro, bind /dev/null /t/.env ro, volume cache /t/cache, tmpfs /t/secret",
                "/src/a:/t:ro | volume socket-proxy-bind_home_u_src--a//a /t ro",
                "/src/.git:/t:ro | volume socket-proxy-bind_home_u_src--.git//.git /t ro",
                "/src/.git/hooks:/t:ro | volume socket-proxy-bind_home_u_src--.git_hooks//.git/hooks /t ro",
                "/src/cache:/t | volume cache /t",
                "/src/cache/a:/t:ro | volume cache//a /t ro",
                "/part:/t | volume parts//a/b /t",
                "/part/c:/t | volume parts//a/b/c /t",
                "/read/c:/t:ro | volume socket-proxy-bind_data_read--c//c /t ro",
                "/read:/t:ro | bind /data/read /t ro, volume socket-proxy-bind_data_read--a_b//a/b /t/a/b ro",
            })
    void bindGetsTheMountsOfTheClient(String bind, String mounts) {
        String hostConfig = "{'Binds':['" + bind + "']}";

        assertThat(problems(rules(MOUNTS), hostConfig)).isEmpty();
        assertThat(forwarded(rules(MOUNTS), hostConfig)).isEqualTo(mounts);
        String[] parts = bind.split(":", -1);
        String asMount = "{'Mounts':[{'Type':'bind','Source':'" + parts[0] + "','Target':'" + parts[1] + "','ReadOnly':"
                + (parts.length > 2) + "}]}";
        assertThat(problems(rules(MOUNTS), asMount)).isEmpty();
        assertThat(forwarded(rules(MOUNTS), asMount)).isEqualTo(mounts);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/srcx:/t | binds /srcx, which is no path of its own; this client can bind its own paths: /host-etc, ",
                "/:/t | binds /, which is never allowed",
                "/home/u/src:/t | binds /home/u/src, which is no path of its own",
                "/src/../etc:/t | binds a path that is not absolute and canonical",
                "/src//a:/t | binds a path that is not absolute and canonical",
                "/src/./a:/t | binds a path that is not absolute and canonical",
                "//src:/t | binds a path that is not absolute and canonical",
                "/src/.git:/t | binds /src/.git for writing, which the client's container only reads",
                "/src/.git/hooks:/t | binds /src/.git/hooks for writing, which the client's container only reads",
                "/src/.git:/t:ro,z | binds /src/.git for writing",
                "/src/secret:/t | binds /src/secret, which is in a mount that no other container can get",
                "/src/secret/a:/t:ro | binds /src/secret/a, which is in a mount that no other container can get",
                "/pipe:/t | binds /pipe, which is in a mount that no other container can get",
                "/of-proxy:/t | binds /of-proxy, which is in a mount that no other container can get",
                "/moved:/t | binds /moved, where a client could move its mount /moved/a/b with the folder around it",
                "/moved/a:/t | binds /moved/a, where a client could move its mount /moved/a/b",
                "/moved/c:/t:ro | binds /moved/c, where a client could move its mount /moved/a/b",
                "/src:/t:rshared | the propagation rshared",
                "/var/run/docker.sock:/var/run/docker.sock | binds /var/run/docker.sock, which has a path that is the host, or root on it",
                "/var/run/docker.sock:/s:ro | binds /var/run/docker.sock, which has a path that is the host",
                "/run/docker.sock:/s | binds /run/docker.sock, which is never allowed",
                "/host-etc:/t | binds /host-etc, which has a path that is the host, or root on it",
                "/host-etc/x:/t | binds /host-etc/x, which has a path that is the host, or root on it",
                "/p.sock:/t | binds /p.sock, which is near files or sockets of this proxy (PROTECT_SELF)",
            })
    void otherPathIsDenied(String bind, String problem) {
        assertThat(problems(rules(MOUNTS), "{'Binds':['" + bind + "']}"))
                .isNotEmpty()
                .anySatisfy(found -> assertThat(found).contains(problem));
    }

    /** A link could lead from a path to another one of the same mount. */
    @ParameterizedTest
    @CsvSource({
        "/,    /host:/t:ro",
        "/,    /host/home/u:/t:ro",
        "/,    /host/etc:/t",
        "/var, /host/www:/t",
        "/home, /host/u:/t",
        "/data, /host/a:/t",
        "/run/p, /host/a:/t:ro"
    })
    void mountWithPathsOfTheHostIsDenied(String source, String bind) {
        OwnMounts mounts = OwnMounts.read(StandardCharsets.UTF_8.encode("{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\""
                + source + "\",\"Destination\":\"/host\",\"RW\":true}]}"));

        assertThat(problems(rules(mounts), "{'Binds':['" + bind + "']}"))
                .singleElement()
                .satisfies(
                        found -> assertThat(found).containsAnyOf("which has a path that is the host", "PROTECT_SELF"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | the client has no path of its own that it could bind",
                "{'Mounts':[{'Type':'bind','Source':'/a','Destination':'b','RW':true}]} | BINDS=own does not apply, because a mount of the client's container cannot be read",
                "{'HostConfig':{'Tmpfs':{'.':''}},'Mounts':[{'Type':'bind','Source':'/a','Destination':'/a','RW':true}]} | a mount of the client's container cannot be read",
            })
    void clientWithoutReadableMountsBindsNothing(String inspect, String reason) {
        OwnMounts mounts = OwnMounts.read(StandardCharsets.UTF_8.encode(inspect.replace('\'', '"')));

        assertThat(problems(rules(mounts), "{'Binds':['/a:/t']}"))
                .singleElement()
                .satisfies(found -> assertThat(found).contains("binds /a, which is no path of its own; ", reason));
        assertThat(problems(rules(OwnMounts.NONE), "{'Binds':['/a:/t']}"))
                .singleElement()
                .satisfies(found -> assertThat(found).contains("the proxy does not know the container of this client"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // without paths inside of volumes
                "/src/cache:/t:ro | true",
                "/src/cache:/t | false",
                "/src/cache/a:/t:ro | false",
                "/src:/t:ro | false",
                "/read/c:/t:ro | false",
                "/part:/t:ro | false",
            })
    void oldDaemonAllowsExactPathsForReading(String bind, boolean isAllowed) {
        List<Violation> violations = ProtectedBinds.ofOldDaemon(rules(MOUNTS), body("{'Binds':['" + bind + "']}"));

        assertThat(violations.isEmpty()).isEqualTo(isAllowed);
        assertThat(violations)
                .allSatisfy(violation -> assertThat(violation.subject())
                        .contains("there BINDS=own allows only binds for reading, of exactly the paths"));
    }
}
