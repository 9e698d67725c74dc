package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.project.PrintedTable.code;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Reason;

/** {@code docs/parameter-rules.md} explains the conditions of the rules, and {@code docs/audit.md} lists every reason. */
class ParameterRulesPageTest {
    @Test
    void pageExplainsEveryCondition() throws IOException {
        String page = Files.readString(Path.of("docs/parameter-rules.md"));

        assertThat(ParameterRules.load().rules().stream()
                        .map(rule -> rule.requirement().split(":", -1)[0])
                        .distinct())
                .hasSizeGreaterThan(10)
                .allSatisfy(condition -> assertThat(page).containsPattern("`" + condition + "[`:]"));
    }

    @Test
    void auditPageListsEveryReason() throws IOException {
        String page = Files.readString(Path.of("docs/audit.md"));

        for (Reason reason : Reason.values()) {
            assertThat(page).contains(code(reason.code()));
        }
    }
}
