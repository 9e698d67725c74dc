package org.socketproxy.policy.create;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.table.Table;

/**
 * Field of a body that needs the variable of another operation, because it names an object or has the effect of that operation.
 *
 * @param path names of the members from the root of the body to the field
 * @param name member of each element that names the object, {@code *} for the values of a map, {@code -} if the field names none
 * @param variable allows every value
 * @param permission allows the named objects, or null
 * @param danger of a field without a permission, as a sentence
 */
record GuardedField(
        String operation,
        List<String> path,
        String name,
        String variable,
        @Nullable CreatePermission permission,
        String danger) {
    private static final String NONE = "-";
    private static final String VALUES = "*";

    private static final Map<String, List<GuardedField>> BY_OPERATION = new Table<>(
                    "guarded-fields.tsv", "operation field name variable permission danger", GuardedField::row)
            .load(GuardedField.class).stream().collect(Collectors.groupingBy(GuardedField::operation));

    private static GuardedField row(String[] cells) {
        CreatePermission permission = cells[4].equals(NONE)
                ? null
                : CreatePermission.of(cells[4]).orElseThrow(() -> new IllegalArgumentException(cells[4]));
        return new GuardedField(cells[0], List.of(cells[1].split("\\.")), cells[2], cells[3], permission, cells[5]);
    }

    static List<GuardedField> all() {
        return BY_OPERATION.values().stream().flatMap(List::stream).toList();
    }

    /** Returns the ids of the operations with a field that needs a variable. */
    static List<String> operations(String variable) {
        return all().stream()
                .filter(field -> field.variable.equals(variable))
                .map(GuardedField::operation)
                .distinct()
                .toList();
    }

    /**
     * Reports the fields of a body that need a variable, also in another spelling that the daemon reads as the field.
     *
     * @param row fields of the body
     */
    static void report(BodyValue body, String operation, String variable, Field row) {
        Set<String> guarded = BY_OPERATION.getOrDefault(operation, List.of()).stream()
                .filter(field -> field.variable.equals(variable))
                .map(field -> field.path.get(0))
                .collect(Collectors.toSet());
        for (BodyValue member : body.members()) {
            String name = Objects.requireNonNull(member.name());
            String spelling = row.spelling(name);
            if (guarded.contains(spelling == null ? name : spelling) && !member.isZero()) {
                member.report(Kind.FIELD, member.dotted() + " is set");
            }
        }
    }

    /** Reports the guarded fields of a body that need a variable that is off. */
    static void check(BodyValue body, String operation) {
        for (GuardedField field : BY_OPERATION.getOrDefault(operation, List.of())) {
            if (!body.rules().facts().variables().contains(field.variable)) {
                field.check(body);
            }
        }
    }

    private void check(BodyValue body) {
        BodyValue value = body;
        for (String member : path) {
            value = value.json() instanceof JsonObject ? value.member(member) : value.member(member, value.json());
        }
        if (value.isZero()) {
            return;
        }
        if (permission == null) {
            value.report(Kind.FIELD, value.dotted() + " is set without " + variable, new Remedy(variable, "1", danger));
            return;
        }
        value.elements().forEach(each -> checkName(permission, each, each.text(name)));
        if (name.equals(VALUES)) {
            value.members().forEach(each -> checkName(permission, each, each.text()));
        }
    }

    private void checkName(CreatePermission needed, BodyValue value, String object) {
        if (!value.rules().permissions().has(needed, object)) {
            value.deny("names an object that needs " + variable, needed, object.isEmpty() ? null : object);
        }
    }
}
