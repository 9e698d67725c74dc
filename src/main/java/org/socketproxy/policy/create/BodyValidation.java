package org.socketproxy.policy.create;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * Judges one body: walks through its values and the table of fields together, and collects the violations.
 *
 * <p>Security: a name that the table lacks is denied at every level unless its value is zero; a name that differs from the
 * API's only in case is denied with any value, because the daemon reads it as the field.
 *
 * <p>Threading: one thread.
 */
final class BodyValidation {
    /** More violations than this are not collected. */
    static final int MOST = 20;

    private static final Pattern ARGUMENT = Pattern.compile("[a-zA-Z0-9._/-]{1,128}");

    private final CreateRules rules;
    private final List<Violation> violations = new ArrayList<>(0);
    private final List<DefaultClaim> claims = new ArrayList<>(0);
    private final BodySums sums = new BodySums();

    BodyValidation(CreateRules rules) {
        this.rules = rules;
    }

    CreateRules rules() {
        return rules;
    }

    CreateAllowances permissions() {
        return rules.permissions();
    }

    BodySums sums() {
        return sums;
    }

    List<Violation> violations() {
        return violations;
    }

    /** Returns the values that are allowed only if they are the daemon's defaults. */
    List<DefaultClaim> claims() {
        return claims;
    }

    /** Leaves a value undecided, which is allowed if the daemon sets it by itself. */
    void claim(
            DefaultClaim.Kind kind,
            List<String> values,
            FieldPath path,
            String problem,
            CreatePermission permission,
            @Nullable String argument) {
        Violation violation =
                new Violation(Kind.FIELD, path.pointer(), path.dotted() + " " + problem, remedy(permission, argument));
        claim(new DefaultClaim(kind, values, violation));
    }

    void claim(DefaultClaim claim) {
        claims.add(claim);
    }

    /** Judges a value and everything below it. {@code null} passes everywhere: the daemon reads it as absent. */
    void judge(Field field, JsonValue value, FieldPath path) {
        if (field.rule() == FieldRule.IGNORED || value == JsonLiteral.NULL || violations.size() >= MOST) {
            return;
        }
        if (!field.type().matches(value)) {
            if (!value.isZero()) {
                report(Kind.UNKNOWN, path, path.dotted() + " is " + value.kind() + " instead of " + field.type(), null);
            }
            return;
        }
        int before = violations.size();
        field.rule().check(this, value, path);
        if (violations.size() == before && field.type() != FieldType.ANY) {
            judgeContent(field, value, path);
        }
    }

    private void judgeContent(Field field, JsonValue value, FieldPath path) {
        Field each = field.each();
        if (value instanceof JsonArray array && each != null) {
            for (int i = 0; i < array.elements().size(); i++) {
                judge(each, array.elements().get(i), path.element(i));
            }
        } else if (value instanceof JsonObject object && field.type() == FieldType.MAP) {
            object.members().forEach((name, member) -> judgeEntry(field, name, member, path.member(name)));
        } else if (value instanceof JsonObject object && field.type() == FieldType.OBJECT) {
            object.members().forEach((name, member) -> judgeMember(field, object, name, member, path.member(name)));
        }
    }

    /** A key of a map can have a row of its own. */
    private void judgeEntry(Field map, String name, JsonValue value, FieldPath path) {
        Field own = map.member(name);
        Field entry = own == null ? map.each() : own;
        if (entry != null) {
            judge(entry, value, path);
        }
    }

    private void judgeMember(Field field, JsonObject object, String name, JsonValue value, FieldPath path) {
        Field member = field.member(name);
        if (member == null) {
            denyUnknown(field.spelling(name), value, path);
            return;
        }
        String canonical = field.canonical(name);
        if (canonical != null) {
            JsonValue other = object.members().get(canonical);
            if (other != null && !other.equals(value)) {
                report(Kind.UNKNOWN, path, path.dotted() + " and " + canonical + " have different values", null);
                return;
            }
        }
        judge(member, value, path);
    }

    private void denyUnknown(@Nullable String spelling, JsonValue value, FieldPath path) {
        if (spelling != null) {
            report(
                    Kind.UNKNOWN,
                    path,
                    path.dotted() + " is another spelling of " + spelling
                            + ", which the daemon reads as the same field",
                    null);
        } else if (!value.isZero()) {
            report(Kind.UNKNOWN, path, path.dotted() + " is a field that this proxy does not know", null);
        }
    }

    /** Returns the strings of an array, or a single string as the only element; reports every other value. */
    List<String> strings(JsonValue value, FieldPath path) {
        if (value instanceof JsonString string) {
            return List.of(string.text());
        }
        List<String> strings = new ArrayList<>();
        List<JsonValue> elements = value instanceof JsonArray array ? array.elements() : List.of();
        for (int i = 0; i < elements.size(); i++) {
            JsonValue element = elements.get(i);
            if (element instanceof JsonString string) {
                strings.add(string.text());
            } else if (element == JsonLiteral.NULL) {
                strings.add(""); // as the daemon reads it; keeps the index of later elements
            } else {
                FieldPath place = path.element(i);
                report(Kind.UNKNOWN, place, place.dotted() + " is " + element.kind() + " instead of string", null);
                return List.of();
            }
        }
        return strings;
    }

    /** Returns the string of a member, empty if it is absent or zero. The type of the member is judged elsewhere. */
    static String string(JsonValue object, String member) {
        return object instanceof JsonObject o && o.members().get(member) instanceof JsonString s ? s.text() : "";
    }

    /** Returns the members of a member that is an object, empty if it is absent or not an object. */
    static Map<String, JsonValue> members(JsonValue object, String member) {
        return object instanceof JsonObject o && o.members().get(member) instanceof JsonObject inner
                ? inner.members()
                : Map.of();
    }

    /** Reports a value that this permission would allow. Names no remedy if the argument has characters that the setting cannot
     * contain. */
    void deny(FieldPath path, String problem, CreatePermission permission, @Nullable String argument) {
        report(Kind.FIELD, path, path.dotted() + " " + problem, remedy(permission, argument));
    }

    /** Does the same as {@link #deny(FieldPath, String, CreatePermission, String)} for a path of the host. */
    void denyPath(FieldPath path, String problem, CreatePermission permission, String hostPath) {
        String subject = path.dotted() + " " + problem;
        reportPath(path, subject, remedy(permission, hostPath), JsonPointers.printable(hostPath));
    }

    /**
     * Returns true if a suggestion can name this text of a client: an administrator may paste it into a shell, a YAML file or an env
     * file, and a pattern would allow more.
     */
    static boolean isPlain(String text) {
        return ARGUMENT.matcher(text).matches();
    }

    private static @Nullable Remedy remedy(CreatePermission permission, @Nullable String argument) {
        boolean isPlain = argument == null || isPlain(argument);
        boolean isCurable = isPlain || permission.argument() == CreatePermission.Argument.OPTIONAL;
        return isCurable ? Remedy.of(permission, isPlain ? argument : null) : null;
    }

    /** Reports a value that no permission would allow. */
    void deny(FieldPath path, String problem) {
        report(Kind.FIELD, path, path.dotted() + " " + problem, null);
    }

    /** Reports a value with a path of the host, which {@code MASK=paths} hides in a denial about an existing object. */
    void reportPath(FieldPath path, String subject, @Nullable Remedy remedy, String hostPath) {
        violations.add(new Violation(Kind.FIELD, path.pointer(), subject, remedy, hostPath));
    }

    void report(Kind kind, FieldPath path, String subject, @Nullable Remedy remedy) {
        violations.add(new Violation(kind, path.pointer(), subject, remedy));
    }
}
