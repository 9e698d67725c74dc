package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.Glob;
import org.socketproxy.policy.create.ImageRules;

/**
 * Bodies of Podman's own API from a client whose images are below {@code docker.io/ci/} and whose other objects have the
 * label {@code owner=ci}. In the JSON, quotes are written as apostrophes.
 */
class LibpodContainerBodyTest {
    private static Scope rules() {
        Map<ObjectKind, ScopeSelector> own = new EnumMap<>(ObjectKind.class);
        for (ObjectKind kind : ObjectKind.values()) {
            own.put(kind, new ScopeSelector(Map.of("owner", "ci"), List.of(), ImageRules.ALL));
        }
        own.put(ObjectKind.IMAGE, new ScopeSelector(Map.of(), List.of(), new ImageRules(List.of("docker.io/ci/*"))));
        return new Scope(List.of(), own);
    }

    private static ScopedBody body(String operation, String text) throws Exception {
        return new ScopedBody(
                rules(),
                OperationCatalogue.load().byId(operation).orElseThrow(),
                RequestTarget.parse("/libpod/networks/n1/connect"),
                json(text));
    }

    private static JsonObject json(String text) throws InvalidJsonException {
        return (JsonObject) StrictJson.read(StandardCharsets.UTF_8.encode(text.replace('\'', '"')));
    }

