package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.project.PrintedTable.code;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.KnownParameters;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.ParameterRules.ParameterRule;
import org.socketproxy.policy.Reason;

/** {@code docs/parameter-rules.md} matches the table of rules, and {@code docs/audit.md} lists every reason. */
class ParameterRulesPageTest {
    @Test
    void tableOfRulesMatchesTheCode() throws IOException {
        String table = PrintedTable.of(
                List.of("operation", "part", "name", "condition", "reason", "daemon", "message of the denial"),
                ParameterRules.load().rules().stream().map(ParameterRulesPageTest::row));

        PrintedTable.assertInStep(Path.of("docs/parameter-rules.md"), "rules", table, ParameterRulesPageTest.class);
    }

    @Test
    void tableOfKnownParametersMatchesTheCode() throws IOException {
        String table = PrintedTable.of(
                List.of("operations", "parameters", "value", "note"),
                KnownParameters.load().rows().stream().map(ParameterRulesPageTest::row));

        PrintedTable.assertInStep(Path.of("docs/parameter-rules.md"), "known", table, ParameterRulesPageTest.class);
    }

    @Test
    void auditPageListsEveryReason() throws IOException {
        String page = Files.readString(Path.of("docs/audit.md"));

        for (Reason reason : Reason.values()) {
            assertThat(page).contains(code(reason.code()));
        }
    }

    private static List<String> row(KnownParameters.Row row) {
        return List.of(
                codes(row.operations()),
                codes(row.parameters()),
                absent(row.rule(), code(row.rule())),
                absent(row.note(), row.note()));
    }

    private static String codes(List<String> names) {
        return names.stream()
                .map(name -> name.equals("-") ? "none" : code(name))
                .collect(Collectors.joining(", "));
    }

    private static String absent(String cell, String shown) {
        return cell.equals("-") ? "" : shown;
    }

    private static List<String> row(ParameterRule rule) {
        return List.of(
                code(rule.operation()),
                rule.part().name().toLowerCase(Locale.ROOT),
                rule.name().equals("-") ? "" : code(rule.name()),
                code(rule.requirement()),
                code(rule.reason().code()),
                rule.daemon(),
                rule.message());
    }
}
