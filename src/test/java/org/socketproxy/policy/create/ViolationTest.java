package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.policy.mask.Marker;

/** Violations in the words for a client, also for one that may not see paths of the host. */
class ViolationTest {
    private static final Remedy REMEDY = new Remedy("BINDS", "/srv:ro", "the container reads it");

    @Test
    void pathOfTheHostIsMasked() {
        assertThat(new Violation(Kind.FIELD, "/a", "a binds /srv for writing", REMEDY, "/srv").withoutPath())
                .isEqualTo(new Violation(
                        Kind.FIELD,
                        "/a",
                        "a binds " + Marker.TEXT + " for writing",
                        new Remedy("BINDS", Marker.TEXT + ":ro", "the container reads it")));
        assertThat(new Violation(Kind.FIELD, "/a", "a binds /srv", null, "/srv").withoutPath())
                .isEqualTo(new Violation(Kind.FIELD, "/a", "a binds " + Marker.TEXT, null));
    }

    @Test
    void violationWithoutAPathStays() {
        Violation violation = new Violation(Kind.FIELD, "/a", "a is true", REMEDY);

        assertThat(violation.withoutPath()).isSameAs(violation);
    }

    @Test
    void sentenceNamesTheRuleAndTheRemedy() {
        assertThat(new Violation(Kind.FIELD, "/a", "a is true", null).sentence())
                .isEqualTo("a is true, which CREATE=safe does not allow");
        assertThat(new Violation(Kind.FIELD, "/a", "a binds /srv", REMEDY).sentence())
                .isEqualTo(
                        "a binds /srv, which CREATE=safe does not allow (BINDS=/srv:ro would; the container reads it)");
        assertThat(new Violation(Kind.REQUIRED, "/a", "a is missing", null).sentence())
                .isEqualTo("a is missing");
        assertThat(Violation.about("the container's ", List.of(new Violation(Kind.FIELD, "/a", "a is true", null))))
                .extracting(Violation::subject)
                .containsExactly("the container's a is true");
    }
}
