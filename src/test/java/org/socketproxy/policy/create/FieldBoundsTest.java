package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.policy.create.FieldTable.Row;

/** Every row of {@code create-fields.tsv} bounds the size of its value. */
class FieldBoundsTest {
    private static final CreateRules EVERYTHING = new CreateRules(
            new CreateAllowances(Stream.of(CreatePermission.values())
                    .collect(Collectors.toMap(permission -> permission, permission -> Set.of()))),
            BindRules.NONE,
            ImageRules.ALL,
            Set.of(),
            1 << 30);

    /** Most bounds are lower than the first length; only strings that no bound denies get the second one. */
    private static final List<String> LONG = List.of("x".repeat(70_000), "x".repeat(1_500_000));

    static Stream<Row> bounded() {
        return FieldTableTest.bodies()
                .filter(row -> !row.rule().matches("alias:.*|ignored|removed"))
                .filter(row -> !Set.of("boolean", "object").contains(row.type()));
    }

    /** Every permission of {@code CREATE_ALLOW} is given, so that only the bound of the row can deny the value. */
    @ParameterizedTest
    @MethodSource("bounded")
    void everyRowBoundsItsValue(Row row) {
        for (String operation : row.operations()) {
            for (int i = 0; i < values(row, LONG.get(0)).size(); i++) {
                int index = i;
                assertThat(LONG.stream()
                                .map(text -> FieldTableTest.body(
                                        row.path(), values(row, text).get(index)))
                                .map(body -> FieldTableTest.judge(EVERYTHING, operation, body))
                                .anyMatch(violations -> !violations.isEmpty()))
                        .as(row + " " + index)
                        .isTrue();
            }
        }
    }

    private static List<String> values(Row row, String text) {
        return switch (row.type()) {
            case "string" -> List.of("\"" + text + "\"");
            case "integer", "number" -> List.of("9".repeat(400), "-" + "9".repeat(400), "0.1e1");
            case "map" -> List.of(map(20_000), "{\"" + text + "\":null}");
            case "array" -> List.of("[" + "null,".repeat(20_000) + "null]", "[\"" + text + "\"]");
            case "string|array" ->
                List.of("[" + "null,".repeat(20_000) + "null]", "[\"" + text + "\"]", "\"" + text + "\"");
            default -> List.of("{\"x\":\"" + text + "\"}");
        };
    }

    private static String map(int count) {
        return IntStream.range(0, count).mapToObj(i -> "\"" + i + "\":null").collect(Collectors.joining(",", "{", "}"));
    }

    /** Elements have a rule of the array, or a row of their own. */
    @Test
    void elementsOfEveryArrayAndMapHaveARule() {
        assertThat(bounded().filter(row -> row.type().matches("array|string.array|map")))
                .filteredOn(row -> row.permission() != null
                        || !FieldExamples.firstRule(row).equals("zero"))
                .allSatisfy(row -> assertThat(row.rules().stream().anyMatch(rule -> rule.matches("(each|json):.*"))
                                || FieldTableTest.bodies()
                                        .anyMatch(other -> other.operations().equals(row.operations())
                                                && other.path().startsWith(row.path())
                                                && other.path()
                                                        .substring(row.path().length())
                                                        .matches("(\\[]|\\.\\*).*")))
                        .as(row.toString())
                        .isTrue());
    }
}
