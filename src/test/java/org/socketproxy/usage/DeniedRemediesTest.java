package org.socketproxy.usage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.create.Violation.Remedy;

class DeniedRemediesTest {
    @Test
    void maskedPathIsNotSuggested() {
        DeniedRemedies remedies = new DeniedRemedies();
        Violation shown =
                new Violation(Violation.Kind.FIELD, "", "binds /srv/x", new Remedy("BINDS", "/srv/x", "x"), "/srv/x");
        remedies.add(denial(shown.withoutPath()));
        assertThat(remedies.snapshot()).isEmpty();

        remedies.add(denial(shown));
        assertThat(remedies.snapshot()).hasSize(1);
    }

    private static Decision denial(Violation violation) {
        Decision allowed = new Decision(Reason.SECTION, null, true, List.of(), List.of());
        return Decision.exceeding(List.of(violation), allowed);
    }

    @Test
    void numberOfSettingsIsBounded() {
        DeniedRemedies remedies = new DeniedRemedies();
        for (int i = 0; i < 2 * DeniedRemedies.MOST; i++) {
            Remedy remedy = new Remedy("BINDS", "/srv/" + i, "x");
            Violation violation = new Violation(Violation.Kind.FIELD, "", "x", remedy);
            remedies.add(denial(violation));
        }

        assertThat(remedies.snapshot()).hasSize(DeniedRemedies.MOST);
    }
}
