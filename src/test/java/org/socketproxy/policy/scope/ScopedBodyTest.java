package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.Glob;
import org.socketproxy.policy.create.ImageRules;

/**
 * Bodies of a client whose objects have the label {@code owner=ci}, beside a profile with {@code owner=dev} and containers
 * and volumes that are named {@code dev-*}. In the JSON, quotes are written as apostrophes, LABELS for the forced labels.
 */
class ScopedBodyTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final String LABELS = "{'owner':'ci'}";

    private static Scope rules() {
        Map<ObjectKind, ScopeSelector> own = new EnumMap<>(ObjectKind.class);
        for (ObjectKind kind : ObjectKind.values()) {
            own.put(kind, new ScopeSelector(Map.of("owner", "ci"), List.of(), ImageRules.ALL));
        }
        ScopeSelector named = new ScopeSelector(Map.of(), List.of(new Glob("dev-*")), ImageRules.ALL);
        ScopeSelector labelled = new ScopeSelector(Map.of("owner", "dev"), List.of(), ImageRules.ALL);
        Scope rules = new Scope(List.of(), own);
        Scope names = new Scope(List.of(), Map.of(ObjectKind.CONTAINER, named, ObjectKind.VOLUME, named));
        Scope labels = new Scope(
                List.of(),
                Map.of(
                        ObjectKind.NETWORK,
                        labelled,
                        ObjectKind.VOLUME,
                        new ScopeSelector(Map.of("stage", "1"), List.of(), ImageRules.ALL)));
        return rules.amid(List.of(rules, names, labels));
    }

    private static ScopedBody body(Scope rules, String operation, String text) throws Exception {
        RequestTarget target = RequestTarget.parse(operation.contains("/") ? operation : "/networks/n1/connect");
        String id = operation.contains("/") ? "ContainerCreate" : operation;
        return new ScopedBody(rules, CATALOGUE.byId(id).orElseThrow(), target, json(text));
    }

    private static JsonObject json(String text) throws InvalidJsonException {
        return (JsonObject) StrictJson.read(StandardCharsets.UTF_8.encode(text.replace('\'', '"')));
    }

    private static String text(JsonObject body) {
        return StandardCharsets.UTF_8.decode(JsonText.write(body)).toString().replace('"', '\'');
    }

    /** Each row: body, the objects that it names, and the body with {@code id-} in front of their names. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "ContainerCreate | {'Image':'a'} | image a" + " | {'Image':'id-a','Labels':LABELS}",
                "ContainerCreate | {'Labels':{'x':'y','owner':'dev'},'HostConfig':{'Binds':['v:/x:ro','/srv:/y',':/z']}} | volume v"
                        + " | {'Labels':{'x':'y','owner':'ci'},'HostConfig':{'Binds':['id-v:/x:ro','/srv:/y',':/z']}}",
                "ContainerCreate | {'HostConfig':{'VolumesFrom':['a','b:ro'],'Links':['a','/b','c:d']}} | container a, container b, container c"
                        + " | {'HostConfig':{'VolumesFrom':['id-a','id-b:ro'],'Links':['id-a:a','id-b:b','id-c:d']},'Labels':LABELS}",
                "ContainerCreate | {'HostConfig':{'VolumesFrom':[':ro'],'Links':[':a']}} | container "
                        + " | {'HostConfig':{'VolumesFrom':['id-:ro'],'Links':['id-:a']},'Labels':LABELS}",
                "ContainerCreate | {'HostConfig':{'PidMode':'container:a','IpcMode':'host','NetworkMode':'container:b'}} | container a, container b"
                        + " | {'HostConfig':{'PidMode':'container:id-a','IpcMode':'host','NetworkMode':'container:id-b'},'Labels':LABELS}",
                "ContainerCreate | {'HostConfig':{'NetworkMode':'bridge'}} | -"
                        + " | {'HostConfig':{'NetworkMode':'bridge'},'Labels':LABELS}",
                "ContainerCreate | {'HostConfig':{'NetworkMode':'n'}} | network n"
                        + " | {'HostConfig':{'NetworkMode':'n'},'NetworkingConfig':{'EndpointsConfig':{'n':{'NetworkID':'id-n'}}},'Labels':LABELS}",
                "ContainerCreate | {'HostConfig':{'NetworkMode':'id'}} | network id"
                        + " | {'HostConfig':{'NetworkMode':'id-id'},'NetworkingConfig':{'EndpointsConfig':{'id-id':{'NetworkID':'id-id'}}},'Labels':LABELS}",
                "ContainerCreate | {'NetworkingConfig':{'EndpointsConfig':{'n':{'Aliases':['x']},'bridge':{'NetworkID':'m'},'o':null}}} | network n, network o"
                        + " | {'NetworkingConfig':{'EndpointsConfig':{'n':{'Aliases':['x'],'NetworkID':'id-n'},'bridge':{'NetworkID':''},'o':{'NetworkID':'id-o'}}},'Labels':LABELS}",
                "ContainerCreate | {'HostConfig':{'Mounts':[{'Type':'volume','Source':'v','VolumeOptions':{'Labels':{'x':'y'}}},{'Type':'volume'},{'Type':'image','Source':'a'},{'Type':'bind','Source':'/srv'}]}} | volume v, image a"
                        + " | {'HostConfig':{'Mounts':[{'Type':'volume','Source':'id-v','VolumeOptions':{'Labels':{'x':'y','owner':'ci'}}},{'Type':'volume','VolumeOptions':{'Labels':{'owner':'ci'}}},{'Type':'image','Source':'id-a'},{'Type':'bind','Source':'/srv'}]},'Labels':LABELS}",
                "NetworkConnect | {'Container':'a'} | container a"
                        + " | {'Container':'id-a','EndpointConfig':{'NetworkID':'n1'}}",
                "NetworkConnect | {'Container':'a','EndpointConfig':{'Aliases':['x'],'NetworkID':'m'}} | container a, network n1"
                        + " | {'Container':'id-a','EndpointConfig':{'Aliases':['x'],'NetworkID':'n1'}}",
                "NetworkDisconnect | {'Container':'a','Force':true} | container a | {'Container':'id-a','Force':true}",
                "NetworkCreate | {'Name':'n','ConfigFrom':{'Network':'m'}} | network m"
                        + " | {'Name':'n','ConfigFrom':{'Network':'id-m'},'Labels':LABELS}",
                "VolumeCreate | {'Name':'v'} | volume v | {'Name':'v','Labels':{'owner':'ci'}}",
                "VolumeCreate | {} | - | {'Labels':{'owner':'ci'}}",
                "SecretCreate | {'Name':'s','Labels':null} | - | {'Name':'s','Labels':LABELS}",
                "ConfigUpdate | {'Name':'s'} | - | {'Name':'s','Labels':LABELS}",
                "ServiceCreate | {'Name':'s','Networks':[{'Target':'n'}],'TaskTemplate':{'Networks':[{'Target':'id'}],'ContainerSpec':{'Image':'a','Secrets':[{'SecretID':'b'}],'Configs':[{'ConfigID':'c'}]}}}"
                        + " | network n, network id, image a, secret b, config c"
                        + " | {'Name':'s','Networks':[{'Target':'n'}],'TaskTemplate':{'Networks':[{'Target':'id-id'}],'ContainerSpec':{'Image':'id-a','Secrets':[{'SecretID':'id-b'}],'Configs':[{'ConfigID':'id-c'}],'Labels':LABELS}},'Labels':LABELS}",
            })
    void namesAreReplacedByIdsAndLabelsAreForced(String operation, String sent, String references, String forwarded)
            throws Exception {
        ScopedBody body = body(rules(), operation, sent);
        Map<ObjectRef, String> found = new HashMap<>();
        body.references().forEach(each -> found.put(each, "id-" + each.name()));

        assertThat(body.references().stream()
                        .map(each -> (each.subject().noun() + " " + each.name()).strip())
                        .sorted()
                        .collect(Collectors.joining(", ")))
                .isEqualTo(List.of(references.equals("-") ? new String[] {""} : references.split(", ")).stream()
                        .sorted()
                        .collect(Collectors.joining(", ")));
        assertThat(text(body.resolved(found))).isEqualTo(text(json(forwarded.replace("LABELS", LABELS))));
    }

    @Test
    void anObjectThatWasNotJudgedIsNotForwarded() throws Exception {
        ScopedBody body = body(rules(), "NetworkConnect", "{'Container':'a'}");

        assertThatThrownBy(() -> body.resolved(Map.of())).isInstanceOf(IllegalStateException.class);
    }

    /** The other profile has networks with the label {@code stage=1}. */
    @ParameterizedTest
    @CsvSource({
        "owner=ci,         -,             net,   false",
        "owner=ci,         -,             dev-x, false",
        "owner=ci owner2=dev, -,          net,   false",
        "stage=1,          -,             net,   true",
        "-,                net,           net,   true",
        "-,                n*,            net,   false",
        "-,                n* net,        net,   false",
        "-,                x* net,        net,   true",
        "owner=ci,         net,           net,   false",
    })
    void networksThatOthersCanUseAreShared(String labels, String names, String network, boolean isShared) {
        Map<String, String> required = pairs(labels);
        ScopeSelector own = new ScopeSelector(
                required,
                names.equals("-")
                        ? List.of()
                        : Stream.of(names.split(" ")).map(Glob::new).toList(),
                ImageRules.ALL);
        Scope rules = new Scope(List.of(), Map.of(ObjectKind.NETWORK, own));
        Scope other = new Scope(
                List.of(),
                Map.of(ObjectKind.NETWORK, new ScopeSelector(Map.of("stage", "1"), List.of(), ImageRules.ALL)));

        assertThat(rules.amid(List.of(rules, other))
                        .isShared(new ObjectIdentity(ObjectKind.NETWORK, "id", List.of(network), required)))
                .isEqualTo(isShared);
    }

    private static Map<String, String> pairs(String labels) {
        return Stream.of(labels.split(" "))
                .filter(label -> label.contains("="))
                .collect(Collectors.toMap(label -> label.split("=")[0], label -> label.split("=")[1]));
    }

    /** @param operation or the target of ContainerCreate */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            nullValues = "-",
            value = {
                "/containers/create?name=a     | {} | -",
                "/containers/create            | {} | -",
                "/containers/create?name=dev-a | {} | needs a name that no other profile selects",
                "/containers/create?name=dev-a&name=a | {} | needs the parameter name once, in lower case",
                "/containers/create?Name=dev-a | {} | needs the parameter name once, in lower case",
                "/containers/create?name=a     | {'HostConfig':{'Mounts':[{'VolumeOptions':{'Labels':{'stage':'1'}}}]}} | has a label by which another profile selects its objects",
                "/containers/create?name=a     | {'HostConfig':{'Mounts':[{'VolumeOptions':{'Labels':{'stage':'2'}}}]}} | -",
                "VolumeCreate      | {'Name':'v'}                                | -",
                "VolumeCreate      | {'Name':'dev-v'}                            | needs a name that no other profile selects",
                "VolumeCreate      | {'Name':'v','Labels':{'stage':'1'}}         | has a label by which another profile selects its objects",
                "NetworkCreate     | {'Name':'n','Labels':{'owner':'dev'}}       | -", // the own label replaces it
                "NetworkCreate     | {'Name':'dev-n'}                            | -",
                "NetworkConnect    | {'Container':'a'}                           | -",
                "NetworkDisconnect | {'Container':'a'}                           | -",
                "SecretUpdate      | {'Name':'dev-s'}                            | -",
                "ServiceCreate     | {'Name':'s'}                                | -",
                "ServiceCreate     | {'TaskTemplate':{'ContainerSpec':{'Mounts':[{'Type':'volume','Source':'v'}]}}} | mounts a named volume: another node can have one of others with this name",
                "ServiceCreate     | {'TaskTemplate':{'ContainerSpec':{'Mounts':[{'Type':'volume'},{'Type':'bind','Source':'/srv'}]}}} | -",
                "ServiceUpdate     | {'TaskTemplate':{'ContainerSpec':{'Mounts':[{'VolumeOptions':{'Labels':{'stage':'1'}}}]}}} | has a label by which another profile selects its objects",
            })
    void namesAndLabelsOfOtherProfilesAreDenied(String operation, String text, String fault) throws Exception {
        assertThat(body(rules(), operation, text).fault()).isEqualTo(fault);
    }

    @ParameterizedTest
    @CsvSource({
        "ContainerCreate, is not possible: TARGETS selects no containers",
        "VolumeCreate,    is not possible: TARGETS selects no volumes",
        "ServiceCreate,   is not possible: TARGETS selects no services",
    })
    void aKindWithoutASelectorIsNotCreated(String operation, String fault) throws Exception {
        assertThat(body(new Scope(List.of(), Map.of()), operation, "{}").fault())
                .isEqualTo(fault);
    }

    @Test
    void aMissingVolumeIsCreatedWithTheLabels() throws Exception {
        ScopedBody body = body(rules(), "ContainerCreate", "{}");

        assertThat(body.isVolumeCreatable("v")).isTrue();
        assertThat(body.isVolumeCreatable("dev-v")).isFalse();
        assertThat(json(text(body.newVolume("v")))).isEqualTo(json("{'Name':'v','Labels':{'owner':'ci'}}"));
    }

    @ParameterizedTest
    @CsvSource({"ci-a, true", "a, false", "'', false"})
    void aNameIsOneThatTheProfileSelects(String name, boolean isSelected) throws Exception {
        Scope byName = new Scope(
                List.of(),
                Map.of(ObjectKind.VOLUME, new ScopeSelector(Map.of(), List.of(new Glob("ci-*")), ImageRules.ALL)));
        ScopedBody body = body(byName, "VolumeCreate", "{'Name':'" + name + "'}");

        assertThat(body.fault()).isEqualTo(isSelected ? null : "needs a name that TARGETS selects");
        assertThat(body.isVolumeCreatable(name)).isEqualTo(isSelected);
    }
}
