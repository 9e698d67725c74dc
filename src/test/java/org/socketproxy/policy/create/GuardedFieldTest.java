package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;

/** The rows of {@code guarded-fields.tsv} name fields and variables that exist; {@code create-corpus.txt} has their requests. */
class GuardedFieldTest {
    private static final Variables VARIABLES = Variables.load();
    private static final FieldTable TABLE = FieldTable.load();

    static Iterable<GuardedField> rows() {
        return GuardedField.all();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void variableAndFieldExist(GuardedField row) {
        assertThat(VARIABLES.all()).extracting(Variable::name).contains(row.variable());
        Field field = Objects.requireNonNull(TABLE.body(row.operation()));
        for (String member : row.path()) {
            field = Objects.requireNonNull(field.member(member), member);
        }
        assertThat(row.danger().equals("-")).isEqualTo(row.permission() != null);
        assertThat(row.name().equals("-")).isEqualTo(row.permission() == null);
        Field named = row.name().equals("-") ? field : Objects.requireNonNull(field.each());
        assertThat(row.name().matches("[-*]") ? named : named.member(row.name()))
                .isNotNull();
    }
}
