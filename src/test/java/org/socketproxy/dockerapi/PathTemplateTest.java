package org.socketproxy.dockerapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathTemplateTest {
    private static final String TWO_NAMES = "/manifests/{name=path}/registry/{destination=path}";
    private static final String NAME_AND_VERB = "/images/{name=path}/push/now";

    @ParameterizedTest
    @CsvSource({
        TWO_NAMES + ", manifests/a/registry/b, true",
        TWO_NAMES + ", manifests/a/b/registry/c/d, true",
        TWO_NAMES + ", manifests/registry/registry/registry, true",
        TWO_NAMES + ", manifests/registry/registry/registry/registry, true",
        TWO_NAMES + ", manifests/registry/registry, false",
        TWO_NAMES + ", manifests/registry/b, false",
        TWO_NAMES + ", manifests/a/registry, false",
        TWO_NAMES + ", manifests/a/registry/, false",
        TWO_NAMES + ", manifests/a/registry/b/, false",
        NAME_AND_VERB + ", images/a/push/now, true",
        NAME_AND_VERB + ", images/push/push/now, true",
        NAME_AND_VERB + ", images/push/now/push/now, true",
        NAME_AND_VERB + ", images/push/now, false",
        NAME_AND_VERB + ", images/a/push/now/b, false",
        NAME_AND_VERB + ", images/a/push, false",
        NAME_AND_VERB + ", images, false",
        "/{name=path}/json, a/b/json, true",
        "/{name=path}/json, a/b, false",
        "/networks/, networks/, true",
        "/networks/, networks, false",
        "/networks/, networks/a, false",
    })
    void templateMatchesWholePath(String template, String path, boolean expected) {
        assertThat(PathTemplate.parse(template).matches(List.of(path.split("/", -1))))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "/containers/{id=container}/json, /v1.45/containers/a%3Ab/json, 1, 2, a%3Ab",
                "/networks/{id}, /networks/n, 1, 2, n",
                "/images/{name=path}/json, /images/a/json, 1, 2, a",
                "/images/{name=path}/json, /v1.45/images/a/b%2Fc/d/json, 1, 4, a/b%2Fc/d",
                "/images/{name=path}, /images/a/b, 1, 3, a/b",
                "/libpod/images/{name=path}/exists/now, /libpod/images/a/b/exists/now, 2, 4, a/b",
                "/containers/{id=container}/{alias=container}, /containers/a/b, 1, 2, a",
                "/containers/json, /containers/json, -, -, -"
            })
    void firstParameterIsFound(String template, String target, Integer from, Integer to, String text)
            throws BadTargetException {
        assertThat(PathTemplate.parse(template).match(RequestTarget.parse(target)))
                .isEqualTo(from == null ? null : new PathTemplate.Match(from, to, text));
    }

    @ParameterizedTest
    @CsvSource({
        "/a/json, /a/{id=container}",
        "/a/{id=container}, /a/{id}",
        "/a/{id}, /a/{name=path}",
        "/a/{id}/json, /a/{name=path}/json",
        "/a/{name=path}/json, /a/{name=path}",
        "/a/b/c, /a/b",
        "/a/json, /{name=path}/json/b",
        "/a/json, /b/json",
        "/a/{id}?link=1, /a/{id}?name=1",
    })
    void literalsThenLongerTemplatesTakePrecedence(String first, String second) {
        PathTemplate higher = PathTemplate.parse(first);
        PathTemplate lower = PathTemplate.parse(second);

        assertThat(higher).isLessThan(lower).isEqualByComparingTo(PathTemplate.parse(first));
        assertThat(lower).isGreaterThan(higher);
    }

    @ParameterizedTest
    @CsvSource({
        "/a/{id=container}/json, /a/{id}/json",
        "/a/{name=path}, /a/{name}",
        "/a/{id=container}/{alias}?link=1, /a/{id}/{alias}?link=1",
    })
    void templateIsShownAsInTheDocumentationOfTheApi(String template, String shown) {
        assertThat(PathTemplate.parse(template)).hasToString(shown);
    }

    @ParameterizedTest
    @CsvSource({
        "/a/{id}, /a/x, true",
        "/a/{id}, /a/x?link=1, true",
        "/a/{id}?link=1, /a/x?link=1, true",
        "/a/{id}?link=1, /a/x?v=1&link=1, true",
        "/a/{id}?link=1, /a/x, false",
        "/a/{id}?link=1, /a/x?link=2, false",
        "/a/{id}?link=1, /a/x?link=true, true",
        "/a/{id}?link=1, /a/x?link=1&link=2, false",
    })
    void queryHasTheParameterOfTheTemplate(String template, String target, boolean expected) throws BadTargetException {
        assertThat(PathTemplate.parse(template).isQueryRight(RequestTarget.parse(target)))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "containers/json, A path template begins with a slash: containers/json",
        "/a/{id}x, A parameter fills its whole segment: /a/{id}x",
        "/a?link=2, The parameter of a path template has the value 1: /a?link=2",
        "/a/{id=number}, Unknown parameter type number in /a/{id=number}",
    })
    void malformedTemplateIsRefused(String template, String message) {
        assertThatThrownBy(() -> PathTemplate.parse(template)).hasMessage(message);
    }

    /** Each list of segments is the worst case for a backtracking matcher. */
    @ParameterizedTest
    @ValueSource(ints = {64, 640, 64_000})
    void matchingTimeIsLinear(int size) {
        for (String template : List.of(TWO_NAMES, NAME_AND_VERB, "/a/{x=path}/b/{y=path}/b/{z=path}/b/c")) {
            for (String segment : List.of("registry", "push", "b", "x")) {
                Counted segments = new Counted(template.split("/")[1], segment, size);
                PathTemplate.parse(template).matches(segments);
                assertThat(segments.looks).as("%s of %s", template, segment).isLessThanOrEqualTo(4L * size);
            }
        }
    }

    @Test
    void segmentsAfterLastNameAreComparedOncePerNameEnd() {
        String[] nearly = new String[64_000];
        Arrays.setAll(nearly, i -> i % 2 == 0 ? "push" : "x");
        nearly[0] = "images";
        Counted segments = new Counted(nearly);

        assertThat(PathTemplate.parse(NAME_AND_VERB).matches(segments)).isFalse();
        assertThat(segments.looks).isLessThanOrEqualTo(4L * nearly.length);
    }

    /** List of segments that counts its reads. */
    private static final class Counted extends AbstractList<String> {
        private final String[] segments;
        private long looks;

        Counted(String... segments) {
            this.segments = segments;
        }

        Counted(String first, String segment, int size) {
            this(new String[size]);
            Arrays.fill(segments, segment);
            segments[0] = first;
        }

        @Override
        public String get(int index) {
            looks++;
            return segments[index];
        }

        @Override
        public int size() {
            return segments.length;
        }
    }
}
