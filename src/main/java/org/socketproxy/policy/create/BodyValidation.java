package org.socketproxy.policy.create;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.policy.create.DaemonDefaults.DefaultClaim;
import org.socketproxy.policy.create.Violation.Kind;

/**
 * Judges one body: walks through its values and the table of fields together, and collects the violations.
 *
 * <p>Security: a name that the table lacks is denied at every level unless its value is zero; a name that differs from the
 * API's only in case is denied with any value, because the daemon reads it as the field.
 *
 * <p>Threading: one thread.
 */
final class BodyValidation {
    private static final String JSON = "application/json";

    private final CreateRules rules;
    private final List<Violation> violations = new ArrayList<>(0);
    private final List<DefaultClaim> claims = new ArrayList<>(0);
    private final Map<String, Long> sums = new HashMap<>();

    BodyValidation(CreateRules rules) {
        this.rules = rules;
    }

    CreateRules rules() {
        return rules;
    }

    List<Violation> violations() {
        return violations;
    }

    /** Returns the values that are allowed only if they are the daemon's defaults. */
    List<DefaultClaim> claims() {
        return claims;
    }

    /** Adds to the sum of a kind of text in this body, and returns the sum. */
    long sum(String kind, long bytes) {
        return sums.merge(kind, bytes, Long::sum);
    }

    /** Reports the whole body. */
    void denyForm(String subject) {
        violations.add(new Violation(Kind.FORM, "", subject, null));
    }

    /** Judges the headers of a body. Podman's own API does not read Content-Type, and its client sends none. */
    void checkHeaders(Operation operation, List<String> contentTypes, List<String> contentEncodings) {
        if (!contentEncodings.isEmpty()) {
            denyForm("the body has a Content-Encoding");
        }
        boolean isJson = contentTypes.isEmpty()
                ? operation.isLibpod()
                : contentTypes.size() == 1 && mediaType(contentTypes.get(0)).equals(JSON);
        if (!isJson) {
            denyForm("the Content-Type of the body is not " + JSON);
        }
    }

    private static String mediaType(String contentType) {
        return contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }

    /** Returns the object of a body, or null after a report. */
    @Nullable
    JsonObject read(JsonBody body) {
        if (body.isEmpty()) {
            return JsonObject.EMPTY;
        }
        try {
            JsonValue value = body.read();
            if (value == JsonLiteral.NULL) {
                return JsonObject.EMPTY;
            }
            if (value instanceof JsonObject object) {
                return object;
            }
            denyForm("the body is " + value.kind() + " instead of an object");
        } catch (InvalidJsonException invalid) {
            String place = invalid.pointer().isEmpty() ? "the body" : invalid.pointer() + " in the body";
            violations.add(new Violation(Kind.FORM, invalid.pointer(), place + " " + invalid.problem(), null));
        }
        return null;
    }

    /** Judges a value and everything below it. {@code null} passes everywhere: the daemon reads it as absent. */
    void judge(Field field, BodyValue value) {
        if (field.rule() == Field.Rule.IGNORED
                || value.json() == JsonLiteral.NULL
                || violations.size() >= Violation.MOST) {
            return;
        }
        if (!field.type().matches(value.json())) {
            if (!value.isZero()) {
                String kinds = value.json().kind() + " instead of " + field.type();
                value.report(Kind.UNKNOWN, value.dotted() + " is " + kinds);
            }
            return;
        }
        int before = violations.size();
        field.rule().check(value);
        if (violations.size() == before) {
            judgeContent(field, value);
        }
    }

    private void judgeContent(Field field, BodyValue value) {
        JsonObject object = value.object();
        Field each = field.each();
        switch (field.type()) {
            case OBJECT ->
                object.members().forEach((name, json) -> judgeMember(field, object, name, value.member(name, json)));
            case MAP -> object.members().forEach((name, json) -> judgeEntry(field, name, value.member(name, json)));
            case ARRAY, STRING_OR_ARRAY -> {
                if (each != null) {
                    value.elements().forEach(element -> judge(each, element));
                }
            }
            default -> {}
        }
    }

    /** A key of a map can have its own row. */
    private void judgeEntry(Field map, String name, BodyValue value) {
        Field row = map.member(name);
        Field entry = row == null ? map.each() : row;
        if (entry != null) {
            judge(entry, value);
        }
    }

    private void judgeMember(Field parent, JsonObject object, String name, BodyValue value) {
        Field member = parent.member(name);
        if (member == null) {
            denyUnknown(parent.spelling(name), value);
            return;
        }
        String canonical = parent.canonical(name);
        if (canonical != null) {
            JsonValue other = object.members().get(canonical);
            if (other != null && !other.equals(value.json())) {
                value.report(Kind.UNKNOWN, value.dotted() + " and " + canonical + " have different values");
                return;
            }
        }
        judge(member, value);
    }

    private static void denyUnknown(@Nullable String spelling, BodyValue value) {
        if (spelling != null) {
            String problem = " is another spelling of " + spelling + ", which the daemon reads as the same field";
            value.report(Kind.UNKNOWN, value.dotted() + problem);
        } else if (!value.isZero()) {
            value.report(Kind.UNKNOWN, value.dotted() + " is a field that this proxy does not know");
        }
    }
}
