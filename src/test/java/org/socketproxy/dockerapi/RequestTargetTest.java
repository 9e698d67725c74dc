package org.socketproxy.dockerapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.BadTargetException.Fault;
import org.socketproxy.testing.Corpus;

class RequestTargetTest {
    static Stream<List<String>> targets() {
        return Corpus.read(RequestTargetTest.class, "targets.txt", 2);
    }

    @ParameterizedTest
    @MethodSource("targets")
    void targetIsParsedOrRejectedWithReason(List<String> row) {
        assertThat(readingOf(row.get(1))).isEqualTo(row.get(0));
    }

    private static String readingOf(String raw) {
        try {
            assertThat(RequestTarget.parse(raw).raw()).isEqualTo(raw);
            return "ok";
        } catch (BadTargetException refused) {
            return refused.fault().code();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/a, 64, ok",
        "/a, 65, target-depth",
        "/a, 14000, target-depth",
        "/registry, 14000, target-depth",
        "/a%2Fb, 32, ok",
        "/a%2Fb, 33, target-depth",
        "/a%2fb%2Fc, 22, target-depth",
    })
    void pathHasAtMost64SegmentsForEveryParser(String part, int times, String expected) {
        assertThat(readingOf(part.repeat(times))).isEqualTo(expected);
        assertThat(readingOf(part.repeat(times) + "?" + "/a".repeat(100))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"/v1.45, 63, ok", "/v1.45, 64, target-depth", "/images/a%2Fb, 61, ok", "/images/a%2Fb, 62, target-depth"
    })
    void versionAndEscapedSlashesCountAsSegments(String start, int times, String expected) {
        assertThat(readingOf(start + "/a".repeat(times))).isEqualTo(expected);
    }

    @Test
    void versionPathAndQueryAreSplitWithoutDecoding() throws BadTargetException {
        RequestTarget target = RequestTarget.parse("/v1.45/images/a%2Fb/json?x=%2e?&y");

        assertThat(target.version()).isEqualTo("1.45");
        assertThat(target.segments()).containsExactly("images", "a%2Fb", "json");
        assertThat(target.query()).isEqualTo("x=%2e?&y");
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            nullValues = "-",
            value = {
                "- -> false",
                "x=1 -> false",
                "showsecret=true -> true",
                "a=b&showsecret=1 -> true",
                "showsecret=yes -> true",
                "showsecret -> true",
                "showsecret= -> true",
                "showsecret=false -> false",
                "showsecret=f -> true",
                "showsecret=F -> true",
                "showsecret=0 -> false",
                "showsecret=False -> false",
                "showsecret=false&showsecret=true -> true",
                "ShowSecret=true -> true",
                "%73howsecret=true -> true",
                "%C5%BFhowsecret=true -> true",
                "a;showsecret=true -> true",
                "xshowsecret=true -> false",
                "showsecret%=true -> false",
            })
    void queryFlagIsSetIfAnyParserReadsTrue(String query, boolean expected) throws BadTargetException {
        RequestTarget target = RequestTarget.parse("/libpod/secrets/x/json" + (query == null ? "" : "?" + query));

        assertThat(target.isQueryFlagSet("showsecret")).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            nullValues = "-",
            value = {
                "- -> {}",
                "fromImage=a&tag=1 -> {fromImage=[a], tag=[1]}",
                "fromImage=a&FROMIMAGE=b -> {fromImage=[a, b]}",
                "fromImage=a;fromImage=b -> {fromImage=[a, b]}",
                "fromimag%65=%61%2Fb+c -> {fromimage=[a/b c]}",
                "fromImage=a=b -> {fromImage=[a=b]}",
                "fromImage -> {fromImage=[]}",
                "=a -> {=[a]}",
                "fromImage=%zz -> {fromImage=[%zz]}",
            })
    void parameterHasValuesOfAllParsers(String query, String expected) throws BadTargetException {
        RequestTarget target = RequestTarget.parse("/images/create" + (query == null ? "" : "?" + query));

        assertThat(target.parameters()).hasToString(expected);
        assertThat(target.parameters().containsKey("fromIMAGE")).isEqualTo(expected.contains("from"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            value = {
                "/containers/a/start -> /containers/ID/start",
                "/v1.45/containers/a/exec?x=a&y -> /v1.45/containers/ID/exec?x=a&y",
                "/containers/a/archive?path=%2Fa -> /containers/ID/archive?path=%2Fa",
                "/containers/a%20b/start? -> /containers/ID/start?",
            })
    void segmentIsReplaced(String target, String expected) throws BadTargetException {
        assertThat(RequestTarget.parse(target).withSegments(1, 2, "ID").raw()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            nullValues = "-",
            value = {
                "/commit?container=a&repo=a -> /commit?container=ID&repo=a",
                "/v1.45/commit?repo=x&container=a -> /v1.45/commit?repo=x&container=ID",
                "/commit?container=a&container=b -> -",
                "/commit?container=a&Container=a -> -",
                "/commit?container=%61 -> -",
                "/commit?repo=x;container=a -> -",
                "/commit -> -",
            })
    void parameterIsReplacedIfEveryParserFindsOnlyIt(String target, String expected) throws BadTargetException {
        RequestTarget replaced = RequestTarget.parse(target).withParameter("container", "a", "ID");

        assertThat(replaced == null ? null : replaced.raw()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            nullValues = "-",
            value = {
                "/containers/json -> - -> 0",
                "/containers/json?all=1 -> - -> 0",
                "/containers/json?limit= -> '' -> 0",
                "/containers/json?limit=7&all=1 -> 7 -> 7",
                "/containers/json?limit=-1 -> -1 -> -1",
                "/containers/json?limit=%37 -> 7 -> 7",
                "/containers/json?limit=x -> x -> target-parameter",
                "/containers/json?limit=9999999999 -> 9999999999 -> target-parameter",
                "/containers/json?limit=7&limit=7 -> target-parameter -> target-parameter",
                "/containers/json?Limit=7 -> target-parameter -> target-parameter",
                "/containers/json?;limit=7 -> target-parameter -> target-parameter",
            })
    void onlyParameterIsOneForEveryParser(String raw, String text, String number) throws BadTargetException {
        RequestTarget target = RequestTarget.parse(raw);

        assertThat(valueOrFault(() -> target.onlyParameter("limit"))).isEqualTo(text);
        assertThat(valueOrFault(() -> String.valueOf(target.onlyNumber("limit"))))
                .isEqualTo(number);
    }

    private interface Reading {
        String read() throws BadTargetException;
    }

    private static String valueOrFault(Reading reading) {
        try {
            return reading.read();
        } catch (BadTargetException refused) {
            return refused.fault().code();
        }
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void messageIsTheSentenceOfTheFault(Fault fault) {
        assertThat(new BadTargetException(fault)).hasMessage(fault.sentence());
        assertThat(fault.sentence()).isNotEmpty();
    }
}
