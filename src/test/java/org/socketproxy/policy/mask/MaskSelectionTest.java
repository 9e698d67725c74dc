package org.socketproxy.policy.mask;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.ElementException;

/** Environment variables that are masked by their names. */
class MaskSelectionTest {
    private static final String LONG = "K".repeat(257);

    private static Set<String> patterns(String names) {
        return Stream.of(names.split("\\|")).filter(name -> !name.isEmpty()).collect(Collectors.toSet());
    }

    private static MaskSelection selection(String masked, String kept) {
        return new MaskSelection(EnumSet.of(MaskGroup.ENV), patterns(masked), patterns(kept));
    }

    private static String mask(MaskSelection selection, String operation, String json) throws ElementException {
        return MaskRulesTest.mask(MaskRules.of(selection, OperationCatalogue.load()), operation, json, 1 << 20);
    }

    private static String environment(String... variables) {
        return "{\"Config\":{\"Env\":"
                + Arrays.stream(variables).map(each -> '"' + each + '"').collect(Collectors.joining(",", "[", "]"))
                + "}}";
    }

    /** Columns: names of MASK, names of MASK_KEEP, variable, the variable after masking with the marker written as #. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ',',
            value = {
                "*KEY*|*PASS*, '',      API_KEY=s,        API_KEY=#",
                "*KEY*|*PASS*, '',      TZ=UTC,           TZ=UTC",
                "*key*,        '',      API_KEY=s,        API_KEY=#",
                "*KEY*,        '',      api_Key=s,        api_Key=#",
                "*KEY*,        '',      KEY=s,            KEY=#",
                "KEY,          '',      KEYS=s,           KEYS=s",
                "KEY,          '',      KEY=,             KEY=",
                "KEY*,         '',      A_KEY=s,          A_KEY=s",
                "*,            '',      TZ=s,             TZ=#",
                "**,           '',      TZ=s,             TZ=#",
                "A.B,          '',      AXB=s,            AXB=s",
                "*A*B,         '',      xAxBxB=s,         xAxBxB=#",
                "'',           TZ|PATH, TZ=UTC,           TZ=UTC",
                "'',           TZ|PATH, PATH=/bin,        PATH=/bin",
                "'',           TZ|PATH, path=/bin,        path=#",
                "'',           TZ|PATH, TZ2=s,            TZ2=#",
                "'',           TZ|PATH, ' TZ=s',          ' TZ=#'",
                "'',           TZ|PATH, 'TZ =s',          'TZ =#'",
                "'',           LC_*,    LC_ALL=C,         LC_ALL=C",
                "'',           LC_*,    lc_all=s,         lc_all=#",
                "'',           LC_*,    LC_=s,            LC_=s",
                "'',           LC_*,    LC_A/B=s,         LC_A/B=#",
                "'',           LC_*,    LC_é=s,           LC_é=#",
                "*KEY*,        KEY_ID,  KEY_ID=1,         KEY_ID=1",
                "*KEY*,        KEY_ID,  key_id=s,         key_id=#",
                // The first equals sign ends the name.
                "*KEY*,        '',      TZ=KEY=s,         TZ=KEY=s",
                "'',           TZ,      TZ=KEY=s,         TZ=KEY=s",
                "'',           TZ,      KEY=TZ=s,         KEY=#",
                // No name.
                "*KEY*,        '',      =s,               =#",
                "*KEY*,        '',      =KEY=s,           =#",
                "*KEY*,        '',      '=',              '='",
                "*KEY*,        '',      TZ,               TZ",
                "*KEY*,        '',      s s,              #",
                // Kelvin sign, long s, full width, line break, NUL, right-to-left mark: no plain name.
                "*KEY*,        '',      API_\\u212aEY=s,  API_\\u212aEY=#",
                "*PASS*,       '',      PA\\u017f\\u017f=s, PA\\u017f\\u017f=#",
                "*KEY*,        '',      \\uff2b\\uff25\\uff39=s, \\uff2b\\uff25\\uff39=#",
                "*KEY*,        '',      TZ\\nKE\\u005c=s, TZ\\nKE\\u005c=#",
                "'',           TZ,      TZ\\u0000=s,      TZ\\u0000=#",
                "'',           TZ,      \\u200fTZ=s,      \\u200fTZ=#",
                // JSON escapes of a plain name.
                "*KEY*,        '',      K\\u0045Y=s,      KEY=#",
                "'',           TZ,      T\\u005a\\u003dUTC, T\\u005a\\u003dUTC",
            })
    void nameDecides(String masked, String kept, String variable, String expected) throws ElementException {
        String result = mask(selection(masked, kept), "ContainerInspect", environment(variable));

        assertThat(readable(result)).isEqualTo(readable(environment(expected.replace("#", Marker.TEXT))));
    }

    /** The mask writes a replaced string with other escapes. */
    private static String readable(String json) {
        return json.replace("\\u212a", "\u212a")
                .replace("\\u017f", "\u017f")
                .replace("\\uff2b\\uff25\\uff39", "\uff2b\uff25\uff39")
                .replace("\\u200f", "\u200f")
                .replace("\\u005c", "\\\\");
    }

    @Test
    void eachVariableOfAListIsJudgedByItself() throws ElementException {
        MaskSelection selection = selection("*KEY*", "");

        assertThat(mask(
                        selection,
                        "ContainerInspect",
                        environment("KEY=s", "TZ=UTC", "KEY=s", "TZ=x", LONG + "=s", "")))
                .isEqualTo(environment("KEY=#", "TZ=UTC", "KEY=#", "TZ=x", LONG + "=#", "")
                        .replace("#", Marker.TEXT));
        assertThat(mask(selection("A", ""), "ContainerInspect", environment(LONG + "=s", "K".repeat(256) + "=s")))
                .isEqualTo(environment(LONG + "=#", "K".repeat(256) + "=s").replace("#", Marker.TEXT));
    }

