package org.socketproxy.policy.create;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.table.Table;

/**
 * Field of a body that names an object, or does something, for which another operation has a variable of its own.
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

    /** Returns all rows. */
    static List<GuardedField> all() {
        return BY_OPERATION.values().stream().flatMap(List::stream).toList();
    }

    /** Reports the guarded fields of a body whose variable is off. */
    static void check(BodyValidation judgement, String operation, JsonObject body) {
        for (GuardedField field : BY_OPERATION.getOrDefault(operation, List.of())) {
            if (!judgement.rules().variables().contains(field.variable)) {
                field.check(judgement, body);
            }
        }
    }

    private void check(BodyValidation judgement, JsonObject body) {
        JsonValue value = body;
        FieldPath place = FieldPath.ROOT;
        for (String member : path) {
            value = value instanceof JsonObject object
                    ? object.members().getOrDefault(member, JsonLiteral.NULL)
                    : value;
            place = place.member(member);
        }
        if (value.isZero()) {
            return;
        }
        if (permission == null) {
            judgement.report(
                    Kind.FIELD,
                    place,
                    place.dotted() + " is set without " + variable,
                    new Remedy(variable, "1", danger));
        } else if (value instanceof JsonArray array) {
            for (int i = 0; i < array.elements().size(); i++) {
                checkName(judgement, BodyValidation.string(array.elements().get(i), name), place.element(i));
            }
        } else if (value instanceof JsonObject map && name.equals(VALUES)) {
            for (Map.Entry<String, JsonValue> each : map.members().entrySet()) {
                String object = each.getValue() instanceof JsonString string ? string.text() : "";
                checkName(judgement, object, place.member(each.getKey()));
            }
        }
    }

    private void checkName(BodyValidation judgement, String object, FieldPath place) {
        if (permission != null && !judgement.permissions().has(permission, object)) {
            judgement.deny(
                    place, "names an object that needs " + variable, permission, object.isEmpty() ? null : object);
        }
    }
}
