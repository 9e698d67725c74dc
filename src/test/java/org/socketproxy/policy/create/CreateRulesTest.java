package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.create.BindRules.AllowedBind;

/** Heads of requests, the volumes that a body names, and what the rules concern. */
class CreateRulesTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final CreateRules RULES = rules();

    private static CreateRules rules(CreatePermission... permissions) {
        return new CreateRules(
                new CreateAllowances(
                        Arrays.stream(permissions).collect(Collectors.toMap(each -> each, each -> Set.of()))),
                BindRules.NONE,
                ImageRules.ALL,
                Set.of(),
                1 << 20);
    }

    private static Operation operation(String id) {
        return CATALOGUE.byId(id).orElseThrow();
    }

    private static JsonBody body(String text) {
        return JsonBody.of(StandardCharsets.UTF_8.encode(text.replace('\'', '"')));
    }

    private static List<String> list(String values) {
        return values.equals("-") ? List.of() : List.of(values.split(" / "));
    }

    private static final String FORM = "application/x-www-form-urlencoded";

    /** @param encodings and types: values of Content-Encoding and Content-Type, separated by slashes */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ContainerCreate       | true  | application/json                    | -    | -",
                "ContainerCreate       | true  | Application/JSON; charset=utf-8     | -    | -",
                "ContainerCreate       | true  | -                                   | -    | the Content-Type of the body is not application/json",
                "ContainerCreate       | true  | text/plain                          | -    | the Content-Type of the body is not application/json",
                "ContainerCreate       | true  | application/json / application/json | -    | the Content-Type of the body is not application/json",
                "ContainerCreate       | true  | application/json                    | gzip | the body has a Content-Encoding",
                "ContainerCreate       | false | -                                   | -    | -",
                "ContainerCreate       | false | FORM                                | gzip | -",
                "ContainerCreateLibpod | true  | -                                   | -    | -",
                "ContainerCreateLibpod | true  | text/plain                          | -    | the Content-Type of the body is not application/json",
                "ContainerStop         | true  | FORM                                | gzip | -",
                "PluginPull            | false | -                                   | -    | PluginPull (POST /plugins/pull)",
            })
    void headOfARequest(String id, boolean hasBody, String types, String encodings, String subject) throws Exception {
        List<Violation> violations = RULES.judgeHead(
                operation(id), RequestTarget.parse("/x"), list(types.replace("FORM", FORM)), list(encodings), hasBody);

        assertThat(violations).hasSize(subject.equals("-") ? 0 : 1);
        assertThat(violations).allMatch(violation -> violation.subject().startsWith(subject));
    }

    @ParameterizedTest
    @CsvSource({
        "ContainerCreate, true, true",
        "ExecStart, true, true",
        "ImageTag, false, true",
        "ContainerRename, false, true",
        "PluginPull, false, true",
        "ContainerStop, false, false",
        "ContainerList, false, false",
    })
    void theRulesConcernBodiesQueriesAndWholeOperations(String id, boolean isBodyJudged, boolean isConcerned) {
        assertThat(CreateRules.isBodyJudged(operation(id))).isEqualTo(isBodyJudged);
        assertThat(CreateRules.judgedBodies().contains(id)).isEqualTo(isBodyJudged);
        assertThat(RULES.concerns(operation(id))).isEqualTo(isConcerned);
        assertThat(catchThrowable(() -> RULES.judgeBody(operation(id), body("{}"))))
                .matches(thrown -> isBodyJudged ? thrown == null : thrown instanceof IllegalArgumentException);
    }

    @ParameterizedTest
    @CsvSource({
        "/srv,         -",
        "/etc,         BINDS=/etc",
        "'/srv,/root', BINDS=/root",
    })
    void aBindOfTheSystemGivesRoot(String binds, String setting) {
        List<AllowedBind> allowed = Arrays.stream(binds.split(","))
                .map(path -> new AllowedBind(path, false, false))
                .toList();
        CreateRules rules = new CreateRules(
                CreateAllowances.NONE, new BindRules(allowed, List.of()), ImageRules.ALL, Set.of(), 1 << 20);

        assertThat(rules.rootSetting()).isEqualTo(setting.equals("-") ? null : setting);
        assertThat(rules(CreatePermission.PRIVILEGED).rootSetting()).isEqualTo("CREATE_ALLOW=privileged");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{               | the body ",
                "{'a':1,'a':2}   | /a in the body ",
                "[]              | the body is an array instead of an object",
            })
    void aBodyThatIsNoObjectIsDenied(String text, String subject) {
        List<Violation> violations = RULES.judgeBody(operation("ContainerCreate"), body(text));

        assertThat(violations).hasSize(1);
        assertThat(violations.get(0).subject()).startsWith(subject);
    }

    @Test
    void theNumberOfViolationsIsLimited() {
        String unknown = IntStream.range(0, Violation.MOST + 1)
                .mapToObj(i -> "'n" + i + "':{'x':1}")
                .collect(Collectors.joining(",", "{'NetworkingConfig':{'EndpointsConfig':{", "}}}"));

        assertThat(RULES.judgeBody(operation("ContainerCreate"), body(unknown))).hasSize(Violation.MOST);
    }

    @Test
    void recreateNeedsItsPermission() {
        assertThat(RULES.isRecreateAllowed()).isFalse();
        assertThat(rules(CreatePermission.RECREATE).isRecreateAllowed()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ContainerCreate | {'HostConfig':{'Binds':['a:/x','b:/y:ro','/srv:/z','a:/w','c',':/v',7]}}     | a,b",
                "ContainerCreate | {'HostConfig':{'Mounts':[{'Type':'volume','Source':'a'},{'Type':'bind','Source':'b'},{'Type':'volume'}]}} | a",
                "ContainerCreate | {'HostConfig':{'Binds':null,'Mounts':null},'Volumes':{'/x':{}}}               | ``",
                "ContainerCreate | {                                                                             | ``",
                "ContainerCreate | ``                                                                            | ``",
                "ServiceUpdate   | {'TaskTemplate':{'ContainerSpec':{'Mounts':[{'Type':'volume','Source':'a'}]}}} | a",
                "ContainerCreateLibpod | {'volumes':[{'Name':'a'},{'Name':'/b'},{}]}                             | a",
                "VolumeCreate    | {'Name':'a'}                                                                  | ``",
            })
    void volumesOfABody(String id, String text, String names) {
        assertThat(String.join(",", CreateRules.volumes(operation(id), body(text))))
                .isEqualTo(names);
    }

    @Test
    void aBodyNamesAtMost64Volumes() {
        assertThat(RULES.judgeBody(operation("ContainerCreate"), body(binds(64))))
                .isEmpty();
        assertThat(RULES.judgeBody(operation("ContainerCreate"), body(binds(65))))
                .extracting(Violation::subject)
                .containsExactly("the body names more than 64 volumes");
    }

    @Test
    void aContainerHasAtMost64Volumes() {
        assertThat(judged("[" + volumes(64) + "]")).isEmpty();
        assertThat(judged("[" + volumes(65) + "]")).containsExactly("the container's Mounts has more than 64 volumes");
        assertThat(judged("{}")).containsExactly("the container's Mounts is an object instead of array");
        assertThat(judged("null")).isEmpty();
    }

    private static List<String> judged(String mounts) {
        String inspect =
                "{'Id':'" + "a".repeat(64) + "','HostConfig':{'Memory':0},'Image':'x','Mounts':" + mounts + "}";
        return RULES.judgeContainer(StandardCharsets.UTF_8.encode(inspect.replace('\'', '"'))).violations().stream()
                .map(Violation::subject)
                .toList();
    }

    private static String volumes(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "{'Type':'volume','Name':'v" + i + "'}")
                .collect(Collectors.joining(","));
    }

    private static String binds(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "'v" + i + ":/v" + i + "'")
                .collect(Collectors.joining(",", "{'Image':'a','HostConfig':{'Binds':[", "]}}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'Id':'ID'}                            | -     | allowed",
                "{'Id':'ID','Dependencies':null}        | -     | allowed",
                "{'Id':'ID','Dependencies':[]}          | -     | allowed",
                "{'Id':'ID','Dependencies':['x']}       | -     | denied",
                "{'Id':'ID','Dependencies':['x']}       | x     | allowed",
                "{'Id':'ID','Dependencies':['x']}       | y / x | allowed",
                "{'Id':'ID','Dependencies':['x','y']}   | x     | denied",
                "{'Id':'ID','Dependencies':['x',7]}     | x     | denied",
                "{'Id':'ID','Dependencies':'x'}         | x     | denied",
                "{'Id':'x','Dependencies':[]}           | -     | unreadable",
                "[]                                     | -     | unreadable",
                "{                                      | -     | unreadable",
            })
    void containersThatPodmanStartsToo(String inspect, String judged, String outcome) {
        String text = inspect.replace("'ID'", "'" + "a".repeat(64) + "'").replace('\'', '"');
        PodmanContainer container = PodmanContainer.read(RULES, StandardCharsets.UTF_8.encode(text));
        String unreadable = "the daemon's description of the container cannot be read";
        String denied = "the container's Dependencies are started too";

        assertThat(container.judgeStart(RULES, list(judged)))
                .extracting(Violation::subject)
                .isEqualTo(
                        outcome.equals("allowed")
                                ? List.of()
                                : List.of(outcome.equals("denied") ? denied : unreadable));
        assertThat(container.judgeStart(rules(CreatePermission.JOIN_CONTAINER), list(judged)))
                .extracting(Violation::subject)
                .isEqualTo(outcome.equals("unreadable") ? List.of(unreadable) : List.of());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'Name':'a','Driver':'local','Options':null}                        | -",
                "{'Name':'a','Driver':'local'}                                       | -",
                "{'Name':'a','Driver':'local','Options':{}}                          | -",
                "{'Name':'a','Driver':'local','Options':{'type':'none','o':'bind','device':'/etc'}} | the volume a's ",
                "{'Name':'a','Driver':'local','Options':['x']}                       | the daemon's description",
                "{'Name':'a','Driver':1}                                             | the daemon's description",
                "{'Name':'/a','Driver':'local'}                                      | the daemon's description",
                "[]                                                                  | the daemon's description",
                "{                                                                   | the daemon's description",
            })
    void existingVolume(String inspect, String subject) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(inspect.replace('\'', '"'));
        List<Violation> violations = RULES.judgeVolume("a", bytes.duplicate());

        assertThat(violations.isEmpty()).isEqualTo(subject.equals("-"));
        assertThat(violations).allMatch(violation -> violation.subject().startsWith(subject));
        assertThat(RULES.judgeVolume("b", bytes))
                .extracting(Violation::subject)
                .allMatch(each ->
                        each.startsWith(subject.equals("-") ? "the daemon describes another volume than b" : subject))
                .isNotEmpty();
    }

    @Test
    void permissionsHaveWordsAndTheFirstThatGivesRoot() {
        CreateAllowances some = new CreateAllowances(Map.of(
                CreatePermission.JOIN_CONTAINER, Set.of(), CreatePermission.CAPABILITIES, Set.of("NET_ADMIN", "BPF")));

        assertThat(some.words())
                .containsExactlyInAnyOrder("join-container", "capabilities:BPF", "capabilities:NET_ADMIN");
        assertThat(some.root()).isEqualTo("capabilities:BPF");
        assertThat(some.all())
                .containsExactlyInAnyOrder(CreatePermission.JOIN_CONTAINER, CreatePermission.CAPABILITIES);
        assertThat(CreateAllowances.NONE.root()).isNull();
        assertThat(new CreateAllowances(Map.of(CreatePermission.VOLUME_DRIVER, Set.of("nfs"))).root())
                .isEqualTo("volume-driver:nfs");
        assertThat(some.has(CreatePermission.CAPABILITIES)).isFalse();
        assertThat(some.has(CreatePermission.CAPABILITIES, "BPF")).isTrue();
        assertThat(some.has(CreatePermission.CAPABILITIES, "SYS_ADMIN")).isFalse();
        assertThat(some.has(CreatePermission.JOIN_CONTAINER, "x")).isTrue();
        assertThat(new CreateAllowances(Map.of(CreatePermission.DEVICES, Set.of("/dev/sda"))).root())
                .isEqualTo("devices:/dev/sda");
        assertThat(new CreateAllowances(Map.of(CreatePermission.CAPABILITIES, Set.of("NET_ADMIN"))).root())
                .isNull();
    }
}