    /** Responses with environments; another shape than a list of variables is masked as a whole. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ImageInspect | {\"ContainerConfig\":{\"Env\":[\"KEY=s\",\"TZ=u\"]}} | {\"ContainerConfig\":{\"Env\":[\"KEY=#\",\"TZ=u\"]}}",
                "TaskInspect | {\"Spec\":{\"ContainerSpec\":{\"Env\":[\"KEY=s\",\"TZ=u\"]}}} | {\"Spec\":{\"ContainerSpec\":{\"Env\":[\"KEY=#\",\"TZ=u\"]}}}",
                "PluginInspect | {\"Settings\":{\"Env\":[\"KEY=s\",\"TZ=u\"]}} | {\"Settings\":{\"Env\":[\"KEY=#\",\"TZ=u\"]}}",
                "PluginInspect | {\"Config\":{\"Env\":[{\"Name\":\"TZ\",\"Value\":\"u\"}]}} | {\"Config\":{\"Env\":[{\"Name\":\"TZ\",\"Value\":\"#\"}]}}",
                "ContainerInspectLibpod | {\"Config\":{\"Env\":[\"KEY=s\",\"TZ=u\"]}} | {\"Config\":{\"Env\":[\"KEY=#\",\"TZ=u\"]}}",
                "GenerateSystemdLibpod | {\"a\":\"Environment=TZ=u\"} | {\"a\":\"#\"}",
                "ContainerInspect | {\"Config\":{\"Env\":{\"TZ\":\"u\"}}} | {\"Config\":{\"Env\":{\"TZ\":\"#\"}}}",
                "ContainerInspect | {\"Config\":{\"Env\":\"TZ=u\"}} | {\"Config\":{\"Env\":\"#\"}}",
                "ContainerInspect | {\"Config\":{\"Env\":[[\"KEY=s\"],7,null]}} | {\"Config\":{\"Env\":[[\"KEY=#\"],0,null]}}",
                "ContainerInspect | {\"Config\":{\"Env\":[],\"Labels\":{\"KEY\":\"s\"}}} | {\"Config\":{\"Env\":[],\"Labels\":{\"KEY\":\"s\"}}}",
            })
    void responsesWithEnvironments(String operation, String json, String masked) throws ElementException {
        assertThat(mask(selection("*KEY*", ""), operation, json)).isEqualTo(masked.replace("#", Marker.TEXT));
    }

    /** An independent matcher, on names and patterns of few characters, decides the same. */
    @Test
    void regularExpressionsDecideTheSame() {
        Random random = new Random(36);
        for (int round = 0; round < 5_000; round++) {
            MaskSelection selection = random(random);
            String name = text(random, "aAbB_", 6);
            boolean isMasked =
                    selection.masked().isEmpty() || isAny(selection.masked(), name, Pattern.CASE_INSENSITIVE);
            boolean isPassed = !name.isEmpty() && (!isMasked || isAny(selection.kept(), name, 0));

            assertThat(selection.passes(name + "=b*A"))
                    .as("%s of %s", name, selection)
                    .isEqualTo(isPassed);
        }
    }

    @Test
    void wideSelectionMasksAllThatANarrowOneMasks() {
        Random random = new Random(36);
        int covering = 0;
        for (int round = 0; round < 5_000; round++) {
            MaskSelection one = random(random);
            MaskSelection other = random(random);
            boolean isCovering = one.covers(other);
            covering += isCovering ? 1 : 0;
            for (String name : List.of(text(random, "aAbB_", 6) + "=", "a=", "A=", "b_=", "=", "a")) {
                assertThat(isCovering && one.passes(name) && !other.passes(name))
                        .as("%s %s %s", name, one, other)
                        .isFalse();
            }
        }
        assertThat(covering).isGreaterThan(100);
    }

    private static MaskSelection random(Random random) {
        List<Set<String>> sets = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Set<String> patterns = new HashSet<>();
            for (int count = random.nextInt(3); count > 0; count--) {
                patterns.add("a".repeat(random.nextInt(2)) + text(random, "aAb_**", 3) + "b");
            }
            sets.add(patterns);
        }
        return new MaskSelection(EnumSet.of(MaskGroup.ENV), sets.get(0), sets.get(1));
    }

    private static String text(Random random, String characters, int most) {
        return random.ints(random.nextInt(most + 1), 0, characters.length())
                .mapToObj(at -> characters.substring(at, at + 1))
                .collect(Collectors.joining());
    }

    private static boolean isAny(Set<String> patterns, String name, int flags) {
        return patterns.stream()
                .anyMatch(pattern -> Pattern.compile(pattern.replace(".", "\\.").replace("*", ".*"), flags)
                        .matcher(name)
                        .matches());
    }

    /** A name of the greatest length takes as long as its length times that of the pattern. */
    @Test
    void hostileNamesTakeNoExponentialTime() {
        String pattern = "*a".repeat(31) + "*b";
        MaskSelection selection = selection(pattern.toUpperCase(Locale.ROOT), pattern);
        String variable = "a".repeat(256) + "=s";

        for (int i = 0; i < 100; i++) {
            assertThat(selection.passes(variable)).isTrue();
        }
    }
}
