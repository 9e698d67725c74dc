package org.socketproxy.dockerapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.RequestHead;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.FuzzSeeds;

/**
 * Any query: the rules decide about it, and a daemon finds in a query that the proxy has changed what the proxy has put
 * there. The input is a query.
 */
class QueryFuzzTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    /** Operations with parameter rules. */
    private static final List<Operation> RULED = Stream.of(
                    "ImageBuild", "ImageCreate", "ContainerStart", "ContainerAttachWebsocket", "VolumePrune")
            .map(id -> CATALOGUE.byId(id).orElseThrow())
            .toList();

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LABEL = "owner=ci";
    private static final Policy EVERYTHING = Policy.of(
            CATALOGUE,
            ParameterRules.load(),
            Variables.load().all().stream().map(variable -> variable.name()).collect(Collectors.toSet()),
            Compatibility.LINUXSERVER);

    static Stream<byte[]> seeds() {
        Stream<String> filters = Stream.of(
                "all=1&limit=2&filters=%7B%22label%22%3A%5B%22a%3Db%22%5D%7D",
                "filters={%22label%22:{%22owner=dev%22:true}}&size=false",
                "Filters=%7B%7D;filters=x&LIMIT=1",
                "remote=git%3A%2F%2Fh%2Fr&networkmode=host",
                "path=%2Fetc&noOverwriteDirNonDir=0");
        Stream<String> targets = Corpus.read(QueryFuzzTest.class, "targets.txt", 4)
                .flatMap(List::stream)
                .filter(cell -> cell.indexOf('?') > 0)
                .map(cell -> cell.substring(cell.indexOf('?') + 1));
        return FuzzSeeds.of(Stream.concat(filters, targets));
    }

    @MethodSource("seeds")
    @FuzzTest
    void daemonFindsWhatTheProxyPutThere(byte[] input) throws Exception {
        RequestTarget target;
        try {
            target = RequestTarget.parse("/v1.45/containers/json?" + FuzzSeeds.text(input));
        } catch (BadTargetException refused) {
            return;
        }
        decide(target);
        ListFilters filters;
        try {
            filters = ListFilters.of(target);
        } catch (BadTargetException refused) {
            return;
        }
        assertThat(goValues(target, "filters")).hasSizeLessThan(2);
        RequestTarget changed = filters.with("label", LABEL).in(target);
        List<String> seen = goValues(changed, "filters");
        assertThat(seen).hasSize(1);
        JsonNode found = JSON.readTree(seen.get(0));
        assertThat(found.path("label").path(LABEL).asBoolean()).isTrue();
        for (String name : filters.names()) {
            Set<String> values = filters.values(name);
            assertThat(values).allMatch(value -> found.path(name).has(value));
        }
        assertThat(ListFilters.of(changed).values("label")).contains(LABEL);

        RequestTarget unlimited = changed.withOnlyParameter("limit", null);
        assertThat(go(unlimited)).noneMatch(each -> each.getKey().equalsIgnoreCase("limit"));
        assertThat(goValues(unlimited, "filters")).isEqualTo(seen);
        assertThat(goValues(changed.withOnlyParameter("all", "1"), "all")).containsExactly("1");
    }

    /** The rules of these operations do not fail on any parameters. */
    private static void decide(RequestTarget target) {
        for (Operation operation : RULED) {
            assertThat(EVERYTHING.decide(operation, target, RequestHead.EMPTY)).isNotNull();
        }
    }

    private static List<String> goValues(RequestTarget target, String name) {
        return go(target).stream()
                .filter(each -> each.getKey().equals(name))
                .map(Map.Entry::getValue)
                .toList();
    }

    /** As Go's {@code url.ParseQuery} reads it: a part with a semicolon or a wrong escape is dropped. */
    private static List<Map.Entry<String, String>> go(RequestTarget target) {
        List<Map.Entry<String, String>> found = new ArrayList<>();
        for (String part : target.raw().substring(target.raw().indexOf('?') + 1).split("&")) {
            String[] sides = part.split("=", 2);
            String wrong = "%(?![0-9A-Fa-f]{2})";
            if (!part.isEmpty() && !part.contains(";") && part.split(wrong, -1).length == 1) {
                found.add(Map.entry(decoded(sides[0]), sides.length == 1 ? "" : decoded(sides[1])));
            }
        }
        return found;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
