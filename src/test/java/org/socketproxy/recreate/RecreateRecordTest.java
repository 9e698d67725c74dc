package org.socketproxy.recreate;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.create.BindRules;
import org.socketproxy.policy.create.CreateAllowances;
import org.socketproxy.policy.create.CreatePermission;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.recreate.RecreateRecord.ImageConfig;

/**
 * Bodies that create a recorded container again, or connect it to its network. In the JSON, quotes are written as
 * apostrophes, ID is the id of the container and NET that of its network.
 */
class RecreateRecordTest {
    private static final String ID = "c0".repeat(32);
    private static final String NETWORK = "4e".repeat(32);
    private static final String INSPECT =
            "{'Id':'ID','Name':'/app','Config':{'Image':'app:1','Env':['C=4','B=2','A=1'],'Cmd':['run'],'User':'7',"
                    + "'Labels':{'l':'1','m':'2'},'Tty':false},"
                    + "'HostConfig':{'Privileged':true,'Memory':1024,'CgroupnsMode':'private','NetworkMode':'n','Binds':null},"
                    + "'NetworkSettings':{'Networks':{'n':{'NetworkID':'NET','IPAMConfig':null,'MacAddress':'02:42',"
                    + "'DriverOpts':{'a':'b','c':'d'},'Aliases':['a'],'DNSNames':['app'],'IPAddress':'172.17.0.2'}}}}";
    /** Its command, a variable and a label are the container's. */
    private static final String IMAGE = "{'Config':{'Env':['A=1','C=3'],'Cmd':['run'],'Labels':{'l':'1'}}}";

    private static final String HOST_CONFIG =
            "'HostConfig':{'Privileged':true,'Memory':1024,'CgroupnsMode':'private','NetworkMode':'n'}";
    private static final String CONFIG = "'Env':['B=2','C=4'],'User':'7','Labels':{'m':'2'}";
    private static final List<Violation> DENIED = List.of(new Violation(Kind.FIELD, "/x", "x", null));
    private static final CreateRules RULES = rules(true, "app");

    private static CreateRules rules(boolean isRecreateAllowed, String... images) {
        return new CreateRules(
                isRecreateAllowed
                        ? new CreateAllowances(Map.of(CreatePermission.RECREATE, Set.of()))
                        : CreateAllowances.NONE,
                BindRules.NONE,
                new ImageRules(List.of(images)),
                Set.of(),
                1 << 20);
    }

    private static ByteBuffer json(String text) {
        return StandardCharsets.UTF_8.encode(
                text.replace("'ID'", "'" + ID + "'").replace("NET", NETWORK).replace('\'', '"'));
    }

    private static RecreateRecord recorded() {
        return requireNonNull(requireNonNull(RecreateRecord.read(json(INSPECT)))
                .withImage(ImageConfig.read(json(IMAGE)))
                .pack()
                .unpack());
    }

