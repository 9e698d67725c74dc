package org.socketproxy.dockerapi;

import static org.assertj.core.api.Assertions.assertThat;

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
        "/networks/, networks/, true",
        "/networks/, networks, false",
        "/networks/, networks/a, false",
    })
    void templateMatchesWholePath(String template, String path, boolean expected) {
        assertThat(PathTemplate.parse(template).matches(List.of(path.split("/", -1))))
                .isEqualTo(expected);
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
