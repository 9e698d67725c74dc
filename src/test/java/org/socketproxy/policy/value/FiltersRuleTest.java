package org.socketproxy.policy.value;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Tests the sizes of filters; parameter-rules.txt has their forms. */
class FiltersRuleTest {
    private static final ValueRule FILTERS = ValueRule.of("filters");

    @Test
    void filtersHaveAtMostSixteenKibibytes() {
        int around = "{'label':['']}".length();

        assertThat(FILTERS.problem(filter("label", "a".repeat(16 * 1024 - around))))
                .isNull();
        assertThat(FILTERS.problem(filter("label", "a".repeat(16 * 1024 - around + 1))))
                .isEqualTo("is longer than 16384 bytes");
        assertThat(FILTERS.problem(filter("label", "é".repeat(8 * 1024)))).isEqualTo("is longer than 16384 bytes");
    }

    @Test
    void aRegularExpressionHasAtMost256Bytes() {
        assertThat(FILTERS.problem(filter("name", "a".repeat(256)))).isNull();
        assertThat(FILTERS.problem(filter("name", "a".repeat(257))))
                .isEqualTo("has a filter name with a value that is longer than 256 bytes");
        assertThat(FILTERS.problem(filter("name", "é".repeat(129))))
                .isEqualTo("has a filter name with a value that is longer than 256 bytes");
    }

    private static String filter(String name, String value) {
        return "{\"" + name + "\":[\"" + value + "\"]}";
    }
}
