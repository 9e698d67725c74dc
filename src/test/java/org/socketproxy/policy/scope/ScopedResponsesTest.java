package org.socketproxy.policy.scope;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.ResponseReader;
import org.socketproxy.policy.create.ImageRules;

/**
 * Networks, pods, tasks, numbers, histories and errors, as a client sees them. The container {@code c1} and the service {@code s1} of
 * the client have the label {@code owner=ci}, its images have names below {@code ci/}. In the JSON, apostrophes stand for quotes.
 */
class ScopedResponsesTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final Scope RULES = rules();
    private final ObjectIndex own = new ObjectIndex();

    ScopedResponsesTest() {
        own.add(new ObjectIdentity(ObjectKind.CONTAINER, "c1", List.of("web"), Map.of()));
        own.add(new ObjectIdentity(ObjectKind.SERVICE, "s1", List.of("web"), Map.of()));
    }

    private static Scope rules() {
        Map<ObjectKind, ScopeSelector> own = new EnumMap<>(ObjectKind.class);
        for (ObjectKind kind : ObjectKind.values()) {
            own.put(kind, new ScopeSelector(Map.of("owner", "ci"), List.of(), ImageRules.ALL));
        }
        own.put(ObjectKind.IMAGE, new ScopeSelector(Map.of(), List.of(), new ImageRules(List.of("ci/*"))));
        return new Scope(List.of(), own);
    }

    private static Operation operation(String id) {
        return CATALOGUE.byId(id).orElseThrow();
    }

    private static String seen(JsonElements elements, String response) throws ElementException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        elements.accept(
                ByteBuffer.wrap(response.replace('\'', '"').getBytes(StandardCharsets.UTF_8)),
                part -> out.write(part.array(), part.arrayOffset() + part.position(), part.remaining()));
        elements.end();
        return out.toString(StandardCharsets.UTF_8).replace('"', '\'');
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "NetworkInspect       | {'Name':'n','Containers':{'c2':{'Name':'x'},'c1':{'Name':'web'}},'Peers':[{}],'Services':{'s':1}}"
                        + "             | {'Name':'n','Containers':{'c1':{'Name':'web'}},'Peers':[],'Services':{}}",
                "NetworkInspect       | {'Containers':{'c1':{},'c2':{}}}      | {'Containers':{'c1':{}}}",
                "NetworkInspect       | {'Containers':['c1']}                 | {'Containers':{}}",
                "NetworkInspectLibpod | {'containers':{'c1':{},'c2':{}}}      | {'containers':{'c1':{}}}",
                "PodInspectLibpod     | {'NumContainers':3,'Containers':[{'Id':'c1'},{'Id':'c2'},{'Id':'c3'}],'Name':'p'}"
                        + "             | {'NumContainers':1,'Containers':[{'Id':'c1'}],'Name':'p'}",
                "PodInspectLibpod     | {'Containers':[],'NumContainers':0,'Other':{'Containers':[1]}}"
                        + "             | {'Containers':[],'NumContainers':0,'Other':{'Containers':[1]}}",
                "PodListLibpod        | [{'Id':'p1','Labels':{'owner':'ci'},'Containers':[{'Id':'c2'},{'Id':'c1'}]},{'Id':'p2','Labels':null}]"
                        + "             | [{'Id':'p1','Labels':{'owner':'ci'},'Containers':[{'Id':'c1'}]}]",
            })
    void onlyOwnMembersAreListed(String id, String response, String seen) throws Exception {
        JsonElements elements = requireNonNull(ScopedResponses.members(RULES, operation(id), own));

        assertThat(seen(elements, response)).isEqualTo(seen);
    }

    @ParameterizedTest
    @CsvSource({"ContainerInspect", "NetworkList", "ContainerListLibpod"})
    void otherOperationsListNoMembers(String id) {
        assertThat(ScopedResponses.members(RULES, operation(id), own)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "NetworkInspect,     1",
        "PodInspectLibpod,   1",
        "PodInspectLibpod,   {'Containers':{}}",
        "PodInspectLibpod,   {'Containers':1}",
        "PodInspectLibpod,   {'Containers':[1]}",
    })
    void membersOfAnotherFormAreWithheld(String id, String response) {
        JsonElements elements = requireNonNull(ScopedResponses.members(RULES, operation(id), own));

        assertThatThrownBy(() -> seen(elements, response)).isInstanceOf(ElementException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "ImageHistory,       [1]",
        "ImageHistory,       [{'Tags':[1]}]",
        "ImageHistoryLibpod, [1]",
        "ImageInspectLibpod, 1",
        "ImageInspect,       1",
        "SystemDataUsage,    1",
        "SystemInfo,         1",
        "SystemInfoLibpod,   1",
    })
    void descriptionsOfAnotherFormAreWithheld(String id, String response) throws Exception {
        Supplier<JsonElements> view = requireNonNull(ScopedRequest.of(RULES, operation(id), RequestTarget.parse("/x"))
                .view());

        assertThatThrownBy(() -> seen(view.get(), response)).isInstanceOf(ElementException.class);
    }

    @Test
    void onlyTasksOfOwnServicesAreListed() throws Exception {
        assertThat(
                        seen(
                                ScopedResponses.tasks(own),
                                "[{'ID':'1','ServiceID':'s1'},{'ID':'2','ServiceID':'s2'},{'ID':'3'},{'ServiceID':'s1','ID':'4'}]"))
                .isEqualTo("[{'ID':'1','ServiceID':'s1'},{'ServiceID':'s1','ID':'4'}]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1]", "[\"a\"]", "[{'ServiceID':1}]", "[{'ServiceID':'s2','ServiceID':'s1'}]", "[[]]"})
    void tasksOfAnotherFormAreWithheld(String response) {
        assertThatThrownBy(() -> seen(ScopedResponses.tasks(own), response)).isInstanceOf(ElementException.class);
    }

    @Test
    void numbersAreThoseOfOwnObjects() throws Exception {
        InfoCounts numbers = new InfoCounts(RULES);
        int length = 9;
        for (ScopeQuery list : numbers.lists()) {
            numbers.count(list, length);
            length = length == 9 ? 4 : length - 1;
        }

        assertThat(numbers.lists())
                .extracting(list ->
                        URLDecoder.decode(list.target(), StandardCharsets.UTF_8).replace('"', '\''))
                .containsExactly(
                        "/containers/json?all=1&filters={'label':{'owner=ci':true}}",
                        "/containers/json?all=1&filters={'label':{'owner=ci':true},'status':{'running':true}}",
                        "/containers/json?all=1&filters={'label':{'owner=ci':true},'status':{'paused':true}}",
                        "/images/json");
        assertThat(seen(
                        numbers.elements(operation("SystemInfo")),
                        "{'Containers':99,'ContainersRunning':99,'ContainersPaused':99,'ContainersStopped':99,'Images':99,"
                                + "'NEventsListener':99,'Swarm':{'NodeID':'n','Nodes':99,'Managers':9},'Name':'h'}"))
                .isEqualTo(
                        "{'Containers':9,'ContainersRunning':4,'ContainersPaused':3,'ContainersStopped':2,'Images':2,"
                                + "'NEventsListener':0,'Swarm':{'NodeID':'n','Nodes':0,'Managers':0},'Name':'h'}");
        assertThat(
                        seen(
                                numbers.elements(operation("SystemInfoLibpod")),
                                "{'host':{'imageStore':1},'store':{'containerStore':{'number':99},'imageStore':{'number':99},'graphRoot':'/x'}}"))
                .isEqualTo(
                        "{'host':{'imageStore':1},'store':{'containerStore':{'number':9,'paused':3,'running':4,'stopped':2},"
                                + "'imageStore':{'number':2},'graphRoot':'/x'}}");
        assertThat(new InfoCounts(new Scope(List.of(), Map.of())).lists()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "NETWORK | /networks?filters={'label':{'owner=ci':true}}",
                "SERVICE | /services?filters={'label':{'owner=ci':true}}",
                "POD     | /v4.0.0/libpod/pods/json?filters={'label':{'owner=ci':true}}",
            })
    void targetOfAList(ObjectKind kind, String target) {
        assertThat(URLDecoder.decode(new ScopeQuery(RULES, kind).target(), StandardCharsets.UTF_8)
                        .replace('"', '\''))
                .isEqualTo(target);
    }

    @Test
    void listsOfOwnObjectsAreRead() throws Exception {
        String volumes =
                "{\"Volumes\":[{\"Name\":\"v\",\"Labels\":{\"owner\":\"ci\"}},{\"Name\":\"w\",\"Labels\":null}]}";

        assertThat(read(ObjectKind.VOLUME, volumes))
                .isEqualTo(List.of(new ObjectIdentity(ObjectKind.VOLUME, "v", List.of("v"), Map.of())));
        assertThatThrownBy(() -> read(ObjectKind.NETWORK, volumes)).isInstanceOf(ElementException.class);
        assertThatThrownBy(() -> read(ObjectKind.NETWORK, "[")).isInstanceOf(ElementException.class);
    }

    private static List<ObjectIdentity> read(ObjectKind kind, String list) throws ElementException {
        ResponseReader<List<ObjectIdentity>> reader = new ScopeQuery(RULES, kind).reader();
        reader.elements().accept(StandardCharsets.UTF_8.encode(list), out -> {});
        reader.elements().end();
        return requireNonNull(reader.facts());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "ImageHistoryLibpod | [{'Id':'x','Tags':['ci/a:1','dev/a:1']},{'Id':'y','Tags':null}]"
                        + "           | [{'Id':'<missing>','Tags':['ci/a:1']},{'Id':'<missing>','Tags':null}]",
                "ImageInspectLibpod | {'RepoTags':['dev/a:1','ci/a:1'],'NamesHistory':['dev/b:1'],'History':[{'created':'x'}],'Containers':4}"
                        + "           | {'RepoTags':['ci/a:1'],'NamesHistory':[],'History':[{'created':'x'}],'Containers':-1}",
            })
    void imagesOfPodmanHaveOwnNamesOnly(String id, String response, String seen) throws Exception {
        Supplier<JsonElements> view = requireNonNull(ScopedRequest.of(RULES, operation(id), RequestTarget.parse("/x"))
                .view());

        assertThat(seen(view.get(), response)).isEqualTo(seen);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "used by 0123456789ab and more                     | used by hidden and more",
                "used by 0123456789a                               | used by 0123456789a",
                "used by x0123456789ab                             | used by x0123456789ab",
                "used by abcdef012345                              | used by abcdef012345", // named by the request
                "endpoints [name:\\'db\\' id:\\'x\\']              | endpoints [name:\\'hidden\\' id:\\'x\\']",
                "no object                                         | no object",
            })
    void errorsHideObjectsOfOthers(String message, String seen) throws Exception {
        JsonElements elements = requireNonNull(
                ConflictEditor.elements(operation("VolumeDelete"), RequestTarget.parse("/volumes/abcdef012345")));

        assertThat(seen(elements, "{'message':'" + message + "'}")).isEqualTo("{'message':'" + seen + "'}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{'message':{}}", "{'message':[]}", "{'a':1,'a':2}"})
    void errorsOfAnotherFormAreWithheld(String response) throws Exception {
        JsonElements elements =
                requireNonNull(ConflictEditor.elements(operation("VolumeDelete"), RequestTarget.parse("/volumes/v")));

        assertThatThrownBy(() -> seen(elements, response)).isInstanceOf(ElementException.class);
    }

    @Test
    void errorsOfOtherOperationsPass() throws Exception {
        assertThat(ConflictEditor.elements(operation("ContainerStop"), RequestTarget.parse("/containers/a/stop")))
                .isNull();
    }
}
