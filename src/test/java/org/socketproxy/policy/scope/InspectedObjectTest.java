package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/** Descriptions of objects; in the JSON, quotes are written as apostrophes, LONG is an id of 64 digits, SWARM one of a swarm. */
class InspectedObjectTest {
    private static final String LONG = "0123456789abcdef".repeat(4);
    private static final String SWARM = "0123456789abcdefghijklmno";

    private static String text(String row) {
        return row.replace('\'', '"').replace("LONG", LONG).replace("SWARM", SWARM);
    }

    private static String read(Subject subject, String inspect) {
        return InspectedObject.read(subject, StandardCharsets.UTF_8.encode(text(inspect)))
                .map(object -> String.join(
                        " ",
                        List.of(
                                object.id(),
                                object.names().toString(),
                                object.labels().toString(),
                                object.owner())))
                .orElse("none")
                .strip();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "CONTAINER | {'Id':'LONG','Name':'/web','Config':{'Labels':{'a':'b'}}}          | LONG [web] {a=b}",
                "CONTAINER | {'Id':'LONG','Name':'web','Config':{'Labels':null}}                | LONG [web] {}",
                "CONTAINER | {'Id':'LONG','Name':'//web','Labels':{'a':'b'}}                    | LONG [/web] {}",
                "CONTAINER | {'Id':'SWARM','Name':'/web','Config':{}}                           | none",
                "CONTAINER | {'Id':'LONG','Config':{'Labels':['a=b']}}                          | none",
                "CONTAINER | {'Id':'LONG','Config':{'Labels':{'a':1}}}                          | none",
                "CONTAINER | {}                                                                 | none",
                "CONTAINER | []                                                                 | none",
                "CONTAINER | {                                                                  | none",
                "NONE      | {'Id':'LONG'}                                                      | none",
                "EXEC      | {'ID':'LONG','ContainerID':'LONG'}                                 | LONG [] {} LONG",
                "EXEC      | {'ID':'LONG','ContainerID':'web'}                                  | none",
                "EXEC      | {'ID':'web','ContainerID':'LONG'}                                  | none",
                "TASK      | {'ID':'SWARM','ServiceID':'SWARM'}                                 | SWARM [] {} SWARM",
                "TASK      | {'ID':'SWARM','ServiceID':''}                                      | none",
                "TASK      | {'ID':'LONG','ServiceID':'SWARM'}                                  | none",
                "NETWORK   | {'Id':'LONG','Name':'n','Labels':{'a':'b'}}                        | LONG [n] {a=b}",
                "NETWORK   | {'Id':'SWARM','Name':'n'}                                          | SWARM [n] {}",
                "NETWORK   | {'Id':'n','Name':'n'}                                              | none",
                "VOLUME    | {'Name':'v.1','Labels':{'a':'b'}}                                  | v.1 [v.1] {a=b}",
                "VOLUME    | {'Name':'../v'}                                                    | none",
                "VOLUME    | {'Name':''}                                                        | none",
                "POD       | {'Id':'LONG','Name':'p','Labels':{'a':'b'}}                        | LONG [p] {a=b}",
                "SERVICE   | {'ID':'SWARM','Spec':{'Name':'s','Labels':{'a':'b'}}}              | SWARM [s] {a=b}",
                "SECRET    | {'ID':'SWARM','Spec':{'Name':'s'}}                                 | SWARM [s] {}",
                "CONFIG    | {'ID':'LONG','Spec':{'Name':'s'}}                                  | none",
                "IMAGE     | {'Id':'sha256:LONG','RepoTags':['a:1',1],'RepoDigests':['a@d']}    | sha256:LONG [a:1, a@d] {}",
                "IMAGE     | {'Id':'LONG','Config':{'Labels':{'a':'b'}}}                        | sha256:LONG [] {a=b}",
                "IMAGE     | {'Id':'a:1'}                                                       | none",
            })
    void partsOfADescription(Subject subject, String inspect, String parts) {
        assertThat(read(subject, inspect)).isEqualTo(text(parts));
    }

    /** Each row: the subject with the id {@code abc} and the name {@code web}, and texts by which a daemon finds it, or not. */
    @ParameterizedTest
    @CsvSource({
        "CONTAINER, abc ab a web,  b abcd we",
        "NETWORK,   abc ab a web,  b abcd we",
        "POD,       abc ab a web,  b abcd we",
        "SERVICE,   abc ab a web,  b abcd we",
        "TASK,      abc ab a,      b abcd web",
        "EXEC,      abc,           ab web",
        "VOLUME,    web,           abc we",
        "IMAGE,     ,              abc web",
        "NONE,      ,              abc web",
    })
    void namesByWhichTheDaemonFindsIt(Subject subject, String found, String others) {
        InspectedObject object = new InspectedObject(subject, "abc", List.of("web"), Map.of(), "");

        assertThat(found == null ? new String[0] : found.split(" ")).allMatch(object::isNamed);
        assertThat(others.split(" ")).noneMatch(object::isNamed);
        assertThat(object.isNamed("")).isFalse();
    }

    @Test
    void rulesGetTheKindOfTheOwner() {
        assertThat(new InspectedObject(Subject.EXEC, "abc", List.of(), Map.of(), "def").object())
                .isEqualTo(new ObjectIdentity(ObjectKind.CONTAINER, "abc", List.of(), Map.of()));
        assertThat(new InspectedObject(Subject.TASK, "abc", List.of("t"), Map.of("a", "b"), "def").object())
                .isEqualTo(new ObjectIdentity(ObjectKind.SERVICE, "abc", List.of("t"), Map.of("a", "b")));
    }
}
