package org.socketproxy.policy.self;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.self.ProxyContainer.Environs;
import org.socketproxy.policy.self.ProxyContainer.Image;

/** Facts about the own container that the proxy reads. In the JSON, apostrophes stand for quotes. */
class ProxyContainerTest {
    private static final String ID = "5e1fab" + "0".repeat(58);
    private static final String NETWORK = "4e7a" + "0".repeat(60);
    private static final String INSPECT = """
            {'Id':'%s','Name':'/guard','Image':'sha256:1a9e00',
             'Config':{'Image':'docker.io/library/proxy','Env':['A=1','PATH=/bin',7],
              'Labels':{'com.docker.swarm.service.id':'s1abc','com.docker.swarm.service.name':'guards',
               'com.docker.swarm.node.id':'n1abc','owner':'ci'}},
             'Mounts':[{'Type':'bind','Source':'/srv/conf/'},{'Type':'bind','Source':'/'},
              {'Type':'volume','Name':'ledger','Source':'/volumes/ledger'},{'Type':'tmpfs','Source':''},
              {'Type':'npipe','Source':'pipe'},null],
             'NetworkSettings':{'Networks':{'docker-api':{'NetworkID':'%s'}}}}""".formatted(ID, NETWORK);

    private static ByteBuffer json(String text) {
        return ByteBuffer.wrap(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private static ProxyContainer own() {
        return requireNonNull(ProxyContainer.read(json(INSPECT)));
    }

    @Test
    void everyPartIsRead() {
        ProxyContainer own = own();

        assertThat(own.id()).isEqualTo(ID);
        assertThat(own.names()).containsExactly("guard");
        assertThat(own.image().id()).isEqualTo("sha256:1a9e00");
        assertThat(own.image().references()).containsExactly("proxy:latest");
        assertThat(own.environs().networks()).isEqualTo(Map.of("docker-api", NETWORK));
        assertThat(own.environs().mountSources()).containsExactly("/srv/conf", "/", "/volumes/ledger");
        assertThat(own.volumes()).containsExactly("ledger");
        assertThat(own.environs().environment()).containsExactlyInAnyOrder("A=1", "PATH=/bin");
        assertThat(own.swarm())
                .isEqualTo(Map.of(
                        "com.docker.swarm.service.id", "s1abc",
                        "com.docker.swarm.service.name", "guards",
                        "com.docker.swarm.node.id", "n1abc"));
        assertThat(own.isInSwarm()).isTrue();
    }

    @Test
    void missingPartsAreEmpty() {
        assertThat(ProxyContainer.read(json("{'Id':'" + ID + "','Name':'/guard'}")))
                .isEqualTo(new ProxyContainer(
                        ID,
                        Set.of("guard"),
                        Image.UNKNOWN,
                        Set.of(),
                        Map.of(),
                        Environs.ofNames(Set.of("guard", ID.substring(0, 12)))));
        assertThat(ProxyContainer.of(ID).isNamed("5e1f")).isTrue();
        assertThat(ProxyContainer.of(ID).isNamed("")).isFalse();
        assertThat(ProxyContainer.of(ID).isInSwarm()).isFalse();
        assertThat(ProxyContainer.of(ID).isOfService("")).isFalse();
        assertThat(ProxyContainer.of(ID).isOnNode("n1")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{", "{}", "{'Id':'5e1fab'}", "{'Id':1}", "{'Name':'/guard'}"})
    void otherJsonIsNoContainer(String text) {
        assertThat(ProxyContainer.read(json(text))).isNull();
    }

    @Test
    void theImageAddsReferencesAndTakesItsEnvironmentAway() {
        ProxyContainer own = own().withImage(json(
                "{'RepoTags':['proxy:2',1],'RepoDigests':['proxy@sha256:dd'],'Config':{'Env':['PATH=/bin']}}"));

        assertThat(own.image().references()).containsExactlyInAnyOrder("proxy:latest", "proxy:2", "proxy@sha256:dd");
        assertThat(own.environs().environment()).containsExactly("A=1");
        assertThat(own().withImage(json("[]"))).isEqualTo(own());
        assertThat(own().withImage(json("{"))).isEqualTo(own());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'Env':['A=1','PATH=/bin']}       | true",
                "{'Env':['B=2','PATH=/bin','A=1']} | true",
                "{'Env':['A=1']}                   | false",
                "{'Env':['A=2','PATH=/bin']}       | false",
                "{'Env':null}                      | false",
                "{}                                | false",
            })
    void aRecreationKeepsTheEnvironment(String body, boolean isKept) throws InvalidJsonException {
        assertThat(own().isEnvironmentKeptBy(StrictJson.read(json(body)))).isEqualTo(isKept);
    }

    /** Each row: kind of an object, a reference, and if a daemon may read it as the own one. */
    @ParameterizedTest
    @CsvSource({
        "CONTAINER,      guard,                    true",
        "CONTAINER,      5e1f,                     true",
        "CONTAINER,      other,                    false",
        "CONTAINER_NAME, guard,                    true",
        "CONTAINER_NAME, /guard,                   true",
        "CONTAINER_NAME, 5e1f,                     false",
        "NETWORK,        docker-api,               true",
        "NETWORK,        4e7a,                     true",
        "NETWORK,        web,                      false",
        "IMAGE,          proxy,                    true",
        "IMAGE,          proxy:latest,             true",
        "IMAGE,          proxy:2,                  false",
        "IMAGE,          sha256:1a9e,              true",
        "IMAGE,          1a9e00,                   true",
        "IMAGE,          1a9f,                     false",
        "IMAGE,          sha256:1a9f,              false",
        "VOLUME,         ledger,                   true",
        "VOLUME,         led,                      false",
        "SERVICE,        guards,                   true",
        "SERVICE,        s1a,                      true",
        "SERVICE,        web,                      false",
        "NODE,           n1abc,                    true",
        "NODE,           n2abc,                    false",
        "NODE,           manager-1,                true",
        "EXEC,           5e1f,                     false",
        "SWARM,          n1abc,                    false",
        "MOUNT,          /srv/conf,                false",
    })
    void referencesToOwnObjects(SelfRule.Kind kind, String reference, boolean isOwn) {
        SelfRule rule = new SelfRule(kind, SelfRule.Place.PATH, "", false);

        assertThat(rule.isProtected(ProtectedSubject.of(own()), reference)).isEqualTo(isOwn);
    }

    @Test
    void anUnknownImageHasNoId() {
        assertThat(ProxyContainer.of(ID).hasImage("1a9e")).isFalse();
        assertThat(ProxyContainer.of(ID).hasImage("sha256:")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"guard, guard", "5e1fab, 5e1fab", "5E1FAB, 5E1FAB"})
    void namesAreShownInFull(String reference, String shown) {
        assertThat(ObjectIds.shorten(reference)).isEqualTo(shown);
    }

    @Test
    void anIdIsShownAsInDockerPs() {
        assertThat(ObjectIds.shorten(ID)).isEqualTo("5e1fab000000");
    }
}
