package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ChainUnderTest;

/** Bodies of a confined client of Podman's own API, with the daemon of {@link FakeOwners}. Quotes are apostrophes. */
class LibpodBodyTargetTest {
    private static final String API = "/v5.0.0/libpod";
    private static final String CREATE = API + "/containers/create";
    private static final String OWN = FakeOwners.OWN;
    private static final String FOREIGN = FakeOwners.FOREIGN;

    @RegisterExtension
    final OwnersDaemon owners = new OwnersDaemon("join-container,volumes-from,host-network,privileged,secrets");

    private final FakeOwners objects = owners.objects();

    private ChainUnderTest chain(String targets) throws Exception {
        return owners.chain(targets);
    }

    /** An error of Podman as the start of an answer. */
    private static String error(int status, String message) {
        return ",\"message\":\"" + message.replace("'", "\\\"") + "\",\"response\":" + status
                + "} deny target-outside ";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'netns':{'nsmode':'container','value':'NAME'}        | 500 | no container with name or ID 'NAME' found: no such container",
                "'pidns':{'nsmode':'container','value':'NAME'}        | 500 | no container with name or ID 'NAME' found: no such container",
                "'ipcns':{'nsmode':'container','value':'NAME'}        | 500 | no container with name or ID 'NAME' found: no such container",
                "'utsns':{'nsmode':'container','value':'NAME'}        | 500 | no container with name or ID 'NAME' found: no such container",
                "'cgroupns':{'nsmode':'container','value':'NAME'}     | 500 | no container with name or ID 'NAME' found: no such container",
                "'volumes_from':['own1:ro','NAME:ro']                 | 500 | no container with name or ID 'NAME' found: no such container",
                "'dependencyContainers':['own1','NAME']               | 500 | no container with name or ID 'NAME' found: no such container",
                "'devices_from':['NAME']                              | 500 | no container with name or ID 'NAME' found: no such container",
                "'pod':'NAME'                                         | 500 | no pod with name or ID NAME found: no such pod",
                "'Networks':{'own1':{},'NAME':{}}                     | 500 | unable to find network with name or ID NAME: network not found",
                "'networkOrder':['NAME']                              | 500 | unable to find network with name or ID NAME: network not found",
                "'secrets':[{'Source':'NAME'}]                        | 500 | no secret with name or id 'NAME': no such secret",
                "'raw_image_name':'NAME:1'                            | 404 | no such image: NAME:1: image not known",
            })
    void createWithAnObjectOfOthersIsAnsweredAsWithAMissingOne(String fields, int status, String message)
            throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            for (String name : List.of("foreign1", "missing1", FOREIGN)) {
                String body = "{'image':'own:1'," + fields.replace("NAME", name) + "}";
                assertThat(FakeOwners.post(chain, CREATE, body))
                        .startsWith(status + " ")
                        .contains(error(status, message.replace("NAME", name)));
            }
            String own = "{'image':'own:1'," + fields.replace("NAME", "own2") + "}";
            assertThat(FakeOwners.post(chain, CREATE, own)).startsWith("201 ");
            assertThat(objects.bodies()).hasSize(1);
        }
    }

    @Test
    void forwardedContainerNamesItsObjectsByIdAndHasTheLabels() throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            String body =
                    "{'image':'own:1','labels':{'owner':'other','a':'b'},'pod':'own1','netns':{'nsmode':'bridge'},"
                            + "'pidns':{'nsmode':'container','value':'own2'},'volumes_from':['own3:ro'],'secrets':[{'Source':'own4'}],"
                            + "'dependencyContainers':['own5'],'volumes':[{'Name':'own6','Dest':'/v'}],"
                            + "'Networks':{'default':{},'own7':{'aliases':['x']}},'networkOrder':['own7','default']}";
            assertThat(FakeOwners.post(chain, CREATE, body)).startsWith("201 ");

            assertThat(objects.bodies())
                    .containsExactly("POST " + CREATE + " {'image':'own:1','labels':{'owner':'ci','a':'b'},'pod':'"
                            + OWN
                            + "','netns':{'nsmode':'bridge'},'pidns':{'nsmode':'container','value':'" + OWN
                            + "'},'volumes_from':['" + OWN + ":ro'],'secrets':[{'Source':'" + OWN.substring(0, 25)
                            + "'}],'dependencyContainers':['" + OWN + "'],'volumes':[{'Name':'own6','Dest':'/v'}],"
                            + "'Networks':{'default':{},'" + OWN + "':{'aliases':['x']}},'networkOrder':['" + OWN
                            + "','default']}");
        }
    }

    @Test
    void missingVolumeIsCreatedWithTheLabelsFirst() throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            String body = "{'image':'own:1','volumes':[{'Name':'new','Dest':'/v'}]}";
            assertThat(FakeOwners.post(chain, CREATE, body)).startsWith("201 ");

            assertThat(objects.bodies()).hasSize(2);
            assertThat(objects.bodies().poll())
                    .startsWith("POST /volumes/create ")
                    .contains("'Labels':{'owner':'ci'}", "'Name':'new'");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "/containers/create       | {'image':'own:1'}                            | {'image':'own:1','labels':{'owner':'ci'}}",
                "/containers/create       | {'image':'own:1','labels':null}              | {'image':'own:1','labels':{'owner':'ci'}}",
                "/volumes/create          | {'Name':'new'}                               | {'Name':'new','Labels':{'owner':'ci'}}",
                "/volumes/create          | {'Label':{'owner':'x','a':'b'},'Labels':null} | {'Label':{'owner':'x','a':'b'},'Labels':{'owner':'ci'}}",
                "/networks/create         | {'name':'n','driver':'bridge'}               | {'name':'n','driver':'bridge','labels':{'owner':'ci'}}",
                "/networks/create?ignoreIfExists=false | {'name':'n'}                    | {'name':'n','labels':{'owner':'ci'}}",
                "/pods/create             | {'name':'p','infra_image':'own:1','Networks':{'own':{}}} | {'name':'p','infra_image':'own:1','Networks':{'ID':{}},'labels':{'owner':'ci'}}",
                "/networks/own/connect    | {'container':'own1','aliases':['x']}         | {'container':'ID','aliases':['x']}",
                "/networks/own/disconnect | {'Container':'own1','Force':true}            | {'Container':'ID','Force':true}",
            })
    void labelsAndIdsAreForced(String target, String body, String forwarded) throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            assertThat(FakeOwners.post(chain, API + target, body)).startsWith("201 ");
            assertThat(objects.bodies())
                    .containsExactly("POST " + API + target.replace("/own/", "/" + OWN + "/") + " "
                            + forwarded.replace("ID", OWN));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "label:owner=ci | /networks/own/connect        | {'container':'foreign'}       | 404 target-outside",
                "label:owner=ci | /networks/own/connect        | {'container':'missing'}       | 404 target-outside",
                "label:owner=ci | /networks/own/connect        | {'Container':'own'}           | 403 create-unknown",
                "label:owner=ci | /networks/foreign/connect    | {'container':'own'}           | 404 target-outside",
                "label:owner=ci | /networks/own/disconnect     | {'Container':'foreign'}       | 404 target-outside",
                "label:owner=ci | /networks/own/disconnect     | {'container':'own'}           | 403 create-form",
                "label:owner=ci | /networks/foreign/disconnect | {'Container':'own'}           | 404 target-outside",
                "label:owner=ci | /networks/create             | {'name':'" + "0123456789ab'}  | 201 allow",
                "label:owner=ci | /networks/create?ignoreIfExists=true | {'name':'n'}          | 403 target-parameter-unconfined",
                "label:owner=ci | /networks/create?IgnoreIfExists=1    | {'name':'n'}          | 403 target-parameter-unconfined",
                "label:owner=ci | /volumes/create              | {'Name':'foreign'}            | 500 target-outside",
                "label:owner=ci | /volumes/create              | {'Name':'foreign','IgnoreIfExists':true} | 500 target-outside",
                "label:owner=ci | /volumes/create              | {'Name':'own','IgnoreIfExists':true}     | 201 allow",
                "label:owner=ci | /containers/create           | {'image':'foreign:1'}         | 404 target-outside",
                "label:owner=ci | /containers/create           | {'image':'own:1','Labels':{'owner':'x'}} | 403 create-unknown",
                "label:owner=ci | /containers/create           | {'image':'own:1','labels':{},'labels':{'owner':'x'}} | 403 create-form",
                "label:owner=ci | /containers/create           | {'image':'own:1','pod':'new:x'} | 403 create-field",
                "label:owner=ci | /containers/create           | {'image':'own:1','Networks':{'':{}}} | 500 target-outside",
                "label:owner=ci | /containers/create           | {'image':'own:1','volumes':[{'Name':'foreign','Dest':'/v'}]} | 500 target-outside",
                "label:owner=ci | /containers/create           | {'image':'own:1','secret_env':{'A':'own'}} | 403 target-name",
                "label:owner=ci | /containers/create           | {'image':'own:1','secrets':[{'Source':'own1'},{'Source':'','Target':'x'}]} | 403 target-name",
                "label:owner=ci | /containers/create           | {'image':'own:1','secrets':[{'Target':'x'}]} | 403 target-name",
                "label:owner=ci | /containers/create           | {'image':'own:1','secrets':[null]} | 403 target-name",
                "label:owner=ci | /containers/create           | {'image':'own:1','secrets':[]} | 201 allow",
                "label:owner=ci | /containers/create           | {'image':'own:1','image_volumes':[{'Source':'own:1','Destination':'/v'}]} | 403 target-name",
                "label:owner=ci | /containers/create           | {'image':'own:1','removeImage':true}  | 403 target-name",
                "label:owner=ci | /containers/create           | {'image':'own:1','removeImage':false} | 201 allow",
                "containers:label:owner=ci,images:reference:r.local/** | /containers/create | {'image':'r.local/own:1','removeImage':true} | 201 allow",
                "containers:label:owner=ci,images:reference:own | /containers/create | {'image':'aaaa','removeImage':true} | 403 target-name",
                "label:owner=ci | /containers/create           | []                            | 403 create-form",
                "label:owner=ci | /pods/create                 | {'name':'p','infra_image':'foreign:1'}   | 404 target-outside",
                "label:owner=ci | /pods/create                 | {'name':'p','volumes':[{'Name':'own','Dest':'/v'}]} | 403 target-name",
                "pods:name:ci-*  | /pods/create                | {'name':'p'}                  | 403 target-name",
                "pods:name:ci-*  | /pods/create                | {'name':'ci-p'}               | 201 allow",
                "pods:name:ci-*  | /pods/create                | {'name':'ci-p','infra_name':'ci-i'} | 403 target-name",
                "name:ci-*       | /pods/create                | {'name':'ci-p','infra_name':'i'}    | 403 target-name",
                "pods:label:a=b,containers:label:c=d | /pods/create | {'name':'p','labels':{'c':'x'}} | 201 allow",
                "networks:label:owner=ci | /containers/create  | {'image':'own:1'}             | 403 target-name",
                "networks:name:ci-* | /networks/create         | {'name':'prod'}               | 403 target-name",
                "networks:name:ci-* | /networks/create         | {'Name':'ci-1'}               | 403 create-unknown",
                "networks:name:ci-* | /networks/create         | {'name':'ci-1'}               | 201 allow",
                "networks:name:ci-* | /networks/create         | {}                            | 403 target-name",
                "volumes:name:ci-*  | /volumes/create          | {}                            | 403 target-name",
                "containers:name:ci-*,images:reference:**   | /containers/create | {'image':'own:1'}               | 403 target-name",
                "containers:name:ci-*,images:reference:**   | /containers/create | {'image':'own:1','name':'prod'} | 403 target-name",
                "containers:name:ci-*,images:reference:**   | /containers/create | {'image':'own:1','name':'ci-1'} | 201 allow",
                "containers:name:ci-*,images:reference:own  | /containers/create | {'image':'own:1','name':'ci-1'} | 201 allow",
                "containers:name:ci-*,images:reference:y    | /containers/create | {'image':'own:1','name':'ci-1'} | 404 target-outside",
                "containers:name:ci-*,images:reference:r.local/** | /containers/create | {'image':'r.local/own:1','name':'ci-1','image_volumes':[{'Source':'r.local/own:1','Destination':'/v'}]} | 201 allow",
                "containers:name:ci-*,images:reference:**   | /containers/create | {'image':'own:1','name':'ci-1','image_volumes':[{'Source':'own:1','Destination':'/v'}]} | 403 target-name",
            })
    void requestIsDecidedByTheTargets(String targets, String target, String body, String outcome) throws Exception {
        try (ChainUnderTest chain = chain(targets)) {
            assertThat(FakeOwners.post(chain, API + target, body))
                    .startsWith(outcome.split(" ")[0] + " ")
                    .contains(outcome.substring(3) + " ");
        }
    }

    @Test
    void bodyWithTooManyObjectsIsDenied() throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            String networks =
                    IntStream.range(0, 200).mapToObj(i -> "'own" + i + "':{}").collect(Collectors.joining(","));
            assertThat(FakeOwners.post(chain, CREATE, "{'image':'own:1','Networks':{" + networks + "}}"))
                    .startsWith("403 ")
                    .contains("deny target-body ");
        }
    }
}