    /** Each row: body, the objects that it names, and the body with {@code id-} in front of their names. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "ContainerCreateLibpod | {'image':'a','raw_image_name':'b'} | image a, image b"
                        + " | {'image':'id-a','raw_image_name':'id-b','labels':{'owner':'ci'}}",
                "ContainerCreateLibpod | {'labels':{'owner':'dev','x':'y'},'pod':'p'} | pod p"
                        + " | {'labels':{'owner':'ci','x':'y'},'pod':'id-p'}",
                "ContainerCreateLibpod | {'pidns':{'nsmode':'container','value':'a'},'ipcns':{'nsmode':'host'},'netns':{'nsmode':'bridge','value':'x'}} | container a"
                        + " | {'pidns':{'nsmode':'container','value':'id-a'},'ipcns':{'nsmode':'host'},'netns':{'nsmode':'bridge','value':'x'},'labels':{'owner':'ci'}}",
                "ContainerCreateLibpod | {'utsns':{'nsmode':'container','value':'a'},'cgroupns':{'nsmode':'container','value':'b'},'userns':{'nsmode':'container','value':'c'}} | container a, container b, container c"
                        + " | {'utsns':{'nsmode':'container','value':'id-a'},'cgroupns':{'nsmode':'container','value':'id-b'},'userns':{'nsmode':'container','value':'id-c'},'labels':{'owner':'ci'}}",
                "ContainerCreateLibpod | {'dependencyContainers':['a'],'devices_from':['b'],'volumes_from':['c','d:ro']} | container a, container b, container c, container d"
                        + " | {'dependencyContainers':['id-a'],'devices_from':['id-b'],'volumes_from':['id-c','id-d:ro'],'labels':{'owner':'ci'}}",
                "ContainerCreateLibpod | {'volumes_from':[':ro']} | container "
                        + " | {'volumes_from':['id-:ro'],'labels':{'owner':'ci'}}",
                "ContainerCreateLibpod | {'Networks':{'n':{'aliases':['x']},'default':{}},'networkOrder':['n','default']} | network n"
                        + " | {'Networks':{'id-n':{'aliases':['x']},'default':{}},'networkOrder':['id-n','default'],'labels':{'owner':'ci'}}",
                "ContainerCreateLibpod | {'volumes':[{'Name':'v','Dest':'/x'},{'Dest':'/y'}],'secrets':[{'Source':'s','Target':'t'}],'image_volumes':[{'Source':'a'}]} | image a, secret s, volume v"
                        + " | {'volumes':[{'Name':'id-v','Dest':'/x'},{'Dest':'/y'}],'secrets':[{'Source':'id-s','Target':'t'}],'image_volumes':[{'Source':'id-a'}],'labels':{'owner':'ci'}}",
                "VolumeCreateLibpod | {'Name':'v'} | volume v | {'Name':'v','Labels':{'owner':'ci'}}",
                "NetworkCreateLibpod | {'name':'n','labels':{'owner':'dev'}} | - | {'name':'n','labels':{'owner':'ci'}}",
                "NetworkConnectLibpod | {'container':'a','aliases':['x']} | container a, network n1 | {'container':'id-a','aliases':['x']}",
                "NetworkDisconnectLibpod | {'Container':'a','Force':true} | container a | {'Container':'id-a','Force':true}",
            })
    void namesAreReplacedByIdsAndLabelsAreForced(String operation, String sent, String references, String forwarded)
            throws Exception {
        ScopedBody body = body(operation, sent);
        Map<ObjectRef, String> found = new HashMap<>();
        body.references().forEach(each -> found.put(each, "id-" + each.name()));

        assertThat(body.references().stream()
                        .map(each -> (each.subject().noun() + " " + each.name()).strip())
                        .sorted()
                        .collect(Collectors.joining(", ")))
                .isEqualTo(references.equals("-") ? "" : references);
        assertThat(body.references()).allMatch(ObjectRef::isLibpod);
        assertThat(StandardCharsets.UTF_8
                        .decode(JsonText.write(body.resolved(found)))
                        .toString()
                        .replace('"', '\''))
                .isEqualTo(forwarded);
    }

    @ParameterizedTest
    @CsvSource({
        "ContainerCreateLibpod,   true,  true,  true,  false",
        "ContainerCreate,         true,  true,  true,  false",
        "VolumeCreateLibpod,      true,  true,  false, true",
        "VolumeCreate,            true,  true,  false, true",
        "NetworkConnect,          true,  false, false, false",
        "NetworkConnectLibpod,    true,  false, false, false",
        "NetworkDisconnectLibpod, true,  false, false, false",
        "ServiceCreate,           true,  true,  false, false",
        "SecretCreateLibpod,      false, true,  false, false",
        "ContainerStop,           false, true,  false, false",
    })
    void kindsOfBodies(String id, boolean isConfined, boolean isCreation, boolean isContainer, boolean isVolume)
            throws Exception {
        Operation operation = OperationCatalogue.load().byId(id).orElseThrow();

        assertThat(ScopedBody.isOf(operation)).isEqualTo(isConfined);
        assertThat(!isConfined || ScopedBody.isCreation(operation) == isCreation)
                .isTrue();
        assertThat(body(id, "{}").isNewContainer()).isEqualTo(isContainer);
        assertThat(body(id, "{}").isNewVolume()).isEqualTo(isVolume);
    }

    @ParameterizedTest
    @CsvSource({
        "NetworkCreateLibpod, 0123456789ab, -",
        "NetworkCreate,       0123456789ab, -",
        "NetworkCreateLibpod, 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, needs a name that is not like an id",
        "NetworkCreate,       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, needs a name that is not like an id",
        "NetworkCreateLibpod, 0123456789a,  -",
        "NetworkCreateLibpod, 0123456789ag, -",
        "VolumeCreateLibpod,  0123456789ab, -",
    })
    void aNameIsNoId(String operation, String name, String fault) throws Exception {
        assertThat(body(operation, "{'name':'" + name + "','Name':'" + name + "'}")
                        .fault())
                .isEqualTo(fault.equals("-") ? null : fault);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            nullValues = "-",
            value = {
                "{'secret_env':{'A':'s'}}                            | has a secret in its environment: Podman looks for the name again at each start",
                "{'secret_env':{}}                                   | -",
                "{'image_volumes':[{'Source':'docker.io/ci/a:1'}]}   | -",
                "{'image_volumes':[{'Source':''}]}                   | -",
                "{'image_volumes':[{'Source':'ci/a:1'}]}             | mounts an image, which needs a name with its registry that an element images:reference: of TARGETS selects: Podman looks for the name again at each start",
                "{'image_volumes':[{'Source':'docker.io/dev/a:1'}]}  | mounts an image, which needs a name with its registry that an element images:reference: of TARGETS selects: Podman looks for the name again at each start",
                "{'image_volumes':[{'Source':'docker.io/ci/a:1'},{'Source':'ab'}]} | mounts an image, which needs a name with its registry that an element images:reference: of TARGETS selects: Podman looks for the name again at each start",
            })
    void whatPodmanLooksUpAgainIsDenied(String text, String fault) throws Exception {
        assertThat(body("ContainerCreateLibpod", text).fault()).isEqualTo(fault);
    }

    /** The infra container of the pod gets its labels; another profile selects containers by {@code dev-*} and {@code stage=1}. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            nullValues = "-",
            value = {
                "{'name':'p'}                              | -",
                "{'name':'p','infra_name':'dev-p'}         | needs a name that no other profile selects",
                "{'name':'dev-p'}                          | -",
                "{'name':'p','volumes':[{'Name':'v'}]}     | mounts a named volume: mount it in the containers of the pod",
                "{'name':'p','volumes':[{'Dest':'/x'}]}    | -",
                "{'name':'p','secret_env':{'A':'s'}}       | has a secret in its environment: Podman looks for the name again at each start",
                "{'name':'p','labels':{'stage':'1'}}       | has a label by which another profile selects its objects",
                "{'name':'p','labels':{'stage':'2'}}       | -",
            })
    void podThatBelongsToAnotherProfileIsDenied(String text, String fault) throws Exception {
        Scope own = rules();
        Scope names = new Scope(
                List.of(),
                Map.of(ObjectKind.CONTAINER, new ScopeSelector(Map.of(), List.of(new Glob("dev-*")), ImageRules.ALL)));
        Scope labels = new Scope(
                List.of(),
                Map.of(ObjectKind.CONTAINER, new ScopeSelector(Map.of("stage", "1"), List.of(), ImageRules.ALL)));
        ScopedBody body = new ScopedBody(
                own.amid(List.of(own, names, labels)),
                OperationCatalogue.load().byId("PodCreateLibpod").orElseThrow(),
                RequestTarget.parse("/libpod/pods/create"),
                json(text));

        assertThat(body.fault()).isEqualTo(fault);
    }

    @Test
    void podHasTheLabelsOfPodsAndContainers() throws Exception {
        Scope rules = new Scope(
                List.of(),
                Map.of(
                        ObjectKind.POD,
                        new ScopeSelector(Map.of("pods", "ci"), List.of(), ImageRules.ALL),
                        ObjectKind.CONTAINER,
                        new ScopeSelector(Map.of("containers", "ci"), List.of(), ImageRules.ALL)));
        ScopedBody body = new ScopedBody(
                rules,
                OperationCatalogue.load().byId("PodCreateLibpod").orElseThrow(),
                RequestTarget.parse("/libpod/pods/create"),
                json("{'name':'p','labels':{'pods':'x','a':'b'}}"));

        assertThat(body.resolved(Map.of()))
                .isEqualTo(json("{'name':'p','labels':{'pods':'ci','a':'b','containers':'ci'}}"));
    }
}
