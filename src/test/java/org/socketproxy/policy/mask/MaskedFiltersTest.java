package org.socketproxy.policy.mask;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.KnownParameters;

/** Filters that ask about masked values, and those of ordinary clients that do not. */
class MaskedFiltersTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final Set<String> KNOWN = MaskedFilters.TABLE.load(MaskedFilters.class).stream()
            .flatMap(row -> row.operations().stream()
                    .flatMap(id -> row.filters().stream().map(filter -> id + " " + filter)))
            .collect(Collectors.toSet());

    private static @Nullable String problem(String groups, String line, String query) throws BadTargetException {
        RequestTarget target = RequestTarget.parse(line.split(" ")[1] + "?" + query);
        Operation operation = CATALOGUE.find(line.split(" ")[0], target).orElseThrow();
        Set<MaskGroup> masked = groups.equals("1")
                ? EnumSet.allOf(MaskGroup.class)
                : Stream.of(groups.split(","))
                        .map(word -> MaskGroup.of(word).orElseThrow())
                        .collect(Collectors.toSet());
        return MaskRules.of(MaskSelection.of(masked), CATALOGUE).problem(operation, target);
    }

    private static String encoded(String filters) {
        return URLEncoder.encode(filters, StandardCharsets.UTF_8);
    }

    /** Columns: groups of MASK, request, filters, the beginning of the sentence. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "args  | GET /events | {'event':['health_status','exec_create: sh -c m']} | this value of the filter event compares values that MASK=args hides",
                "args  | GET /events | {'event':{'health_status':true,'exec_create: s':false}} | this value of the filter event",
                "args  | GET /events | {'event':['exec_start: sh -c my']} | this value of the filter event",
                "args  | GET /events | {'event':['exec_create: healthy']} | this value of the filter event",
                "args  | GET /events | {'event':['health_status: x y']} | this value of the filter event",
                "args  | GET /events | {'event':['die\\n']} | this value of the filter event",
                "args  | GET /events | {'Event':['exec_create: s']} | the proxy does not know the filter Event",
                "args  | GET /events | {'\\u0065vent':['exec_create: s']} | this value of the filter event",
                "args  | GET /events | {'event=exec_create: s':['']} | the proxy does not know a filter",
                "args  | GET /events | {'label':['comment=a']} | this value of the filter label",
                "args  | GET /events | {'label':['comment']} | this value of the filter label",
                "args  | GET /events | {'label':['a=b','comment=\\n']} | this value of the filter label",
                "args  | GET /events | {'label':['runtimes=a']} | this value of the filter label compares values that MASK=args hides",
                "paths | GET /events | {'label':['runtimes=a']} | this value of the filter label compares values that MASK=paths hides",
                "paths | GET /containers/json | {'volume':['/srv/a']} | this value of the filter volume compares values that MASK=paths hides",
                "paths | GET /containers/json | {'volume':{'/srv/a':false}} | this value of the filter volume",
                "paths | GET /containers/json | {'volume':['C:\\\\a']} | this value of the filter volume",
                "paths | GET /containers/json | {'volume':['data','/srv:/data']} | this value of the filter volume",
                "paths | GET /v5.4.0/libpod/containers/json | {'volume':['/srv/a:/data']} | this value of the filter volume",
                "args  | GET /v5.4.0/libpod/containers/json | {'command':['s']} | the filter command compares values that MASK=args hides, so the result would tell them: leave it out and select in the response, or remove args from MASK",
                "args  | GET /containers/json | {'command':['s']} | the filter command",
                "options | GET /v5.4.0/libpod/volumes/json | {'opt':['o=a']} | the filter opt compares values that MASK=options hides",
                "options | GET /volumes | {'opt':['o=a']} | the filter opt",
                "args  | POST /build/prune | {'description':['RUN a']} | the filter description",
                "args  | POST /build/prune | {'id':['x,description~=a']} | this value of the filter id",
                "env   | GET /containers/json | {'future':['a']} | the proxy does not know the filter future, which could compare values that MASK hides",
                "env   | GET /networks | {'subnet':['a']} | the proxy does not know the filter subnet",
                "env   | GET /events | {'event':['a'],'type':{'b':true}} | MASK is on, and filters must be a JSON object",
                "env   | GET /events | {'event':['a'],'event':['b']} | MASK is on, and filters must be a JSON object",
                "env   | GET /events | {'event':'a'} | MASK is on, and filters must be a JSON object",
                "env   | GET /events | null | MASK is on, and filters must be a JSON object",
            })
    void questionIsDenied(String groups, String line, String filters, String sentence) throws Exception {
        assertThat(problem(groups, line, "filters=" + encoded(filters.replace('\'', '"'))))
                .startsWith(sentence);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "filters=%7B%7D&filters=%7B%22event%22%3A%5B%22exec_create%3A%20s%22%5D%7D",
                "filters=%7B%7D&Filters=%7B%22event%22%3A%5B%22exec_create%3A%20s%22%5D%7D",
                "FILTERS=%7B%22event%22%3A%5B%22exec_create%3A%20s%22%5D%7D",
                "f%69lters=%7B%22event%22%3A%5B%22exec_create%3A%20s%22%5D%7D",
                "filters=%7B%7D;filters=%7B%22event%22%3A%5B%22exec_create%3A%20s%22%5D%7D",
            })
    void otherSpellingsOfTheParameterAreReadOrDenied(String query) throws Exception {
        assertThat(problem("args", "GET /events", query)).isNotNull();
    }

    /** Columns: groups of MASK, request, filters. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "1 | GET /events | {'event':['health_status','exec_create','die','container.start']}",
                "1 | GET /events | {'event':['health_status: healthy'],'type':['container'],'label':['a=b','commented=x','x']}",
                "1 | GET /events | {}",
                "env | GET /events | {'event':['exec_create: sh']}",
                "env,paths | GET /events | {'label':['comment=a']}",
                "1 | GET /containers/json | {'label':{'com.docker.compose.project=shop':true},'status':{'running':true}}",
                "1 | GET /containers/json | {'ancestor':['nginx:1.27'],'network':['a'],'name':['^/a$'],'volume':['data.a_b-1']}",
                "args | GET /containers/json | {'volume':['/srv']}",
                "1 | GET /v5.4.0/libpod/containers/json | {'pod':['a'],'label!':['a=b'],'restart-policy':['always']}",
                "1 | GET /images/json | {'reference':['a*'],'dangling':['true'],'before':['a']}",
                "1 | GET /networks | {'driver':['bridge'],'type':['custom']}",
                "1 | GET /volumes | {'dangling':['true'],'label':['a']}",
                "1 | GET /v5.4.0/libpod/volumes/json | {'name':['a'],'after':['b']}",
                "1 | GET /tasks | {'desired-state':['running'],'service':['a'],'node':['b']}",
                "1 | GET /services | {'name':['a'],'mode':['global']}",
                "1 | GET /nodes | {'role':['manager'],'node.label':['a=b']}",
                "1 | POST /build/prune | {'until':['24h'],'type':['source.local']}",
                "1 | POST /build/prune | {'until':['2026-01-01T00:00:00+01:00']}",
                "1 | POST /images/prune | {'dangling':['false'],'label!':['keep']}",
            })
    void ordinaryFilterPasses(String groups, String line, String filters) throws Exception {
        assertThat(problem(groups, line, "filters=" + encoded(filters.replace('\'', '"'))))
                .isNull();
        assertThat(problem(groups, line, "")).isNull();
    }

    @Test
    void eachOperationWithFiltersHasRows() {
        Set<String> filtered = KnownParameters.load().rows().stream()
                .filter(row -> row.parameters().contains("filters"))
                .flatMap(row -> row.operations().stream())
                .collect(Collectors.toSet());
        Set<String> known = KNOWN.stream().map(key -> key.split(" ")[0]).collect(Collectors.toSet());

        assertThat(known).containsExactlyInAnyOrderElementsOf(filtered);
    }

    @Test
    void filtersOfConfinedClientsHaveRows() {
        List<String> missing = OperationRules.all().entrySet().stream()
                .map(Map.Entry::getKey)
                .flatMap(id -> OperationRules.all().get(id).filters().stream().map(filter -> id + " " + filter))
                .filter(key -> !KNOWN.contains(key))
                .toList();

        assertThat(missing).isEmpty();
    }
}
