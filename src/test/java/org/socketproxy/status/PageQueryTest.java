package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.usage.Span;

/** The parameters of the page's address. */
class PageQueryTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "null",
            value = {
                "null                                    | ''  | ''",
                "''                                      | ''  | ''",
                "profile=ci                              | ci  | ''",
                "without=ImageList&profile=ci            | ci  | ImageList",
                "without=ImageList&without=10.0.0.1      | ''  | ImageList,10.0.0.1",
                "without=unix%3Aalice%3Ax&without=a%2FCN%3Db+c | '' | unix:alice:x,a/CN=b c",
                "other=1&profile                         | ''  | ''",
                "profile=%&without=%zz                   | ''  | ''",
                "&&=&=x                                  | ''  | ''",
            })
    void knownParametersAreReadAndOthersIgnored(String query, String profile, String without) {
        PageQuery read = PageQuery.parse(query);

        assertThat(read.profile()).isEqualTo(profile);
        assertThat(String.join(",", read.without().stream().sorted().toList()))
                .isEqualTo(Set.of(without.split(",")).stream().sorted().collect(Collectors.joining(",")));
    }

    @ParameterizedTest
    @CsvSource({
        "text=&show=all, '', ALL, false",
        "text=a%20b+c, a b c, ALL, true",
        "show=denied, '', DENIED, true",
        "show=DENIED, '', ALL, false",
        "show=allowed&text=x, x, ALLOWED, true",
    })
    void filterIsRead(String query, String text, PageQuery.Shown shown, boolean isFiltered) {
        PageQuery read = PageQuery.parse(query);

        assertThat(read.text()).isEqualTo(text);
        assertThat(read.shown()).isEqualTo(shown);
        assertThat(read.isFiltered()).isEqualTo(isFiltered);
    }

    @ParameterizedTest
    @CsvSource({
        "'', 10.0.0.1, ALL, /?text=10.0.0.1#activity",
        "'', '', DENIED, /?show=denied#activity",
        "span=day, '', DENIED, /?show=denied&span=day#activity",
        "profile=ci&show=all&without=x, unix:a b:c&d, FAILED, /?profile=ci&text=unix%3Aa+b%3Ac%26d&show=failed#activity",
    })
    void linkSelectsRecentRequestsOfTheSameProfile(String query, String text, PageQuery.Shown shown, String link) {
        PageQuery read = PageQuery.parse(query);

        assertThat(read.recent(text, shown)).isEqualTo(link);
        assertThat(PageQuery.parse(link.replaceAll("^/\\?|#.*", "")))
                .isEqualTo(new PageQuery(read.profile(), Set.of(), text, shown, read.span()));
    }

    @ParameterizedTest
    @CsvSource({
        "'', HOUR, /?span=day, /?profile=b",
        "span=day, DAY, /, /?profile=b&span=day",
        "span=week, HOUR, /?span=day, /?profile=b",
        "show=denied&span=day&without=y&profile=a&text=t&without=x, DAY,"
                + " /?profile=a&without=x&without=y&text=t&show=denied, /?profile=b&span=day",
    })
    void linksKeepTheRestOfThePage(String query, Span span, String otherSpan, String otherProfile) {
        PageQuery read = PageQuery.parse(query);

        assertThat(read.span()).isEqualTo(span);
        assertThat(read.toSpan(span == Span.HOUR ? Span.DAY : Span.HOUR)).isEqualTo(otherSpan);
        assertThat(read.toProfile("b")).isEqualTo(otherProfile);
    }

    @Test
    void numberOfParametersIsBounded() {
        String query = IntStream.range(0, 5000).mapToObj(i -> "without=" + i).collect(Collectors.joining("&"));

        assertThat(PageQuery.parse(query).without()).hasSize(400);
    }
}
