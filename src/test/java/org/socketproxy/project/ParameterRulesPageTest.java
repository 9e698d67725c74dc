package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.project.PrintedTable.code;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.ParameterRules.ParameterRule;
import org.socketproxy.policy.Reason;

/** {@code docs/parameter-rules.md} matches the table of rules, and {@code docs/audit.md} lists every reason. */
class ParameterRulesPageTest {
    /** Cells that several rules have in common. */
    private record Group(String parameter, String requirement, String message) {}

    @Test
    void tableOfRulesMatchesTheCode() throws IOException {
        Map<Group, List<String>> operations = ParameterRules.load().rules().stream()
                .collect(Collectors.groupingBy(
                        ParameterRulesPageTest::group,
                        LinkedHashMap::new,
                        Collectors.mapping(rule -> code(rule.operation()), Collectors.toList())));
        String table = PrintedTable.of(
                List.of("operations", "parameter", "condition", "message of the denial"),
                operations.entrySet().stream()
                        .map(entry -> List.of(
                                String.join(", ", entry.getValue()),
                                entry.getKey().parameter(),
                                entry.getKey().requirement(),
                                entry.getKey().message())));

        PrintedTable.assertInStep(Path.of("docs/parameter-rules.md"), "rules", table, ParameterRulesPageTest.class);
    }

    private static Group group(ParameterRule rule) {
        String part = rule.part().name().toLowerCase(Locale.ROOT);
        String parameter = rule.name().equals("-") ? part : code(rule.name());
        return new Group(
                parameter.equals(part) || part.equals("query") ? parameter : part + " " + parameter,
                code(rule.requirement()),
                rule.message());
    }

    @Test
    void auditPageListsEveryReason() throws IOException {
        String page = Files.readString(Path.of("docs/audit.md"));

        for (Reason reason : Reason.values()) {
            assertThat(page).contains(code(reason.code()));
        }
    }
}
