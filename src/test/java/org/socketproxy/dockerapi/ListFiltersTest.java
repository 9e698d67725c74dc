package org.socketproxy.dockerapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The parameter {@code filters} is read in both encodings of the daemon, and written in one. */
class ListFiltersTest {
    private static ListFilters read(String filters) throws BadTargetException {
        return ListFilters.of(RequestTarget.parse(
                "/containers/json?all=1&filters=" + URLEncoder.encode(filters, StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'label':['a=b','c']}       | {'label':{'a=b':true,'c':true}}",
                "{'label':{'a=b':true}}      | {'label':{'a=b':true}}",
                "{'dangling':{'true':false}} | {'dangling':{'true':false}}",
                "{'a':[],'b':['x','x']}      | {'a':{},'b':{'x':true}}",
                "{'a':{},'b':{'x':false}}    | {'a':{},'b':{'x':false}}",
                "{'n':['a&b=c;#%+ é\\u00e9']} | {'n':{'a&b=c;#%+ éé':true}}",
                "{'n':['\\u0022']}           | {'n':{'\\\"':true}}"
            })
    void bothEncodingsAreWrittenAsMaps(String read, String written) throws BadTargetException {
        RequestTarget forwarded =
                read(read.replace('\'', '"')).in(RequestTarget.parse("/v1.45/containers/json?filters=old&all=1"));

        assertThat(forwarded.raw()).startsWith("/v1.45/containers/json?all=1&filters=%7B%22");
        assertThat(URLDecoder.decode(
                        forwarded.raw().substring(forwarded.raw().indexOf("filters=") + 8), StandardCharsets.UTF_8))
                .isEqualTo(written.replace('\'', '"'));
        assertThat(ListFilters.of(forwarded).in(forwarded)).isEqualTo(forwarded);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "[]",
                "\"label\"",
                "1",
                "{",
                "{}}",
                "{'label':'a=b'}",
                "{'label':null}",
                "{'label':[null]}",
                "{'label':[1]}",
                "{'label':[['a']]}",
                "{'label':{'a':1}}",
                "{'label':{'a':null}}",
                "{'label':{'a':'true'}}",
                "{'label':['a'],'name':{'b':true}}",
                "{'label':{'a':true},'name':['b']}",
                "{'label':['a'],'label':['b']}",
                "{'label':{'a':true,'a':false}}",
                "{'label':['\\ud800']}",
                "{'label':['a'],}"
            })
    void filtersOfAnotherFormAreRefused(String filters) {
        BadTargetException refused =
                catchThrowableOfType(BadTargetException.class, () -> read(filters.replace('\'', '"')));

        assertThat(refused.fault().code()).isEqualTo("target-filters");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "filters={}&filters={}",
                "filters={}&Filters={}",
                "Filters={}",
                "FILTERS={}",
                "filter%73={}",
                "filters={}&filter%73={}",
                "filters",
                "filters={}&filters",
                "filters={};filters={}",
                ";filters={}",
                "all=1;filters={}",
                "all=1;x=2",
                "filter\u017f={}",
                "filter%C5%BF={}"
            })
    void aNameThatTwoParsersCouldReadInDifferentWaysIsRefused(String query) {
        BadTargetException refused = catchThrowableOfType(
                BadTargetException.class, () -> ListFilters.of(RequestTarget.parse("/networks?" + query)));

        assertThat(refused.fault().code()).isIn("target-parameter", "target-character");
    }

    @Test
    void aTargetWithoutFiltersHasNone() throws BadTargetException {
        for (String target : new String[] {"/networks", "/networks?", "/networks?filters=", "/networks?a&filters={}"}) {
            assertThat(ListFilters.of(RequestTarget.parse(target)).names()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"65536, accepted", "65537, target-filters"})
    void filtersHaveAtMost64KiB(int length, String expected) {
        String start = "{\"label\":[\"";
        String end = "\"]}";
        BadTargetException refused = catchThrowableOfType(
                BadTargetException.class, () -> read(start + "a".repeat(length - start.length() - end.length()) + end));

        assertThat(refused == null ? "accepted" : refused.fault().code()).isEqualTo(expected);
    }

    @Test
    void namesAndValuesAreListedInTheirOrder() throws BadTargetException {
        ListFilters filters = read("{\"label\":{\"b\":true,\"a\":false},\"name\":{}}");

        assertThat(filters.names()).containsExactly("label", "name");
        assertThat(filters.values("label")).containsExactly("b", "a");
        assertThat(filters.values("name")).isEmpty();
        assertThat(filters.values("Label")).isEmpty();
    }

    @Test
    void theLastValueTakesItsFilterAway() throws BadTargetException {
        RequestTarget target = RequestTarget.parse("/networks");

        assertThat(read("{\"a\":[\"b\"]}").without("a", "b").in(target).raw()).isEqualTo("/networks");
        assertThat(read("{}").with("a", "b").without("c", "b").in(target).raw())
                .isEqualTo("/networks?filters=%7B%22a%22%3A%7B%22b%22%3Atrue%7D%7D");
    }
}
