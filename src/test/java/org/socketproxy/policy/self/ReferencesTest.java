package org.socketproxy.policy.self;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** References by which a daemon finds the container {@code guard} with the id {@code abc123}. */
class ReferencesTest {
    private static final String ID = "abc123";

    private static boolean isOf(String reference) {
        return References.isOf(ID, Set.of("guard"), reference);
    }

    /** Podman looks up an id with the operator LIKE, in which {@code _} matches a character and {@code %} any text. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "guard",
                "/guard",
                "//guard",
                "abc123",
                "/abc123",
                "a",
                "abc12",
                "ABC123",
                "aBc",
                "_",
                "a_c",
                "______",
                "%",
                "%3",
                "%9999999",
                "a%",
                "abc123%",
                "abc12%9",
                "abc123%99",
                "abc1234%",
                "a_c%zzzzzzzz"
            })
    void meansTheContainer(String reference) {
        assertThat(isOf(reference)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "/", "Guard", "guard2", "gua", "guard/", "b", "bc123", "abc124", "abd", "abc1234", "_______", "b%",
                "abd%", "abc124%"
            })
    void meansAnotherOne(String reference) {
        assertThat(isOf(reference)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"guard, guard", "/guard, guard", "//guard, guard", "a/b, a/b", "/a/, a/", "'', ''", "/, ''", "//, ''"})
    void slashesInFrontAreNoPartOfAName(String name, String plain) {
        assertThat(References.withoutSlash(name)).isEqualTo(plain);
    }
}
