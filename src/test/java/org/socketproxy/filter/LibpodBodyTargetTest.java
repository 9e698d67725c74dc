package org.socketproxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;

/**
 * Bodies and queries of a confined client of Podman's own API, with the daemon of {@link FakeOwners}. Quotes are apostrophes.
 */
@Timeout(60)
class LibpodBodyTargetTest {
    private static final String API = "/v5.0.0/libpod";
    private static final String CREATE = API + "/containers/create";
    private static final String OWN = FakeOwners.OWN;
    private static final String FOREIGN = FakeOwners.FOREIGN;

    @TempDir
    Path folder;

    private final FakeOwners objects = new FakeOwners();
    private FakeDaemon daemon;

    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.running(folder, objects);
    }

    @AfterEach
    void stop() throws Exception {
        daemon.close();
    }

    private ChainUnderTest chain(String targets) throws Exception {
        Map<String, String> settings = new HashMap<>();
        settings.put("CREATE_ALLOW", "join-container,volumes-from,host-network,privileged");
        settings.put("TARGETS", targets);
        return ChainUnderTest.safe(daemon.host(), Duration.ofSeconds(20), settings);
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
                "label:owner=ci | /networks/create             | {'name':'" + "0123456789ab'}  | 403 target-name",
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
                "images:reference:r.local/** | /images/pull?reference=r.local%2Fx%3A1                   | ~~ | 201 allow",
                "images:reference:r.local/** | /images/pull?reference=r.local%2Fx                       | ~~ | 403 target-name",
                "images:reference:**         | /images/pull?reference=x%3A1                             | ~~ | 403 target-name",
                "images:reference:r.local/** | /images/pull?reference=docker.io%2Fa%2Fx%3A1             | ~~ | 403 target-name",
                "images:reference:r.local/** | /images/pull?reference=r.local%2Fx%3A1&alltags=true      | ~~ | 403 target-parameter-unconfined",
                "images:reference:r.local/** | /images/pull?reference=r.local%2Fx%3A1&reference=y       | ~~ | 403 target-name",
                "label:owner=ci              | /images/pull?reference=r.local%2Fx%3A1                   | ~~ | 403 target-name",
                "label:owner=ci              | /images/pull?reference=missing%3A1&policy=missing        | ~~ | 403 target-name",
                "label:owner=ci              | /images/pull?reference=foreign%3A1&policy=missing        | ~~ | 403 target-name",
                "label:owner=ci              | /images/pull?reference=missing%3A1&policy=never          | ~~ | 200 target-outside",
                "label:owner=ci              | /images/pull?reference=foreign%3A1&policy=never          | ~~ | 200 target-outside",
                "label:owner=ci              | /images/pull?reference=own%3A1&policy=never&policy=always | ~~ | 403 target-name",
                "label:owner=ci              | /images/pull?reference=own%3A1&policy=newer              | ~~ | 403 target-name",
                "label:owner=ci              | /images/own:1/untag                                      | ~~ | 201 allow",
                "label:owner=ci              | /images/foreign:1/untag?repo=x&tag=1                     | ~~ | 404 target-outside",
                "images:reference:own        | /images/own:1/untag                                      | ~~ | 403 target-name",
                "images:reference:r.local/** | /images/r.local/own:1/untag?repo=r.local%2Fown&tag=1     | ~~ | 201 allow",
                "images:reference:r.local/** | /images/r.local/own:1/untag?repo=own&tag=1               | ~~ | 403 target-name",
                "label:owner=ci              | /images/r.local/own:1/push                               | ~~ | 201 allow",
                "label:owner=ci              | /images/r.local/own:1/push?all=true&destination=r.local%2Fown%3A1 | ~~ | 201 allow",
                "label:owner=ci              | /images/r.local/own:1/push?destination=r.local%2Fx%3A1   | ~~ | 403 target-name",
                "label:owner=ci              | /images/own:1/push                                       | ~~ | 403 target-name",
                "label:owner=ci              | /images/r.local/own/push                                 | ~~ | 403 target-name",
                "label:owner=ci              | /images/r.local/foreign:1/push                           | ~~ | 400 target-outside",
                "label:owner=ci              | /images/r.local/missing:1/push                           | ~~ | 400 target-outside",
                "label:owner=ci              | /commit?container=foreign                                | ~~ | 404 target-outside",
                "label:owner=ci              | /commit?container=own&repo=r.local%2Fx&tag=1             | ~~ | 403 target-name",
                "label:owner=ci              | /commit?container=own&container=own1                     | ~~ | 403 target-name",
                "label:owner=ci              | /commit?container=own&changes=LABEL+a%3Db                | ~~ | 403 ",
                "label:owner=c'd             | /commit?container=own                                    | ~~ | 403 target-parameter-unconfined",
                "containers:label:owner=ci,images:reference:r.local/** | /commit?container=own          | ~~ | 403 target-name",
                "containers:label:owner=ci,images:reference:r.local/** | /commit?container=own&repo=x&tag=1 | ~~ | 403 target-name",
                "label:owner=ci              | /images/prune?external=true                              | ~~ | 403 target-parameter-unconfined",
                "label:owner=ci              | /images/prune?buildcache=true                            | ~~ | 403 target-parameter-unconfined",
            })
    void requestIsDecidedByTheTargets(String targets, String target, String body, String outcome) throws Exception {
        try (ChainUnderTest chain = chain(targets)) {
            assertThat(FakeOwners.post(chain, API + target, body))
                    .startsWith(outcome.split(" ")[0] + " ")
                    .contains(outcome.substring(3) + " ");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "label:owner=ci | container=own&changes=&pause=false | container=ID&pause=false&changes=LABEL+owner%3Dci",
                "containers:label:owner=ci,images:label:owner=ci,images:label:a=1 | container=own&tag=latest | container=ID&tag=latest&changes=LABEL+a%3D1&changes=LABEL+owner%3Dci",
                "containers:label:owner=ci,images:reference:r.local/** | container=own&repo=r.local%2Fx&tag=1 | container=ID&repo=r.local%2Fx&tag=1",
            })
    void commitHasTheIdOfItsContainerAndTheLabels(String targets, String query, String forwarded) throws Exception {
        try (ChainUnderTest chain = chain(targets)) {
            assertThat(FakeOwners.post(chain, API + "/commit?" + query, "")).startsWith("201 ");
            assertThat(sorted(objects.bodies().poll()))
                    .isEqualTo(sorted("POST " + API + "/commit?" + forwarded.replace("ID", OWN) + " "));
        }
    }

    /** The labels of a profile have no order. */
    private static List<String> sorted(String line) {
        return Stream.of(line.split("[?& ]")).sorted().toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "containers | {'label':['x'],'until':['1h']} | {'label':{'x':true,'owner=ci':true},'until':{'1h':true}}",
                "networks   | {}                             | {'label':{'owner=ci':true}}",
                "volumes    | {}                             | {'label':{'owner=ci':true}}",
                "volumes    | {'label!':['x']}               | ",
                "volumes    | {'all':['1']}                  | ",
                "images     | {'dangling':['true']}          | {'dangling':{'true':true},'label':{'owner=ci':true}}",
                "images     | {'label':['x']}                | ",
            })
    void pruneHasTheLabelOfTheProfile(String kind, String filters, String forwarded) throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            String target = API + "/" + kind + "/prune?filters=";
            assertThat(FakeOwners.post(chain, target + escaped(filters), ""))
                    .startsWith(forwarded == null ? "403 " : "201 ");
            assertThat(objects.bodies().stream()
                            .map(sent -> sent.replace("POST " + target, ""))
                            .map(sent -> URLDecoder.decode(sent.strip(), StandardCharsets.UTF_8)
                                    .replace('"', '\''))
                            .collect(Collectors.joining()))
                    .isEqualTo(forwarded == null ? "" : forwarded);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "true,  /v5.0.0/libpod/networks/, own1",
        "true,  /v5.0.0/libpod/networks/, own",
        "true,  /networks/,               own1",
        "true,  /v1.41/networks/,         own",
        "false, /networks/,               " + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    })
    void networkIsRemovedByItsNameOnPodman(boolean isPodman, String path, String forwarded) throws Exception {
        if (!isPodman) {
            objects.beDockerd();
        }
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            String named = forwarded.equals("own1") ? "own1" : "aaaaaaaaaaaa";
            assertThat(FakeOwners.send(chain, "DELETE " + path + named, "")).startsWith("201 ");
            assertThat(objects.bodies()).containsExactly("DELETE " + path + forwarded + " ");

            assertThat(FakeOwners.send(chain, "DELETE " + path + "foreign1", ""))
                    .startsWith("404 ");
            assertThat(objects.bodies()).hasSize(1);
        }
    }

    /** If the first one has removed the volume, Podman would take the name of the second for the start of another one's. */
    @ParameterizedTest
    @CsvSource({
        "DELETE /v5.0.0/libpod/volumes/own1,  DELETE /volumes/own1",
        "DELETE /volumes/own1,                POST /volumes/prune",
        "POST /volumes/prune,                 DELETE /volumes/own1",
        "DELETE /v5.0.0/libpod/networks/own1, DELETE /networks/own1",
        "POST /networks/prune,                DELETE /v5.0.0/libpod/networks/own1",
        "POST /v5.0.0/libpod/containers/create, DELETE /v5.0.0/libpod/networks/own1",
        "DELETE /networks/own1,               POST /v5.0.0/libpod/containers/create",
        "POST /v5.0.0/libpod/networks/own1/connect, DELETE /networks/own1",
        "POST /v5.0.0/libpod/containers/create, DELETE /v5.0.0/libpod/secrets/own1",
        "DELETE /secrets/own1,                POST /v5.0.0/libpod/containers/create",
        "DELETE /images/own1:1,               DELETE /v5.0.0/libpod/images/own1:1",
        "DELETE /v5.0.0/libpod/images/remove?images=own1%3A1, DELETE /images/own1:1",
    })
    void removalWaitsForTheOneBefore(String first, String second) throws Exception {
        CountDownLatch answers = new CountDownLatch(1);
        objects.holdAnswers(answers);
        ExecutorService clients = Executors.newFixedThreadPool(2);
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            Future<String> before = clients.submit(() -> FakeOwners.send(chain, first, body(first)));
            while (objects.bodies().isEmpty()) {
                Thread.sleep(10);
            }
            int questions = objects.questions().size();
            Future<String> after = clients.submit(() -> FakeOwners.send(chain, second, body(second)));
            Thread.sleep(200);
            assertThat(objects.questions()).hasSize(questions);
            assertThat(objects.bodies()).hasSize(1);

            answers.countDown();
            assertThat(before.get()).startsWith("201 ");
            assertThat(after.get()).startsWith("201 ");
            assertThat(objects.bodies()).hasSize(2);
        } finally {
            answers.countDown();
            clients.shutdownNow();
        }
    }

    private static String body(String request) {
        return request.endsWith("/create")
                ? "{'image':'own:1','Networks':{'own1':{}}}"
                : request.endsWith("/connect") ? "{'container':'own2'}" : "";
    }

    @Test
    void creationsDoNotWaitForEachOther() throws Exception {
        CountDownLatch answers = new CountDownLatch(1);
        objects.holdAnswers(answers);
        ExecutorService clients = Executors.newFixedThreadPool(2);
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            Future<String> one = clients.submit(() -> FakeOwners.post(chain, CREATE, body(CREATE)));
            Future<String> other = clients.submit(() -> FakeOwners.post(chain, CREATE, body(CREATE)));
            while (objects.bodies().size() < 2) {
                Thread.sleep(10);
            }
            answers.countDown();
            assertThat(one.get()).startsWith("201 ");
            assertThat(other.get()).startsWith("201 ");
        } finally {
            answers.countDown();
            clients.shutdownNow();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"missing", "never"})
    void pullOfAnExistingOwnImagePullsNothing(String policy) throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            assertThat(FakeOwners.post(
                            chain, API + "/images/pull?policy=" + policy + "&quiet=false&Reference=own%3A1", ""))
                    .startsWith("201 ");
            assertThat(objects.bodies())
                    .containsExactly("POST " + API + "/images/pull?quiet=false&reference=own%3A1&policy=never ");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "DELETE /images/ownshort:1                          | ~~ | DELETE /images/localhost/b/ownshort:1 ",
                "DELETE /images/remove?images=ownshort%3A1          | ~~ | DELETE /images/remove?images=localhost%2Fb%2Fownshort%3A1 ",
                "GET /images/ownshort:1/exists                      | ~~ | GET /images/localhost/b/ownshort:1/exists ",
                "POST /images/pull?reference=ownshort%3A1&policy=missing | ~~ | POST /images/pull?reference=localhost%2Fb%2Fownshort%3A1&policy=never ",
                "POST /containers/create | {'image':'ownshort:1'} | POST /containers/create {'image':'localhost/b/ownshort:1','labels':{'owner':'ci'}}",
                "DELETE /images/aaaaaaaa                            | ~~ | DELETE /images/ID ",
            })
    void shortNameOfAnImageIsForwardedInFull(String request, String body, String forwarded) throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            assertThat(FakeOwners.send(chain, request.replace(" /", " " + API + "/"), body))
                    .startsWith("20");
            assertThat(String.join("\n", objects.bodies()).strip())
                    .isEqualTo(forwarded
                            .replace(" /", " " + API + "/")
                            .replace("ID", OWN)
                            .strip());
        }
    }

    @Test
    void pullOfAMissingImageTakesNoImageOfOthers() throws Exception {
        try (ChainUnderTest chain = chain("images:label:owner=ci,images:reference:r.local/**")) {
            for (String name : List.of("missing", "foreign")) {
                String query = "reference=r.local%2F" + name + "%3A1&policy=";
                assertThat(FakeOwners.post(chain, API + "/images/pull?" + query + "missing", ""))
                        .startsWith("201 ");
                assertThat(objects.bodies().poll()).isEqualTo("POST " + API + "/images/pull?" + query + "always ");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "GET /containers/stats?containers=own1&stream=false&Containers=own2 | 201 | GET /containers/stats?stream=false&containers=ID&containers=ID",
                "GET /containers/stats?containers=own1&containers=foreign           | 404 | ",
                "GET /containers/stats?containers=own1&containers=missing           | 404 | ",
                "GET /containers/stats?containers=own1%2Cforeign                    | 404 | ",
                "GET /containers/stats?containers=own1&all=true                     | 403 | ",
                "GET /containers/stats?stream=false                                 | 403 | ",
                "DELETE /images/remove?images=own%3A1&ignore=false                  | 201 | DELETE /images/remove?ignore=false&images=own%3A1",
                "DELETE /images/remove?images=own%3A1&images=foreign%3A1            | 200 | ",
                "DELETE /images/remove?images=missing%3A1                           | 200 | ",
                "DELETE /images/remove?images=own%3A1&force=true                    | 403 | ",
                "DELETE /images/remove?images=own%3A1&all=1                         | 403 | ",
                "DELETE /images/remove?images=own%3A1&lookupManifest=true           | 403 | ",
                "DELETE /images/remove                                              | 403 | ",
                "DELETE /images/remove?images=                                      | 200 | ",
            })
    void queryNamesOwnObjects(String request, int status, String forwarded) throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            assertThat(FakeOwners.send(chain, request.replace(" /", " " + API + "/"), ""))
                    .startsWith(status + " ");
            assertThat(String.join("\n", objects.bodies()).strip())
                    .isEqualTo(
                            forwarded == null
                                    ? ""
                                    : forwarded.replace(" /", " " + API + "/").replace("ID", OWN));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            nullValues = "-",
            value = {
                "label:owner=ci    | name=n                          | name=n&labels={'owner':'ci'}",
                "label:owner=ci    | name=n&labels={'owner':'x','a':'b'}&replace=false | name=n&replace=false&labels={'owner':'ci','a':'b'}",
                "label:owner=ci    | name=n&replace=true             | -",
                "label:owner=ci    | name=n&labels=x                 | -",
                "label:owner=ci    | name=n&labels=[]                | -",
                "label:owner=ci    | name=n&labels={}&Labels={}      | -",
                "label:owner=ci    | name=0123456789abcdef012345678  | -",
                "networks:label:owner=ci | name=n                    | -",
                "secrets:name:ci-* | name=n                          | -",
                "secrets:name:ci-* | name=ci-1                       | name=ci-1&labels={}",
            })
    void secretGetsTheLabelsInItsQuery(String targets, String query, String forwarded) throws Exception {
        try (ChainUnderTest chain = chain(targets)) {
            String answer = FakeOwners.post(chain, API + "/secrets/create?" + escaped(query), "value");
            assertThat(answer).startsWith(forwarded != null ? "201 " : "40");
            assertThat(objects.bodies().toString())
                    .isEqualTo(
                            forwarded == null
                                    ? "[]"
                                    : "[POST " + API + "/secrets/create?" + escaped(forwarded) + " value]");
        }
    }

    private static String escaped(String query) {
        return query.replace("'", "%22")
                .replace("{", "%7B")
                .replace("}", "%7D")
                .replace(":", "%3A")
                .replace(",", "%2C")
                .replace("[", "%5B")
                .replace("]", "%5D");
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
