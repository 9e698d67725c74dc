package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.ChainUnderTest;

/** Queries and paths of a confined client of Podman, with the daemon of {@link FakeOwners}. Quotes are apostrophes. */
class LibpodQueryTargetTest {
    private static final String API = "/v5.0.0/libpod";
    private static final String OWN = FakeOwners.OWN;

    @RegisterExtension
    final OwnersDaemon owners = new OwnersDaemon("join-container,volumes-from,host-network,privileged");

    private final FakeOwners objects = owners.objects();

    private ChainUnderTest chain(String targets) throws Exception {
        return owners.chain(targets);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "images:reference:r.local/** | /images/pull?reference=r.local%2Fx%3A1 | 201 allow",
                "images:reference:r.local/** | /images/pull?reference=r.local%2Fx | 403 target-name",
                "images:reference:**         | /images/pull?reference=x%3A1 | 403 target-name",
                "images:reference:r.local/** | /images/pull?reference=docker.io%2Fa%2Fx%3A1 | 403 target-name",
                "images:reference:r.local/** | /images/pull?reference=r.local%2Fx%3A1&alltags=true | 403 target-parameter-unconfined",
                "images:reference:r.local/** | /images/pull?reference=r.local%2Fx%3A1&reference=y | 403 target-name",
                "label:owner=ci              | /images/pull?reference=r.local%2Fx%3A1 | 403 target-name",
                "label:owner=ci              | /images/pull?reference=missing%3A1&policy=missing | 403 target-name",
                "label:owner=ci              | /images/pull?reference=foreign%3A1&policy=missing | 403 target-name",
                "label:owner=ci              | /images/pull?reference=missing%3A1&policy=never | 200 target-outside",
                "label:owner=ci              | /images/pull?reference=foreign%3A1&policy=never | 200 target-outside",
                "label:owner=ci              | /images/pull?reference=own%3A1&policy=never&policy=always | 403 target-name",
                "label:owner=ci              | /images/pull?reference=own%3A1&policy=newer | 403 target-name",
                "label:owner=ci              | /images/own:1/untag | 201 allow",
                "label:owner=ci              | /images/foreign:1/untag?repo=x&tag=1 | 404 target-outside",
                "images:reference:own        | /images/own:1/untag | 403 target-name",
                "images:reference:r.local/** | /images/r.local/own:1/untag?repo=r.local%2Fown&tag=1 | 201 allow",
                "images:reference:r.local/** | /images/r.local/own:1/untag?repo=own&tag=1 | 403 target-name",
                "label:owner=ci              | /images/r.local/own:1/push | 201 allow",
                "label:owner=ci              | /images/r.local/own:1/push?all=true&destination=r.local%2Fown%3A1 | 201 allow",
                "label:owner=ci              | /images/r.local/own:1/push?destination=r.local%2Fx%3A1 | 403 target-name",
                "label:owner=ci              | /images/own:1/push | 403 target-name",
                "label:owner=ci              | /images/r.local/own/push | 403 target-name",
                "label:owner=ci              | /images/r.local/foreign:1/push | 400 target-outside",
                "label:owner=ci              | /images/r.local/missing:1/push | 400 section",
                "label:owner=ci              | /commit?container=foreign | 404 target-outside",
                "label:owner=ci              | /commit?container=own&repo=r.local%2Fx&tag=1 | 403 target-name",
                "label:owner=ci              | /commit?container=own&container=own1 | 403 target-name",
                "label:owner=ci              | /commit?container=own&changes=LABEL+a%3Db | 403 ",
                "label:owner=c'd             | /commit?container=own | 403 target-parameter-unconfined",
                "containers:label:owner=ci,images:reference:r.local/** | /commit?container=own | 403 target-name",
                "containers:label:owner=ci,images:reference:r.local/** | /commit?container=own&repo=x&tag=1 | 403 target-name",
                "label:owner=ci              | /images/prune?external=true | 403 target-parameter-unconfined",
                "label:owner=ci              | /images/prune?buildcache=true | 403 target-parameter-unconfined",
            })
    void queryIsDecidedByTheTargets(String targets, String target, String outcome) throws Exception {
        try (ChainUnderTest chain = chain(targets)) {
            assertThat(FakeOwners.post(chain, API + target, ""))
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
}
