package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.create.Glob;
import org.socketproxy.policy.create.ImageRules;

/** Lists and prunes of a confined client: the target at the daemon, and the objects that the client sees. */
class ScopedFiltersTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    /**
     * Each kind is selected in the same way.
     *
     * @param own {@code label}: {@code owner=ci}; {@code labels}: and {@code stage=1}; {@code name}: names that begin with
     *     {@code ci-}, or images below {@code ci/}; {@code none}: no object
     */
    private static Scope rules(String own) {
        Map<ObjectKind, ScopeSelector> selectors = new HashMap<>();
        for (ObjectKind kind : ObjectKind.values()) {
            boolean isImage = kind == ObjectKind.IMAGE;
            switch (own) {
                case "label" -> selectors.put(kind, selector(Map.of("owner", "ci")));
                case "labels" -> selectors.put(kind, selector(Map.of("owner", "ci", "stage", "1")));
                case "name" ->
                    selectors.put(
                            kind,
                            isImage
                                    ? new ScopeSelector(Map.of(), List.of(), new ImageRules(List.of("ci/*")))
                                    : new ScopeSelector(Map.of(), List.of(new Glob("ci-*")), ImageRules.ALL));
                default -> {}
            }
        }
        return new Scope(List.of(), selectors);
    }

    private static ScopeSelector selector(Map<String, String> labels) {
        return new ScopeSelector(labels, List.of(), ImageRules.ALL);
    }

    /** @param line a target; its filters are written without escapes, with apostrophes as quotes */
    private static RequestTarget target(String line) throws BadTargetException {
        int filters = line.indexOf("filters=") + "filters=".length();
        return RequestTarget.parse(
                line.contains("filters=")
                        ? line.substring(0, filters)
                                + URLEncoder.encode(line.substring(filters).replace('\'', '"'), StandardCharsets.UTF_8)
                        : line);
    }

    /** Returns the target at the daemon and the ids of the elements that the client sees, or the reason of a denial. */
    private static String confined(String own, String line) throws Exception {
        try {
            RequestTarget target = target(line);
            Operation operation = CATALOGUE.find("GET", target).orElseThrow();
            ScopedRequest request = ScopedRequest.of(rules(own), operation, target);
            Supplier<JsonElements> view = request.view();
            String sent = URLDecoder.decode(request.target().raw(), StandardCharsets.UTF_8);
            return sent.replace('"', '\'') + " -> " + (view == null ? "same" : ids(seen(view.get())));
        } catch (OutOfScopeException denied) {
            return denied.getMessage();
        } catch (BadTargetException refused) {
            return "bad target";
        }
    }

    private static String ids(String response) {
        return Pattern.compile("'Id':'(.)'")
                .matcher(response)
                .results()
                .map(id -> id.group(1))
                .collect(Collectors.joining(","));
    }

    private static String seen(JsonElements elements) throws ElementException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        elements.accept(
                ByteBuffer.wrap(LIST.replace('\'', '"').getBytes(StandardCharsets.UTF_8)),
                part -> out.write(part.array(), part.arrayOffset() + part.position(), part.remaining()));
        elements.end();
        return out.toString(StandardCharsets.UTF_8).replace('"', '\'');
    }

    /** Elements that are objects of each kind but volumes; the first and the third are own, except with two labels. */
    private static final String LIST = "["
            + element("1", "ci-a", "ci/a:1", "ci") + ","
            + element("2", "b", "dev/b:1", "dev") + ","
            + element("3", "ci-c", "ci/c:1", "ci") + "]";

    private static String element(String id, String name, String tag, String owner) {
        String labels = "'Labels':{'owner':'" + owner + "'}";
        return "{'Id':'" + id + "','ID':'" + id + "','ServiceID':'" + id + "','Name':'" + name + "','Names':['/" + name
                + "'],'RepoTags':['" + tag + "','dev/x:1'],'Containers':4," + labels + ",'Spec':{'Name':'" + name + "',"
                + labels + "}}";
    }

    /** @param confined target and ids, or the reason of a denial; {@code same} if the response passes byte for byte */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "label  | /containers/json                       | /containers/json?filters={'label':{'owner=ci':true}} -> same",
                "label  | /containers/json?limit=1               | /containers/json?limit=1&filters={'label':{'owner=ci':true}} -> same",
                "label  | /containers/json?filters={'label':['a']} | /containers/json?filters={'label':{'a':true,'owner=ci':true}} -> 1,3",
                "label  | /containers/json?filters={'label':['owner=ci']} | /containers/json?filters={'label':{'owner=ci':true}} -> same",
                "label  | /containers/json?filters={'status':['exited']} | /containers/json?filters={'status':{'exited':true},'label':{'owner=ci':true}} -> same",
                "labels | /containers/json                       | /containers/json?filters={'label':{'owner=ci':true,'stage=1':true}} ->",
                "name   | /containers/json                       | /containers/json -> 1,3",
                "name   | /containers/json?limit=1               | /containers/json?all=1 -> 1",
                "name   | /containers/json?limit=1&all=0         | /containers/json?all=1 -> 1",
                "name   | /containers/json?limit=0               | /containers/json?limit=0 -> 1,3",
                "name   | /containers/json?limit=-1              | /containers/json?limit=-1 -> 1,3",
                "name   | /containers/json?limit=a               | bad target",
                "none   | /containers/json?limit=1               | /containers/json?limit=1 ->",
                "label  | /containers/json?before=b              | the parameter before can name objects of others",
                "label  | /containers/json?since=b               | the parameter since can name objects of others",
                "label  | /containers/json?filters={'new':['v']} | the filter new can name objects of others",
                "label  | /containers/json?filters={'New':['v']} | it has an unknown filter",
                "label  | /containers/json?filters={'abcdefghijklmnopqrstuvwxyzabcdef':['v']} | the filter abcdefghijklmnopqrstuvwxyzabcdef can name objects of others",
                "label  | /containers/json?filters={'abcdefghijklmnopqrstuvwxyzabcdefg':['v']} | it has an unknown filter",
                "label  | /containers/json?filters={'since':['1','2','3','4','5','6','7','8','9','10','11','12','13','14','15','16','17']} | the filters name more than 16 objects",
                "label  | /containers/json?filters=1             | bad target",
                "label  | /libpod/containers/json                | /libpod/containers/json -> 1,3",
                "label  | /libpod/containers/json?filters={'ancestor':['a']} | the filter ancestor can name objects of others",
                "label  | /libpod/containers/json?limit=1        | the parameter limit counts the containers of others",
                "label  | /libpod/containers/json?last=1         | the parameter last counts the containers of others",
                "label  | /libpod/containers/json?last=0         | /libpod/containers/json?last=0 -> 1,3",
                "label  | /networks                              | /networks?filters={'label':{'owner=ci':true}} -> same",
                "name   | /networks                              | /networks -> 1,3",
                "name   | /v1.28/networks                        | /v1.28/networks -> 1,3",
                "name   | /v1.27/networks                        | API versions below 1.28 list the containers of each network: use v1.28 or newer, or no version",
                "name   | /v1.27/containers/json                 | /v1.27/containers/json -> 1,3",
                "label  | /services                              | /services?filters={'label':{'owner=ci':true}} -> 1,3",
                "label  | /services?filters={'label':['owner']}   | /services?filters={'label':{'owner=ci':true}} -> 1,3",
                "label  | /services?filters={'label':['owner=']}  | /services?filters={'label':{'owner=ci':true}} -> 1,3",
                "label  | /services?filters={'label':['owner=ci']} | /services?filters={'label':{'owner=ci':true}} -> 1,3",
                "label  | /services?filters={'label':['owner=d']} | /services?filters={'label':{'owner=ci':true}} ->",
                "label  | /services?filters={'label':['owners=d']} | /services?filters={'label':{'owners=d':true,'owner=ci':true}} -> 1,3",
                "label  | /secrets                               | /secrets?filters={'label':{'owner=ci':true}} -> 1,3",
                "label  | /configs                               | /configs?filters={'label':{'owner=ci':true}} -> 1,3",
                "label  | /tasks                                 | /tasks ->",
                "label  | /images/json                           | /images/json?filters={'label':{'owner=ci':true}} -> 1,3",
                "name   | /images/json                           | /images/json -> 1,3",
                "none   | /images/json                           | /images/json ->",
                "name   | /libpod/images/json                    | /libpod/images/json -> 1,3",
            })
    void listHasOwnObjectsOnly(String own, String line, String confined) throws Exception {
        assertThat(confined(own, line).strip()).isEqualTo(confined);
    }

    @ParameterizedTest
    @CsvSource({
        "name,  /images/json,        'ci/a:1 ci/c:1',             -1",
        "label, /images/json,        'ci/a:1 dev/x:1 ci/c:1 dev/x:1', -1",
        "name,  /libpod/images/json, 'ci/a:1 ci/c:1',             -1",
    })
    void imagesHaveOwnNamesOnly(String own, String line, String tags, String containers) throws Exception {
        RequestTarget target = target(line);
        Operation operation = CATALOGUE.find("GET", target).orElseThrow();
        String seen =
                seen(ScopedRequest.of(rules(own), operation, target).view().get());

        assertThat(Pattern.compile("'(\\w+/\\w:1)'").matcher(seen).results().map(tag -> tag.group(1)))
                .containsExactly(tags.split(" "));
        assertThat(seen).contains("'Containers':" + containers + ",").doesNotContain("'Containers':4");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "label  | /containers/prune | /containers/prune?filters={'label':{'owner=ci':true}}",
                "labels | /containers/prune?filters={'until':['1h']} | /containers/prune?filters={'until':{'1h':true},'label':{'owner=ci':true,'stage=1':true}}",
                "name   | /containers/prune | the daemon selects what it removes by labels, and the profile selects other containers",
                "none   | /containers/prune | the daemon selects what it removes by labels, and the profile selects no containers",
                "label  | /containers/prune?filters={'name':['a']} | the filter name can name objects of others",
                "label  | /images/prune     | /images/prune?filters={'label':{'owner=ci':true}}",
                "labels | /images/prune     | a daemon could remove images with only one of the labels of the profile",
                "name   | /images/prune     | the daemon selects what it removes by labels, and the profile selects other images",
                "labels | /volumes/prune    | /volumes/prune?filters={'label':{'owner=ci':true,'stage=1':true}}",
            })
    void pruneRemovesOwnObjectsOnly(String own, String line, String confined) throws Exception {
        RequestTarget target = target(line);
        Operation operation = CATALOGUE.find("POST", target).orElseThrow();
        String result;
        try {
            ScopedRequest request = ScopedRequest.of(rules(own), operation, target);
            assertThat(request.view()).isNull();
            result = URLDecoder.decode(request.target().raw(), StandardCharsets.UTF_8)
                    .replace('"', '\'');
        } catch (OutOfScopeException denied) {
            result = denied.getMessage();
        }

        assertThat(result).isEqualTo(confined);
    }
}
