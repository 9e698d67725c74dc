package org.socketproxy.policy.create;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.DaemonDefaults.DefaultClaim;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * A value of a judged body, and its place there. The text of the place is made only for a violation.
 *
 * @param json {@code null} of JSON for a member that is absent
 * @param parent null for the root
 * @param name name of the member, or null for an element of an array
 * @param index index of the element
 */
record BodyValue(
        BodyValidation validation,
        JsonValue json,
        @Nullable BodyValue parent,
        @Nullable String name,
        int index) {
    static BodyValue root(BodyValidation validation, JsonValue json) {
        return new BodyValue(validation, json, null, null, 0);
    }

    BodyValue member(String member) {
        return member(member, object().get(member));
    }

    BodyValue member(String member, JsonValue value) {
        return new BodyValue(validation, value, this, member, 0);
    }

    /** Returns the value at names separated by dots, such as {@code HostConfig.Memory}. */
    BodyValue at(String path) {
        BodyValue value = this;
        for (String member : path.split("\\.", -1)) {
            value = value.member(member);
        }
        return value;
    }

    /** Returns the members of an object; empty for another value. */
    List<BodyValue> members() {
        List<BodyValue> members = new ArrayList<>();
        object().members().forEach((member, value) -> members.add(member(member, value)));
        return members;
    }

    /** Returns the elements of an array; empty for another value. */
    List<BodyValue> elements() {
        List<BodyValue> elements = new ArrayList<>();
        if (json instanceof JsonArray array) {
            for (JsonValue element : array.elements()) {
                elements.add(new BodyValue(validation, element, this, null, elements.size()));
            }
        }
        return elements;
    }

    /** Returns the elements that are objects with at least one member. */
    List<BodyValue> objects() {
        return elements().stream().filter(element -> !element.object().isZero()).toList();
    }

    /**
     * Returns the strings of an array, or a single string as the only element; {@code null} is an empty string, as the daemon reads
     * it. Reports an array with another element, and returns no strings then.
     */
    List<BodyValue> strings() {
        if (json instanceof JsonString) {
            return List.of(new BodyValue(validation, json, this, null, 0));
        }
        List<BodyValue> elements = elements();
        for (BodyValue element : elements) {
            if (!(element.json instanceof JsonString) && element.json != JsonLiteral.NULL) {
                element.report(Kind.UNKNOWN, element.dotted() + " is " + element.json.kind() + " instead of string");
                return List.of();
            }
        }
        return elements;
    }

    /** Returns the value if it is an object, otherwise an empty one. */
    JsonObject object() {
        return json instanceof JsonObject object ? object : JsonObject.EMPTY;
    }

    /** Returns the text of a string, empty for another value. */
    String text() {
        return json instanceof JsonString string ? string.text() : "";
    }

    String text(String member) {
        return object().text(member);
    }

    boolean isZero() {
        return json.isZero();
    }

    boolean isTrue() {
        return json == JsonLiteral.TRUE;
    }

    CreateRules rules() {
        return validation.rules();
    }

    /** Returns true if the permission is given without an argument. */
    boolean has(CreatePermission permission) {
        return rules().permissions().has(permission);
    }

    /** Denies the value; no permission would allow it. */
    void deny(String problem) {
        report(Kind.FIELD, dotted() + " " + problem);
    }

    /** Denies the value; the permission would allow it. */
    void deny(String problem, CreatePermission permission, @Nullable String argument) {
        report(Kind.FIELD, dotted() + " " + problem, Remedy.of(permission, argument));
    }

    /**
     * Denies the value unless the permission is given without an argument.
     *
     * @param permission null if no permission would allow it
     * @return true if the permission is given
     */
    boolean require(@Nullable CreatePermission permission, String problem) {
        if (permission == null) {
            deny(problem);
            return false;
        }
        boolean isGiven = has(permission);
        if (!isGiven) {
            deny(problem, permission, null);
        }
        return isGiven;
    }

    /** Denies the value unless the permission is given for this argument or without one; returns true if it is given. */
    boolean require(CreatePermission permission, String argument, String problem) {
        boolean isGiven = rules().permissions().has(permission, argument);
        if (!isGiven) {
            deny(problem, permission, argument);
        }
        return isGiven;
    }

    /** Leaves the value undecided: it is allowed if it is the daemon's default. */
    void claim(
            DefaultClaim.Kind kind,
            List<String> values,
            String problem,
            CreatePermission permission,
            @Nullable String argument) {
        Remedy remedy = Remedy.of(permission, argument);
        Violation violation = new Violation(Kind.FIELD, pointer(), dotted() + " " + problem, remedy);
        validation.claims().add(new DefaultClaim(kind, values, violation));
    }

    void report(Kind kind, String subject) {
        report(kind, subject, null);
    }

    void report(Kind kind, String subject, @Nullable Remedy remedy) {
        validation.violations().add(new Violation(kind, pointer(), subject, remedy));
    }

    /** Denies a value with a path of the host, which {@code MASK=paths} hides in a denial about an existing object. */
    void denyPath(String problem, @Nullable Remedy remedy, String hostPath) {
        validation.violations().add(new Violation(Kind.FIELD, pointer(), dotted() + " " + problem, remedy, hostPath));
    }

    /** Returns the place as Docker's manuals write it, such as {@code HostConfig.Mounts[0].Source}. */
    String dotted() {
        if (parent == null) {
            return "";
        }
        String before = parent.dotted();
        return name == null
                ? before + "[" + index + "]"
                : (before.isEmpty() ? "" : before + ".") + JsonPointers.printable(name);
    }

    /** Returns the JSON pointer (RFC 6901), such as {@code /HostConfig/Mounts/0/Source}. */
    String pointer() {
        return parent == null
                ? ""
                : parent.pointer() + "/" + (name == null ? String.valueOf(index) : JsonPointers.escape(name));
    }
}