    @Test
    void idAndNameAreRead() {
        assertThat(recorded().id()).isEqualTo(ID);
        assertThat(recorded().name()).isEqualTo("app");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{'Id':'ID'}",
                "{'Id':'ID','Name':'app'}",
                "{'Id':'c0','Name':'/app'}",
                "{'Name':'/app'}",
            })
    void otherJsonIsNoContainer(String inspect) {
        assertThat(RecreateRecord.read(json(inspect))).isNull();
    }

    /** Each row: members of the body beside image and host configuration, and if the body creates the container again. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'Cmd':['run']                                     | true",
                "'Cmd':null                                        | true",
                "'Cmd':[]                                          | true",
                "'Cmd':['run','x']                                 | false",
                "'Entrypoint':['run']                              | false",
                "'Env':['B=2','C=4']                               | true",
                "'Env':['C=4','B=2','A=1']                         | true",
                "'Env':['B=2','C=4','A=1']                         | true",
                "'Env':['B=2']                                     | false", // C=3 of the image
                "'Env':['C=4']                                     | false",
                "'Env':[]                                          | false",
                "'Env':['A=2','B=2','C=4']                         | false",
                "'Env':['A=1','B=2','C=4','D=5']                   | false",
                "'Env':['B=2','C=3','C=4']                         | false",
                "'Env':'B=2'                                       | false",
                "'Labels':{'m':'2'}                                | true",
                "'Labels':{'l':'1','m':'2'}                        | true",
                "'Labels':{'l':'1'}                                | false",
                "'Labels':{}                                       | false",
                "'Labels':{'l':'2','m':'2'}                        | false",
                "'Labels':{'m':'2','n':'1'}                        | false",
                "'User':'7'                                        | true",
                "'User':''                                         | false",
                "'User':null                                       | false",
                "'User':'0'                                        | false",
                "'Tty':true                                        | false",
                "'Tty':false                                       | true",
                "'Other':1                                         | false",
                "'Other':0                                         | false",
                "'Other':false                                     | true",
                "'Hostname':'x'                                    | false",
                "'MacAddress':'02:42'                              | true",
                "'MacAddress':'02:43'                              | false",
                "'name':'app','platform':'linux'                   | true",
                "'NetworkingConfig':{}                             | true",
                "'NetworkingConfig':{'EndpointsConfig':{'n':null}} | true",
                "'NetworkingConfig':{'EndpointsConfig':{'n':{}}}   | true",
                "'NetworkingConfig':{'EndpointsConfig':{'m':{}}}   | true",
                "'NetworkingConfig':{'EndpointsConfig':{'n':{'MacAddress':'02:42','Aliases':['a','app','c0c0c0c0c0c0'],'IPAddress':'1'}}} | true",
                "'NetworkingConfig':{'EndpointsConfig':{'n':{'Aliases':['x']}}}            | false",
                "'NetworkingConfig':{'EndpointsConfig':{'n':{'MacAddress':'02:43'}}}       | false",
                "'NetworkingConfig':{'EndpointsConfig':{'n':{'DriverOpts':{'a':'b'}}}}     | true",
                "'NetworkingConfig':{'EndpointsConfig':{'n':{'DriverOpts':{'a':'c'}}}}     | false",
                "'NetworkingConfig':{'EndpointsConfig':{'m':{'Aliases':['x']}}}            | false",
                "'NetworkingConfig':{'EndpointsConfig':{'n':['x']}}                        | false",
            })
    void bodyWithTheSameConfigurationCreatesItAgain(String members, boolean isCreated) {
        String others = members
                + (members.contains("'User'") ? "" : ",'User':'7'")
                + (members.contains("'Env'") ? "" : ",'Env':['B=2','C=4']")
                + (members.contains("'Labels'") ? "" : ",'Labels':{'m':'2'}");
        ByteBuffer body = json("{'Image':'app:2'," + HOST_CONFIG + "," + others + "}");

        assertThat(recorded().isCreatedBy(RULES, body, DENIED)).isEqualTo(isCreated);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'Privileged':true,'Memory':1024,'CgroupnsMode':'private','NetworkMode':'x' | false",
                "'Privileged':true,'Memory':1024,'CgroupnsMode':'private','Annotations':{'io.podman.annotations.pids-limit':'2048'} | true",
                "'Privileged':true,'Memory':1024,'CgroupnsMode':'private','Annotations':{'io.podman.annotations.pids-limit':'x'} | false",
                "'Privileged':true,'Memory':1024,'CgroupnsMode':'private','Annotations':{'run.oci.x':'1'} | false",
                "'Privileged':true,'Memory':1024,'CgroupnsMode':'private','Binds':null | true",
                "'Privileged':true,'Memory':1024,'CgroupnsMode':'private','Binds':[]   | true",
                "'Privileged':true,'Memory':1024,'CgroupnsMode':'private','Init':false | true",
                "'Privileged':true,'Memory':1024                                       | false",
                "'Privileged':true,'Memory':1024,'CgroupnsMode':'host'                 | false",
                "'Privileged':true,'Memory':2048,'CgroupnsMode':'private'              | false",
                "'Privileged':true,'CgroupnsMode':'private'                            | false",
                "'Memory':1024,'CgroupnsMode':'private'                                | false",
                "'Privileged':true,'Memory':1024,'CgroupnsMode':'private','Binds':['/:/h'] | false",
                "'Privileged':true,'Memory':1024,'CgroupnsMode':'private','MaskedPaths':[] | false",
                "'Privileged':true,'Memory':1024,'CgroupnsMode':'private','ReadonlyPaths':null | true",
                "'Privileged':true,'Memory':1024,'CgroupnsMode':'private','MaskedPaths':['/a'] | false",
            })
    void hostConfigurationIsExactlyThatOfBefore(String hostConfig, boolean isCreated) {
        String mode = hostConfig.contains("NetworkMode") ? "" : ",'NetworkMode':'n'";
        ByteBuffer body = json("{'Image':'app:2'," + CONFIG + ",'HostConfig':{" + hostConfig + mode + "}}");

        assertThat(recorded().isCreatedBy(RULES, body, DENIED)).isEqualTo(isCreated);
    }

    @ParameterizedTest
    @CsvSource({
        "app,   app:2, true",
        "app,   db:2,  false",
        "app:1, app:2, false",
        "app,   '',    false",
        ",      app:2, false", // without CREATE_IMAGES any image could get the rights
    })
    void imageIsOneOfTheRules(String images, String image, boolean isCreated) {
        CreateRules rules = images == null ? rules(true) : rules(true, images);
        ByteBuffer body = json("{'Image':'" + image + "'," + CONFIG + "," + HOST_CONFIG + "}");

        assertThat(recorded().isCreatedBy(rules, body, DENIED)).isEqualTo(isCreated);
    }

    @Test
    void onlyFieldsAreCured() {
        ByteBuffer body = json("{'Image':'app:2'," + CONFIG + "," + HOST_CONFIG + "}");
        Violation field = DENIED.get(0);

        assertThat(recorded().isCreatedBy(RULES, body, List.of())).isFalse();
        for (Kind kind : Kind.values()) {
            Violation other = new Violation(kind, "/y", "y", null);
            assertThat(recorded().isCreatedBy(RULES, body, List.of(field, other)))
                    .as(kind.name())
                    .isEqualTo(kind == Kind.FIELD);
        }
        assertThat(recorded().isCreatedBy(RULES, body, Collections.nCopies(Violation.MOST - 1, field)))
                .isTrue();
        assertThat(recorded().isCreatedBy(RULES, body, Collections.nCopies(Violation.MOST, field)))
                .isFalse(); // the list ends there
        assertThat(recorded().isCreatedBy(RULES, json("[]"), DENIED)).isFalse();
        assertThat(recorded().isCreatedBy(RULES, json("{"), DENIED)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "n     | {'Container':'a'}                                             | true",
                "NET   | {'Container':'a','EndpointConfig':{'MacAddress':'02:42'}}     | true",
                "n     | {'EndpointConfig':{'MacAddress':'02:43'}}                     | false",
                "n     | {'EndpointConfig':{'DriverOpts':{'e':'f'}}}                   | false",
                "m     | {}                                                            | false",
                "4e4e  | {}                                                            | false",
                "02:42 | {}                                                            | false",
                "n     | {                                                             | false",
                "c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0 | {}     | false",
            })
    void itIsConnectedToItsNetworkAgain(String network, String body, boolean isConnected) {
        assertThat(recorded().isConnectedBy(network.replace("NET", NETWORK), json(body)))
                .isEqualTo(isConnected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "NetworkConnect    | true  | {'Container':'ID'}  | true",
                "NetworkConnect    | false | {'Container':'ID'}  | false",
                "NetworkDisconnect | true  | {'Container':'ID'}  | false",
                "NetworkConnect    | true  | {'Container':'app'} | false",
                "NetworkConnect    | true  | {'Container':'c0'}  | false",
                "NetworkConnect    | true  | {}                  | false",
                "NetworkConnect    | true  | {                   | false",
            })
    void theConnectedContainerIsNamedByItsId(String id, boolean isRecreateAllowed, String body, boolean isFound) {
        Operation operation = OperationCatalogue.load().byId(id).orElseThrow();
        CreateRules rules = rules(isRecreateAllowed, "app");

        assertThat(RecreateRecord.connected(rules, operation, json(body), DENIED))
                .isEqualTo(isFound ? ID : "");
        assertThat(RecreateRecord.connected(rules, operation, json(body), List.of()))
                .isEmpty();
    }

    @Test
    void rightsAreComparedWithAnotherContainer() {
        assertThat(recorded().hasRightsOf(recorded())).isTrue();
        assertThat(recorded()
                        .hasRightsOf(requireNonNull(
                                RecreateRecord.read(json(INSPECT.replace("'Memory':1024", "'Memory':2048"))))))
                .isFalse();
    }
}
