package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.RawClient;

/**
 * Bodies of a confined client. The daemon has objects whose names begin with {@code own} or {@code foreign}; the others are
 * missing. Quotes are apostrophes.
 */
class BodyTargetTest {
    private static final String OWN = FakeOwners.OWN;
    private static final String FOREIGN = FakeOwners.FOREIGN;

    @RegisterExtension
    final OwnersDaemon owners = new OwnersDaemon("join-container,volumes-from,host-network,secrets");

    private final Queue<String> bodies = owners.objects().bodies();

    private ChainUnderTest chain(String targets) throws Exception {
        return owners.chain(targets);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'HostConfig':{'NetworkMode':'NAME'}                                    | 400|network NAME not found",
                "'HostConfig':{'NetworkMode':'container:NAME'}                          | 400|No such container: NAME",
                "'HostConfig':{'PidMode':'container:NAME'}                              | 400|No such container: NAME",
                "'HostConfig':{'IpcMode':'container:NAME'}                              | 400|No such container: NAME",
                "'HostConfig':{'VolumesFrom':['own1:ro','NAME:ro']}                     | 400|No such container: NAME",
                "'HostConfig':{'Links':['NAME:db']}                                     | 400|No such container: NAME",
                "'HostConfig':{'Links':['/NAME']}                                       | 400|No such container: NAME",
                "'NetworkingConfig':{'EndpointsConfig':{'own1':{},'NAME':null}}         | 400|network NAME not found",
                "'HostConfig':{'Mounts':[{'Type':'image','Source':'NAME:1','Target':'/x'}]} | 404|No such image: NAME:1",
            })
    void createWithAnObjectOfOthersIsAnsweredAsWithAMissingOne(String fields, int status, String message)
            throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            for (String name : List.of("foreign1", "missing1", FOREIGN, "ff")) {
                String body = "{'Image':'own:1'," + fields.replace("NAME", name) + "}";
                assertThat(FakeOwners.post(chain, "/containers/create", body))
                        .startsWith(status + " {\"message\":\"" + message.replace("NAME", name)
                                + "\"} deny target-outside ");
            }
            assertThat(FakeOwners.post(
                            chain, "/containers/create", "{'Image':'own:1'," + fields.replace("NAME", "own2") + "}"))
                    .startsWith("201 ");
            assertThat(bodies).hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'Image':'foreign:1'} | 404 | No such image: foreign:1",
                "{'Image':'missing:1'} | 404 | No such image: missing:1",
                "{'Image':'ffff'}      | 404 | No such image: ffff:latest",
                "{'Image':'own:1','HostConfig':{'Binds':['foreign:/x']}} | 400 | get foreign: no such volume",
                "{'Image':'own:1','HostConfig':{'Mounts':[{'Type':'volume','Source':'foreign','Target':'/x'}]}} | 400 | get foreign: no such volume",
                "{'Image':'own:1','HostConfig':{'NetworkMode':'host'}} | 400 | network host not found",
                "{'Image':'own:1','HostConfig':{'NetworkMode':'own 1'}} | 400 | network own 1 not found",
            })
    void createWithOthersIsNotForwarded(String body, int status, String message) throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            assertThat(FakeOwners.post(chain, "/containers/create", body.replace('`', '\'')))
                    .startsWith(status + " {\"message\":\"" + message + "\"} deny target-outside ");
            assertThat(bodies).isEmpty();
        }
    }

    @Test
    void forwardedContainerNamesItsObjectsByIdAndHasTheLabels() throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            String body = "{'Image':'own:1','Labels':{'owner':'other','a':'b'},'HostConfig':{'NetworkMode':'own1',"
                    + "'PidMode':'container:own2','VolumesFrom':['own3:ro'],'Links':['own4'],'Memory':1048576000},"
                    + "'NetworkingConfig':{'EndpointsConfig':{'bridge':{'NetworkID':'" + FOREIGN + "'}}}}";
            assertThat(FakeOwners.post(chain, "/v1.45/containers/create?name=x", body))
                    .startsWith("201 ");

            assertThat(bodies)
                    .containsExactly("POST /v1.45/containers/create?name=x {'Image':'own:1',"
                            + "'Labels':{'owner':'ci','a':'b'},'HostConfig':{'NetworkMode':'own1','PidMode':'container:"
                            + OWN
                            + "','VolumesFrom':['" + OWN + ":ro'],'Links':['" + OWN
                            + ":own4'],'Memory':1048576000},'NetworkingConfig':{'EndpointsConfig':"
                            + "{'bridge':{'NetworkID':''},'own1':{'NetworkID':'" + OWN + "'}}}}");
        }
    }

    /** NAME stands for an alias or a host name of the container {@code web}. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "/v1.45/containers/create?name=web | {'Image':'own:1','NetworkingConfig':{'EndpointsConfig':{'own1':{'Aliases':[NAME]}}}}",
                "/v1.45/containers/create?name=web | {'Image':'own:1','Hostname':NAME,'HostConfig':{'NetworkMode':'own1'}}",
                "/v1.45/containers/create?name=web | {'Image':'own:1','Hostname':NAME,'NetworkingConfig':{'EndpointsConfig':{'own1':null}}}",
                "/services/create | {'Name':'web','TaskTemplate':{'ContainerSpec':{'Image':'own:1'},'Networks':[{'Target':'own1','Aliases':[NAME]}]}}",
                "/services/create | {'Name':'web','TaskTemplate':{'ContainerSpec':{'Image':'own:1','Hostname':NAME},'Networks':[{'Target':'own1'}]}}",
                "/v5.0.0/libpod/containers/create | {'name':'web','image':'own:1','Networks':{'own1':{'aliases':[NAME]}}}",
                "/v5.0.0/libpod/containers/create | {'name':'web','image':'own:1','hostname':NAME,'Networks':{'own1':{}}}",
                "/v5.0.0/libpod/pods/create | {'name':'web','Networks':{'own1':{'aliases':[NAME]}}}",
            })
    void nameOnANetworkOfSeveralProfilesIsThatOfTheContainer(String target, String body) throws Exception {
        for (String targets : List.of("label:owner=ci", "label:owner=ci,networks:name:own*")) {
            try (ChainUnderTest chain = chain(targets)) {
                assertThat(FakeOwners.post(chain, target, body.replace("NAME", "'db'")))
                        .startsWith("201 ");
            }
        }
        try (ChainUnderTest chain = chain("label:owner=ci,networks:name:own1")) {
            for (String own : List.of("'web'", "''")) {
                assertThat(FakeOwners.post(chain, target, body.replace("NAME", own)))
                        .startsWith("201 ");
            }
            assertThat(FakeOwners.post(chain, target, body.replace("NAME", "'db'")))
                    .startsWith("403 ")
                    .contains(
                            " gives a container an alias or a host name on the network own1, which other profiles can use too",
                            " target-name ");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/networks/own/connect               | {'Container':'own2','EndpointConfig':{'Aliases':['db']}} | {'Container':'own2','EndpointConfig':{'Aliases':null}}",
                "/v5.0.0/libpod/networks/own/connect | {'container':'own2','aliases':['db']}                    | {'container':'own2','aliases':[]}",
            },
            quoteCharacter = '~')
    void connectionToANetworkOfSeveralProfilesHasNoAlias(String target, String named, String plain) throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            assertThat(FakeOwners.post(chain, target, named)).startsWith("20");
        }
        try (ChainUnderTest chain = chain("label:owner=ci,networks:name:own")) {
            assertThat(FakeOwners.post(chain, target, plain)).startsWith("20");
            assertThat(FakeOwners.post(chain, target, named)).startsWith("403 ").contains(" target-name ");
        }
    }

    @Test
    void missingVolumeIsCreatedWithTheLabelsFirst() throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            String body = "{'Image':'own:1','HostConfig':{'Binds':['new:/x'],"
                    + "'Mounts':[{'Type':'volume','Target':'/y','VolumeOptions':{'Labels':{'owner':'x'}}}]}}";
            assertThat(FakeOwners.post(chain, "/containers/create", body)).startsWith("201 ");

            List<String> sent = new ArrayList<>(bodies);
            assertThat(sent).hasSize(2);
            assertThat(sent.get(0))
                    .startsWith("POST /volumes/create ")
                    .contains("'Labels':{'owner':'ci'}", "'Name':'new'");
            assertThat(sent.get(1)).contains("'Binds':['new:/x']", "'VolumeOptions':{'Labels':{'owner':'ci'}}");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/networks/create         | {'Name':'n'}                                   | {'Name':'n','Labels':{'owner':'ci'}}",
                "/networks/create         | {'Name':'n','Labels':{'owner':'x','b':'c'}}    | {'Name':'n','Labels':{'owner':'ci','b':'c'}}",
                "/volumes/create          | {'Name':'new'}                                 | {'Name':'new','Labels':{'owner':'ci'}}",
                "/volumes/create          | {'Name':'own'}                                 | {'Name':'own','Labels':{'owner':'ci'}}",
                "/volumes/create          | {}                                             | {'Labels':{'owner':'ci'}}",
                "/secrets/create          | {'Name':'n','Data':'eA==','Labels':null}       | {'Name':'n','Data':'eA==','Labels':{'owner':'ci'}}",
                "/configs/create          | {'Name':'n','Data':'eA=='}                     | {'Name':'n','Data':'eA==','Labels':{'owner':'ci'}}",
                "/secrets/own/update      | {'Name':'own','Labels':{}}                     | {'Name':'own','Labels':{'owner':'ci'}}",
                "/configs/own/update      | {'Name':'own','Labels':{'owner':'other'}}      | {'Name':'own','Labels':{'owner':'ci'}}",
                "/networks/own/connect    | {'Container':'own1'}                           | {'Container':'ID','EndpointConfig':{'NetworkID':'ID'}}",
                "/networks/own/connect    | {'Container':'own1','EndpointConfig':{'NetworkID':'foreign'}} | {'Container':'ID','EndpointConfig':{'NetworkID':'ID'}}",
                "/networks/own/disconnect | {'Container':'own1','Force':true}              | {'Container':'ID','Force':true}",
                "/containers/create       | {'Image':'own:1'}                              | {'Image':'own:1','Labels':{'owner':'ci'}}",
            })
    void labelsAndIdsAreForced(String target, String body, String forwarded) throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            assertThat(FakeOwners.post(chain, target, body)).startsWith("201 ");
            String place =
                    target.replaceFirst("(networks)/own", "$1/" + OWN).replaceFirst("/own", "/" + OWN.substring(0, 25));
            assertThat(bodies)
                    .containsExactly("POST " + place + " "
                            + forwarded.replace("ID'", OWN + "'").replace("Network" + OWN, "NetworkID"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "label:owner=ci | /networks/own/connect        | {'Container':'foreign'}    | 404 target-outside",
                "label:owner=ci | /networks/foreign/connect    | {'Container':'own'}        | 404 target-outside",
                "label:owner=ci | /networks/own/disconnect     | {'Container':'foreign'}    | 404 target-outside",
                "label:owner=ci | /networks/own/disconnect     | {'container':'own'}        | 403 create-form",
                "label:owner=ci | /networks/own/disconnect     | {'Container':'own','x':1}  | 403 create-form",
                "label:owner=ci | /volumes/create              | {'Name':'foreign'}         | 409 target-outside",
                "label:owner=ci | /secrets/foreign/update      | {'Name':'foreign'}         | 404 target-outside",
                "label:owner=ci | /containers/create           | []                         | 403 create-form",
                "containers:label:owner=ci | /networks/create  | {'Name':'n'}               | 403 target-name",
                "networks:name:ci-* | /networks/create         | {'Name':'prod'}            | 403 target-name",
                "networks:name:ci-* | /networks/create         | {'Name':'ci-1'}            | 201 allow",
                // testcontainers names its networks like the beginning of an id
                "label:owner=ci      | /networks/create         | {'Name':'0123456789ab'}    | 201 allow",
                "label:owner=ci      | /networks/create         | {'Name':'ffffffffffff'}    | 403 target-name",
                "volumes:name:ci-*  | /volumes/create          | {}                         | 403 target-name",
                "containers:name:ci-*,images:reference:** | /containers/create           | {'Image':'x:1'} | 403 target-name",
                "containers:name:ci-*,images:reference:** | /containers/create?name=prod | {'Image':'x:1'} | 403 target-name",
                "containers:name:ci-*,images:reference:** | /containers/create?name=ci-1 | {'Image':'own:1'} | 201 allow",
                "containers:name:ci-*,images:reference:** | /containers/create?name=ci-1 | {'Image':'own:1','HostConfig':{'Binds':['v:/x']}} | 400 target-outside",
                "containers:name:ci-*,images:reference:** | /containers/create?name=ci-1 | {'Image':'ownshort:1'} | 201 allow",
                "containers:name:ci-*,images:reference:ownshort | /containers/create?name=ci-1 | {'Image':'ownshort:1'} | 404 target-outside",
                "containers:name:ci-*,images:reference:docker.io/** | /containers/create?name=ci-1 | {'Image':'docker.io/library/x:1'} | 201 allow",
                "containers:name:ci-*,images:reference:y  | /containers/create?name=ci-1 | {'Image':'x:1'} | 404 target-outside",
                "images:reference:x | /images/create?fromImage=x&tag=1                   | ''   | 201 allow",
                "images:reference:x | /images/create?fromImage=x:1                       | ''   | 201 allow",
                "images:reference:x | /images/create?fromImage=x                         | ''   | 403 target-name",
                "images:reference:x | /images/create?fromImage=y&tag=1                   | ''   | 403 target-name",
                "images:reference:x | /images/create?fromImage=x&tag=1&fromImage=y       | ''   | 403",
                "label:owner=ci     | /images/create?fromImage=x&tag=1                   | ''   | 403 target-name",
                "label:owner=ci | /services/create | {'Name':'s','TaskTemplate':{'ContainerSpec':{'Image':'foreign:1'}}} | 404 target-outside",
                "label:owner=ci | /services/create | {'Name':'s','TaskTemplate':{'Networks':[{'Target':'foreign-n'}],'ContainerSpec':{'Image':'own:1'}}} | 404 target-outside",
                "label:owner=ci | /services/create | {'Name':'s','Networks':[{'Target':'foreign-n'}],'TaskTemplate':{'ContainerSpec':{'Image':'own:1'}}} | 404 target-outside",
                "label:owner=ci | /services/create | {'Name':'s','TaskTemplate':{'ContainerSpec':{'Image':'own:1','Secrets':[{'SecretID':'ffff'}]}}} | 404 target-outside",
                "label:owner=ci | /services/create | {'Name':'s','TaskTemplate':{'ContainerSpec':{'Image':'own:1','Configs':[{'ConfigID':'ffff'}]}}} | 404 target-outside",
                "label:owner=ci | /services/create | {'Name':'s','TaskTemplate':{'ContainerSpec':{'Image':'own:1','Mounts':[{'Type':'volume','Source':'own','Target':'/x'}]}}} | 403 target-name",
                "label:owner=ci | /services/foreign/update?version=1 | {'Name':'foreign','TaskTemplate':{'ContainerSpec':{'Image':'own:1'}}} | 404 target-outside",
                "services:name:ci-*,images:reference:x | /services/create | {'Name':'s','TaskTemplate':{'ContainerSpec':{'Image':'x:1'}}} | 403 target-name",
                "services:name:ci-*,images:reference:x | /services/create | {'Name':'ci-s','TaskTemplate':{'ContainerSpec':{'Image':'x:1'}}} | 201 allow",
            })
    void bodyIsDecidedByTheTargets(String targets, String target, String body, String outcome) throws Exception {
        try (ChainUnderTest chain = chain(targets)) {
            assertThat(FakeOwners.post(chain, target, body))
                    .startsWith(outcome.split(" ")[0] + " ")
                    .contains(outcome.substring(3).isEmpty() ? " deny " : outcome.substring(3) + " ");
        }
    }

    @Test
    void serviceAndItsContainersGetTheLabels() throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            String body =
                    "{'Name':'s','TaskTemplate':{'Networks':[{'Target':'own-n'}],'ContainerSpec':{'Image':'own:1',"
                            + "'Labels':{'owner':'x'},'Secrets':[{'SecretID':'aaaa','SecretName':'own'}],"
                            + "'Mounts':[{'Type':'volume','Target':'/x'}]}}}";
            assertThat(FakeOwners.post(chain, "/services/own/update?version=1", body))
                    .startsWith("201 ");

            assertThat(bodies)
                    .containsExactly(
                            "POST /services/" + OWN.substring(0, 25) + "/update?version=1 {'Name':'s','TaskTemplate':"
                                    + "{'Networks':[{'Target':'own-n'}],'ContainerSpec':{'Image':'own:1','Labels':{'owner':'ci'},"
                                    + "'Secrets':[{'SecretID':'" + OWN.substring(0, 25) + "','SecretName':'own'}],"
                                    + "'Mounts':[{'Type':'volume','Target':'/x','VolumeOptions':{'Labels':{'owner':'ci'}}}]}},"
                                    + "'Labels':{'owner':'ci'}}");
        }
    }

    @Test
    void eachObjectIsAskedForOnceAndCreatedOnce() throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            String containers =
                    IntStream.range(0, 120).mapToObj(i -> "'own" + i + "'").collect(Collectors.joining(","));
            String body =
                    "{'Image':'own:1','HostConfig':{'Binds':['new:/x'],'VolumesFrom':[" + containers + ",'own7']}}";
            assertThat(FakeOwners.post(chain, "/containers/create", body)).startsWith("201 ");

            assertThat(owners.objects().queries()).hasSize(122).doesNotHaveDuplicates();
            assertThat(bodies).hasSize(2).anyMatch(sent -> sent.startsWith("POST /volumes/create "));
        }
    }

    @Test
    void bodyWithTooManyObjectsIsDenied() throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            String networks =
                    IntStream.range(0, 200).mapToObj(i -> "'own" + i + "':{}").collect(Collectors.joining(","));
            assertThat(FakeOwners.post(
                            chain,
                            "/containers/create",
                            "{'Image':'own:1','NetworkingConfig':{'EndpointsConfig':{" + networks + "}}}"))
                    .startsWith("403 ")
                    .contains("deny target-body ");
        }
    }

    @Test
    void requestWithoutABodyIsDenied() throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci");
                RawClient client = chain.connect()) {
            client.request("POST", "/volumes/create");
            assertThat(client.readAnswer("POST").status()).isEqualTo(400);
            assertThat(chain.takeRecord()).startsWith("deny target-body ");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "label:owner=ci | container=own1             | {}    | container=ID             | {'Labels':{'owner':'ci'}}",
                "label:owner=ci | container=own1&repo=&tag=  | null  | container=ID&repo=&tag=  | {'Labels':{'owner':'ci'}}",
                "label:owner=ci | container=own1&pause=0     | {'Cmd':['a'],'Labels':{'owner':'x','b':'c'}} | container=ID&pause=0 | {'Cmd':['a'],'Labels':{'owner':'ci','b':'c'}}",
                "label:owner=ci,images:reference:x | repo=x&tag=2&container=own1 | {} | repo=x&tag=2&container=ID | {'Labels':{}}",
                "containers:label:owner=ci,images:label:owner=a,images:reference:x | container=own1&repo=x:1 | {} | container=ID&repo=x:1 | {'Labels':{'owner':'a'}}",
            })
    void commitHasTheIdOfItsContainerAndTheLabels(
            String targets, String query, String body, String forwarded, String forwardedBody) throws Exception {
        try (ChainUnderTest chain = chain(targets)) {
            assertThat(FakeOwners.post(chain, "/v1.45/commit?" + query, body)).startsWith("201 ");
            assertThat(bodies)
                    .containsExactly("POST /v1.45/commit?" + forwarded.replace("ID", OWN) + " " + forwardedBody);
        }
    }

    @Test
    void commitWithoutABodyGetsOne() throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci");
                RawClient client = chain.connect()) {
            client.request("POST", "/commit?container=own1");
            assertThat(client.readAnswer("POST").status()).isEqualTo(201);
            assertThat(bodies).containsExactly("POST /commit?container=" + OWN + " {'Labels':{'owner':'ci'}}");
            owners.daemon().takeHead(); // describes the container
            assertThat(owners.daemon().takeHead())
                    .contains("Content-Type: application/json\r\n", "Content-Length: 25\r\n");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "label:owner=ci | container=foreign1         | 404 {\"message\":\"No such container: foreign1\"} deny target-outside",
                "label:owner=ci | container=missing          | 404 {\"message\":\"No such container: missing\"} allow section",
                "label:owner=ci | container=ff               | 404 {\"message\":\"No such container: ff\"} deny target-outside",
                "label:owner=ci | repo=                      | 403 deny target-name",
                "label:owner=ci | container=                 | 403 deny target-name",
                "label:owner=ci | container=own1&container=foreign1 | 403 deny target-name",
                "label:owner=ci | container=own1&Container=foreign1 | 403 deny target-name",
                "label:owner=ci | Container=own1             | 403 deny target-name",
                "label:owner=ci | container=own%31           | 403 deny target-name",
                "label:owner=ci | container=own1&repo=x&tag=1 | 403 deny target-name",
                "label:owner=ci | container=own1&tag=1       | 403 deny target-name",
                "label:owner=ci,images:reference:x | container=own1 | 403 deny target-name",
                "label:owner=ci,images:reference:x | container=own1&repo=y&tag=1 | 403 deny target-name",
                "label:owner=ci,images:reference:x | container=own1&repo=x&repo=y | 403 deny target-name",
                "containers:label:owner=ci | container=own1  | 403 deny target-name",
            })
    void commitIsDecidedByTheTargets(String targets, String query, String outcome) throws Exception {
        try (ChainUnderTest chain = chain(targets)) {
            String answer = FakeOwners.post(chain, "/commit?" + query, "{}");
            assertThat(answer).startsWith(outcome.substring(0, 4)).contains(outcome.substring(4));
            assertThat(bodies).isEmpty();
        }
    }

    @Test
    void commitWithChangesIsDenied() throws Exception {
        try (ChainUnderTest chain = ChainUnderTest.safe(
                owners.daemon().host(), Map.of("TARGETS", "label:owner=ci", "CREATE_ALLOW", "image-changes"))) {
            assertThat(FakeOwners.post(chain, "/commit?container=own1&changes=LABEL%20a=b", "{}"))
                    .startsWith("403 ")
                    .contains("takes no changes", " deny target-name ");
        }
    }
}
