package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
    @ParameterizedTest
    @CsvSource({
        "web,     web,     true",
        "web,     web1,    false",
        "web,     xweb,    false",
        "'',      '',      true",
        "'',      a,       false",
        "*,       '',      true",
        "*,       abc,     true",
        "*,       a/b,     false",
        "**,      '',      true",
        "**,      a/b/,    true",
        "***,     a/b,     true",
        "a*,      a,       true",
        "a*,      ab/,     false",
        "a/*/c,   a/b/c,   true",
        "a/*/c,   a//c,    true",
        "a/*/c,   a/b/b/c, false",
        "a/**/c,  a/b/b/c, true",
        "a/**/c,  a/c,     false",
        "*a*b*,   xxaxxb,  true",
        "*a*b*,   xxbxxa,  false",
        "*aab,    aaab,    true",
        "a.c,     abc,     false",
        "[ab],    a,       false",
    })
    void starIsAnyPartWithoutSlash(String pattern, String name, boolean matches) {
        assertThat(new Glob(pattern).matches(name)).isEqualTo(matches);
    }

    @Test
    void matchesLikeARegularExpression() {
        Random random = new Random(1);
        for (int i = 0; i < 50_000; i++) {
            String pattern = word(random, "ab/**");
            String regex = pattern.replace("**", "#").replace("*", "[^/]*").replace("#", ".*");
            String name = word(random, "ab/");
            assertThat(new Glob(pattern).matches(name))
                    .as(pattern + " " + name)
                    .isEqualTo(Pattern.matches(regex, name));
        }
    }

    private static String word(Random random, String letters) {
        StringBuilder word = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            word.append(letters.charAt(random.nextInt(letters.length())));
        }
        return word.toString();
    }

    /** With backtracking this would take hours. */
    @Test
    void longNameIsMatchedInProportionToItsLength() {
        String name = "web".repeat(300_000);

        assertThat(new Glob("*web*web*").matches(name + "/")).isFalse();
        assertThat(new Glob("*web*web*").matches(name)).isTrue();
    }
}
