package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.create.Glob;
import org.socketproxy.policy.create.ImageRules;

/** A confined client sees no objects, names and numbers of others in {@code /system/df}, {@code /info} and descriptions. */
class ScopedHostTest {
    private static final String DIGEST = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private static final ScopeSelector OWN = new ScopeSelector(Map.of("owner", "ci"), List.of(), ImageRules.ALL);
    private static final Scope RULES = new Scope(
            List.of(),
            Map.of(
                    ObjectKind.CONTAINER,
                    OWN,
                    ObjectKind.IMAGE,
                    new ScopeSelector(Map.of(), List.of(), new ImageRules(List.of("ci/*"))),
                    ObjectKind.VOLUME,
                    new ScopeSelector(Map.of(), List.of(new Glob("ci-*")), ImageRules.ALL)));

    private static String see(String operation, String response) throws Exception {
        String json = response.replace('\'', '"');
        String seen = see(operation, json, json.length());
        for (int size : new int[] {1, 7}) {
            assertThat(see(operation, json, size)).isEqualTo(seen);
        }
        return seen.replace('"', '\'');
    }

    private static String see(String operation, String json, int chunk) throws Exception {
        return see(RULES, operation, json, chunk);
    }

    private static String see(Scope rules, String operation, String json, int chunk) throws Exception {
        Supplier<JsonElements> view = ScopedRequest.of(
                        rules, OperationCatalogue.load().byId(operation).orElseThrow(), RequestTarget.parse("/x"))
                .view();
        JsonElements elements = view.get();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < json.length(); i += chunk) {
            ByteBuffer part = StandardCharsets.UTF_8.encode(json.substring(i, Math.min(i + chunk, json.length())));
            elements.accept(
                    part, bytes -> out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining()));
        }
        elements.end();
        return out.toString(StandardCharsets.UTF_8);
    }

    /** The limit of the response counts only the objects of the profile. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'Containers':[LIST],'Volumes':[],'BuildCache':[LIST]}",
                "{'ContainerUsage':{'TotalSize':9,'Items':[LIST]},'BuildCacheUsage':{'Items':[LIST]}}",
            })
    void objectsOfOthersDoNotFillTheDiskUsage(String form) throws Exception {
        String foreign = "{\"Id\":\"1\",\"Names\":[\"/a\"],\"Labels\":{\"a\":\"" + "x".repeat(2000) + "\"}},";
        String list = foreign.repeat(5000) + "{\"Id\":\"2\",\"Names\":[\"/b\"],\"Labels\":{\"owner\":\"ci\"}}";
        String response = form.replace('\'', '"').replace("LIST", list);

        assertThat(response.length()).isGreaterThan(2 * JsonElements.MAX_ELEMENT_BYTES);
        assertThat(see(RULES, "SystemDataUsage", response, 1 << 15))
                .contains("\"Id\":\"2\"")
                .doesNotContain("\"Id\":\"1\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'LayersSize':77,'Images':null,'Containers':[],'Volumes':null,'BuildCache':null}"
                        + " | {'LayersSize':0,'Images':null,'Containers':[],'Volumes':null,'BuildCache':[]}",
                "{'Containers':[{'Id':'1','Names':['/a'],'Labels':{'owner':'ci'}},{'Id':'2','Names':['/b'],'Labels':null}],"
                        + "'Volumes':[{'Name':'dev'},{'Name':'ci-x','UsageData':{'Size':1}}],'BuildCache':[{'ID':'x'}]}"
                        + " | {'Containers':[{'Id':'1','Names':['/a'],'Labels':{'owner':'ci'}}],"
                        + "'Volumes':[{'Name':'ci-x','UsageData':{'Size':1}}],'BuildCache':[]}",
                "{'Images':[{'Id':'i','RepoTags':['dev/a:1','ci/a:1'],'Size':5},{'Id':'j','RepoTags':['dev/a:2']}],'New':[1]}"
                        + " | {'Images':[{'Id':'i','RepoTags':['ci/a:1'],'Size':5}],'New':null}",
                "{'LayersSize':99,'Images':[{'Id':'i','RepoTags':['ci/a:1'],'Containers':4,'Size':50,'SharedSize':30},"
                        + "{'Id':'j','RepoTags':['ci/b:1'],'Containers':2,'Size':40,'SharedSize':10},"
                        + "{'Id':'k','RepoTags':['dev/a:1'],'Containers':1,'Size':90,'SharedSize':90}],"
                        + "'Containers':[{'Id':'1','ImageID':'i','Labels':{'owner':'ci'},'Mounts':[{'Name':'ci-x'},{'Name':'ci-x'}]},"
                        + "{'Id':'2','ImageID':'j','Labels':{'owner':'dev'},'Mounts':[{'Name':'ci-x'}]}],"
                        + "'Volumes':[{'Name':'ci-x','UsageData':{'RefCount':2,'Size':7}}]}"
                        + " | {'LayersSize':80,'Images':[{'Id':'i','RepoTags':['ci/a:1'],'Containers':1,'Size':50,'SharedSize':30},"
                        + "{'Id':'j','RepoTags':['ci/b:1'],'Containers':0,'Size':40,'SharedSize':10}],"
                        + "'Containers':[{'Id':'1','ImageID':'i','Labels':{'owner':'ci'},'Mounts':[{'Name':'ci-x'},{'Name':'ci-x'}]}],"
                        + "'Volumes':[{'Name':'ci-x','UsageData':{'RefCount':1,'Size':7}}]}",
                "{'Images':[{'Id':'i','RepoTags':['ci/a:1'],'Containers':4,'Size':-1}],'Volumes':[{'Name':'ci-x','UsageData':null}]}"
                        + " | {'Images':[{'Id':'i','RepoTags':['ci/a:1'],'Containers':-1,'Size':-1}],"
                        + "'Volumes':[{'Name':'ci-x','UsageData':null}]}",
                "{'ImageUsage':{'TotalCount':9,'ActiveCount':9,'TotalSize':900,'Reclaimable':90,"
                        + "'Items':[{'Id':'i','RepoTags':['ci/a:1'],'Size':50,'SharedSize':30},{'Id':'j','RepoTags':['ci/b:1'],'Size':40,'SharedSize':30}]},"
                        + "'ContainerUsage':{'TotalCount':9,'ActiveCount':9,'TotalSize':9,'Reclaimable':9,'Items':["
                        + "{'Id':'1','ImageID':'i','State':'running','SizeRw':3,'Labels':{'owner':'ci'}},"
                        + "{'Id':'2','ImageID':'j','State':'exited','SizeRw':4,'Labels':{'owner':'dev'}},"
                        + "{'Id':'3','ImageID':'x','State':'exited','SizeRw':5,'Labels':{'owner':'ci'}}]}}"
                        + " | {'ImageUsage':{'TotalCount':2,'ActiveCount':1,'TotalSize':60,'Reclaimable':40,"
                        + "'Items':[{'Id':'i','RepoTags':['ci/a:1'],'Size':50,'SharedSize':30},{'Id':'j','RepoTags':['ci/b:1'],'Size':40,'SharedSize':30}]},"
                        + "'ContainerUsage':{'TotalCount':2,'ActiveCount':1,'TotalSize':8,'Reclaimable':5,'Items':["
                        + "{'Id':'1','ImageID':'i','State':'running','SizeRw':3,'Labels':{'owner':'ci'}},"
                        + "{'Id':'3','ImageID':'x','State':'exited','SizeRw':5,'Labels':{'owner':'ci'}}]}}",
                "{'ContainerUsage':{'ActiveCount':3,'Items':[{'Id':'2','Names':['/b']}],'TotalCount':4,'TotalSize':5},"
                        + "'BuildCacheUsage':{'TotalCount':9},'ImageUsage':null,'VolumeUsage':{'TotalCount':2}}"
                        + " | {'ContainerUsage':{'ActiveCount':0,'Items':[],'TotalCount':0,'TotalSize':0},"
                        + "'BuildCacheUsage':{},'ImageUsage':null,'VolumeUsage':{'TotalCount':0}}",
                "{'ContainerUsage':{'TotalCount':9,'ActiveCount':9,'TotalSize':9,'Reclaimable':9,'Items':["
                        + "{'Id':'1','State':'running','SizeRw':3,'Labels':{'owner':'ci'},'Mounts':[{'Name':'ci-x'}]},"
                        + "{'Id':'2','State':'paused','SizeRw':4,'Labels':{'owner':'ci'},'Mounts':[{'Name':'ci-z'}]},"
                        + "{'Id':'3','State':'exited','SizeRw':5,'Labels':{'owner':'ci'}}]},"
                        + "'VolumeUsage':{'TotalCount':9,'ActiveCount':9,'TotalSize':9,'Reclaimable':9,'Items':["
                        + "{'Name':'ci-x','UsageData':{'RefCount':9,'Size':7}},{'Name':'ci-y','UsageData':{'RefCount':9,'Size':20}},"
                        + "{'Name':'ci-z','UsageData':{'RefCount':9,'Size':100}},{'Name':'dev','UsageData':{'RefCount':9,'Size':1}}]}}"
                        + " | {'ContainerUsage':{'TotalCount':3,'ActiveCount':2,'TotalSize':12,'Reclaimable':5,'Items':["
                        + "{'Id':'1','State':'running','SizeRw':3,'Labels':{'owner':'ci'},'Mounts':[{'Name':'ci-x'}]},"
                        + "{'Id':'2','State':'paused','SizeRw':4,'Labels':{'owner':'ci'},'Mounts':[{'Name':'ci-z'}]},"
                        + "{'Id':'3','State':'exited','SizeRw':5,'Labels':{'owner':'ci'}}]},"
                        + "'VolumeUsage':{'TotalCount':3,'ActiveCount':2,'TotalSize':127,'Reclaimable':20,'Items':["
                        + "{'Name':'ci-x','UsageData':{'RefCount':1,'Size':7}},{'Name':'ci-y','UsageData':{'RefCount':0,'Size':20}},"
                        + "{'Name':'ci-z','UsageData':{'RefCount':1,'Size':100}}]}}",
                "{} | {}"
            })
    void diskUsageHasOnlyOwnObjects(String response, String seen) throws Exception {
        assertThat(see("SystemDataUsage", response)).isEqualTo(seen);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{'Containers':{}}",
                "{'Containers':[1]}",
                "{'Containers':[{'Names':['/a']}]}",
                "{'Containers':[{'Id':'1','Id':'2'}]}",
                "{'Containers':[{'Id':'1','Labels':['owner=ci']}]}",
                "{'Containers':[{'Id':'1','Labels':{'owner':'dev','owner':'ci'}}]}",
                "{'Containers':[{'Id':'1','Labels':{},'Labels':{'owner':'ci'}}]}",
                "{'ImageUsage':[]}"
            })
    void diskUsageOfAnotherFormIsWithheld(String response) {
        assertThatThrownBy(() -> see("SystemDataUsage", response)).isInstanceOf(ElementException.class);
    }

    @Test
    void infoHasNoNumbersAndAddresses() throws Exception {
        assertThat(see(
                        "SystemInfo",
                        "{'ID':'x','Containers':7,'ContainersRunning':3,'Images':9,'Driver':'overlay2','Swarm':{'NodeID':'n',"
                                + "'NodeAddr':'10.0.0.1','LocalNodeState':'active','RemoteManagers':[{'Addr':'a'}],"
                                + "'Nodes':3,'Cluster':{'ID':'c'}},'Name':'h'}"))
                .isEqualTo(
                        "{'ID':'x','Containers':0,'ContainersRunning':0,'Images':0,'Driver':'overlay2','Swarm':{'NodeID':'n',"
                                + "'NodeAddr':'','LocalNodeState':'active','RemoteManagers':null,'Nodes':0,'Cluster':null},'Name':'h'}");
    }

    @Test
    void networkHasNoContainersOfOthers() throws Exception {
        assertThat(see(
                        "NetworkInspect",
                        "{'Name':'n','Id':'i','Containers':{'c':{'Name':'dev'}},'Services':{'s':{}},'Peers':[{'IP':'1'}],"
                                + "'Labels':{}}"))
                .isEqualTo("{'Name':'n','Id':'i','Containers':{},'Services':{},'Peers':[],'Labels':{}}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'Id':'sha256:1','RepoTags':['dev/a:1','ci/a:1'],'RepoDigests':['dev/a@sha256:"
                        + DIGEST + "','ci/a@sha256:" + DIGEST
                        + "'],'Config':{'RepoTags':['dev/a:1']},'Identity':{'Pull':[{}]}}"
                        + " | {'Id':'sha256:1','RepoTags':['ci/a:1'],'RepoDigests':['ci/a@sha256:" + DIGEST
                        + "'],'Config':{'RepoTags':['dev/a:1']},'Identity':null}",
                "{'Manifests':[{'ID':'m','ImageData':{'Size':{'Unpacked':1},'Containers':['k1','k2']}},{'ID':'n','ImageData':{'Containers':null}},"
                        + "{'ID':'a','Kind':'attestation','AttestationData':{'For':'m'}}],'Config':{'Manifests':[{'ImageData':{'Containers':['x']}}]}}"
                        + " | {'Manifests':[{'ID':'m','ImageData':{'Size':{'Unpacked':1},'Containers':[]}},{'ID':'n','ImageData':{'Containers':[]}},"
                        + "{'ID':'a','Kind':'attestation','AttestationData':{'For':'m'}}],'Config':{'Manifests':[{'ImageData':{'Containers':['x']}}]}}",
                "{'Manifests':null,'Id':'i'} | {'Manifests':null,'Id':'i'}",
                "{'RepoTags':null,'RepoDigests':[]} | {'RepoTags':null,'RepoDigests':[]}",
            })
    void imageHasOnlyOwnNames(String response, String seen) throws Exception {
        assertThat(see("ImageInspect", response)).isEqualTo(seen);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "images  | [{'Id':'1','Tags':['ci/a:1']},{'Id':'2','Tags':['ci/b:1']},{'Id':'3','Tags':null}]",
                "labels  | [{'Id':'1','Tags':['dev/a:1','ci/a:1']},{'Id':'2','Tags':[]},{'Id':'3','Tags':null}]",
                "both    | [{'Id':'1','Tags':['ci/a:1']},{'Id':'2','Tags':[]},{'Id':'3','Tags':null}]",
            })
    void historyHasOnlyOwnTags(String selected, String seen) throws Exception {
        ImageRules references = selected.equals("labels") ? ImageRules.ALL : new ImageRules(List.of("ci/*"));
        Map<String, String> labels = selected.equals("images") ? Map.of() : Map.of("owner", "ci");
        Scope rules = new Scope(List.of(), Map.of(ObjectKind.IMAGE, new ScopeSelector(labels, List.of(), references)));
        String history = "[{'Id':'1','Tags':['dev/a:1','ci/a:1']},{'Id':'2','Tags':['ci/b:1','dev/b:1']},"
                + "{'Id':'3','Tags':null}]";

        assertThat(see(rules, "ImageHistory", history.replace('\'', '"'), 9).replace('"', '\''))
                .isEqualTo(seen);
    }

    @Test
    void largeListsPassInOrder() throws Exception {
        String containers = Stream.iterate(0, i -> i + 1)
                .limit(2000)
                .map(i -> "{'Id':'" + i + "','Labels':{'owner':'" + (i % 3 == 0 ? "ci" : "dev") + "'}}")
                .collect(Collectors.joining(","));
        String own = Stream.iterate(0, i -> i + 3)
                .limit(667)
                .map(i -> "{'Id':'" + i + "','Labels':{'owner':'ci'}}")
                .collect(Collectors.joining(","));

        assertThat(see("SystemDataUsage", "{'Containers':[" + containers + "]}"))
                .isEqualTo("{'Containers':[" + own + "]}");
    }

    /** The manifests of an image name all its containers, also if labels alone select the image. */
    @Test
    void containersOfManifestsAreHiddenWithoutReferences() throws Exception {
        Scope byLabel = new Scope(List.of(), Map.of(ObjectKind.IMAGE, OWN));
        String image = "{\"Id\":\"sha256:1\",\"RepoTags\":[\"dev/a:1\"],\"Labels\":{\"owner\":\"ci\"},\"Containers\":2,"
                + "\"Manifests\":[{\"ImageData\":{\"Containers\":[\"k1\"]}}]}";

        for (int size : new int[] {1, 7, 1000}) {
            assertThat(see(byLabel, "ImageInspect", image, size))
                    .contains("dev/a:1")
                    .endsWith("{\"Containers\":[]}}]}");
            assertThat(see(byLabel, "ImageList", "[" + image + "]", size))
                    .contains("dev/a:1", "\"Containers\":-1")
                    .endsWith("{\"Containers\":[]}}]}]");
        }
    }
}
