package org.socketproxy.policy.build;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.PrintableText;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.build.BuildFields.Row;
import org.socketproxy.policy.create.CreatePermission;
import org.socketproxy.policy.create.ImageName;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.policy.value.ValueRule;

/**
 * Judges one message of BuildKit by {@link BuildFields}.
 *
 * <p>Security: a name that the table does not have is denied. Violations contain names that the client sends, and no values.
 */
final class BuildJudge {
    private static final int MOST_VIOLATIONS = 16;
    private static final int LONGEST_NAME = 64;
    private static final String COMMA = ",";
    private static final String ANY = "*";
    private static final String TYPE = "Type";
    private static final String ATTRS = "Attrs";
    private static final String REGISTRY = "registry";

    /** Rules of this class; all other names are rules for one value. */
    private static final Set<String> RULES = Set.of(
            "any",
            "absent",
            "denied",
            "options",
            "outputs",
            "caches",
            "entitlements",
            "new-names",
            "image",
            "context",
            "upload",
            "ulimits",
            "cache-names",
            "cache-json");

    private static final Set<String> PRIORITY = Set.of("RTPRIO", "NICE");
    private static final Pattern ULIMIT = Pattern.compile("[a-zA-Z]{1,32}=-?[0-9]{1,19}(?::-?[0-9]{1,19})?+");
    /** URL of an archive that the daemon reads through the session of the client. */
    private static final Pattern UPLOAD = Pattern.compile("http://buildkit-session/[A-Za-z0-9_-]{1,128}");

    private static final String IMAGE_CONTEXT = "docker-image:";
    /** Contexts that the client sends through its session. */
    private static final List<String> CLIENT_CONTEXTS = List.of("local:", "oci-layout:");

    private final BuildRules rules;
    private final BuildFields table = BuildFields.table();
    private final List<Violation> violations = new ArrayList<>();

    BuildJudge(BuildRules rules) {
        this.rules = rules;
    }

    /** @throws IllegalArgumentException for a rule that does not exist */
    static void checkRule(String rule) {
        if (!RULES.contains(rule)) {
            ValueRule.of(rule);
        }
    }

    List<Violation> judge(ProtoMessage message) {
        String part = message.type().name();
        for (String field : message.content().keySet()) {
            Row row = table.find(part, field);
            String subject = "the field " + field + " of the build";
            if (row == null) {
                report(Kind.UNKNOWN, field, subject + " is not known to this proxy", null);
            } else {
                judgeField(message, field, row, subject);
            }
        }
        return violations;
    }

    private void judgeField(ProtoMessage message, String field, Row row, String subject) {
        switch (row.rule()) {
            case "any" -> {}
            case "options" ->
                message.textMap(field)
                        .forEach((name, value) ->
                                named("option", field, "the build option " + printable(name), name, value));
            case "outputs" -> outputs(message, field);
            case "caches" -> caches(message, field);
            case "entitlements" ->
                message.texts(field)
                        .forEach(name -> named("entitlement", field, "the entitlement " + printable(name), name, ""));
            default -> value(row, "/" + field, subject, message.text(field));
        }
    }

    /** ExporterDeprecated is read with its attributes. */
    private void outputs(ProtoMessage message, String field) {
        switch (field) {
            case "Exporters" ->
                message.messages(field).forEach(output -> output(output.text(TYPE), output.textMap(ATTRS)));
            case "ExporterAttrsDeprecated" -> {}
            default -> output(message.text(field), message.textMap("ExporterAttrsDeprecated"));
        }
        if (field.equals("ExporterAttrsDeprecated") && !message.has("ExporterDeprecated")) {
            report(Kind.UNKNOWN, field, "the output of the build has no type", null);
        }
    }

    private void output(String type, Map<String, String> attributes) {
        attributes("output", "output", type, attributes);
    }

    private void attributes(String group, String word, String type, Map<String, String> attributes) {
        String part = group + ":" + type;
        if (!table.hasPart(part)) {
            report(
                    Kind.UNKNOWN,
                    part,
                    "the " + word + " type " + printable(type) + " is not known to this proxy",
                    null);
            return;
        }
        Row row = table.find("type", part);
        if (row != null) {
            value(row, "/" + part, "the " + word + " type " + type, "");
        }
        attributes.forEach((name, value) -> {
            String subject = "the attribute " + printable(name) + " of the " + word + " type " + type;
            named(part, part, subject, name, value);
        });
    }

    private void caches(ProtoMessage message, String field) {
        if (field.equals("CacheImports")) {
            message.messages(field).forEach(cache -> cacheFrom(cache.text(TYPE), cache.textMap(ATTRS)));
            return;
        }
        ProtoMessage options = message.message(field);
        options.messages("Exports").forEach(cache -> cacheTo(cache.text(TYPE), cache.textMap(ATTRS)));
        options.messages("Imports").forEach(cache -> cacheFrom(cache.text(TYPE), cache.textMap(ATTRS)));
        options.texts("ImportRefsDeprecated").forEach(this::cacheFrom);
        if (options.has("ExportRefDeprecated")) {
            cacheTo(REGISTRY, options.textMap("ExportAttrsDeprecated"));
            cacheTo(REGISTRY, Map.of("ref", options.text("ExportRefDeprecated")));
        } else if (options.has("ExportAttrsDeprecated")) {
            report(Kind.UNKNOWN, field, "the cache of the build has no name", null);
        }
    }

    private void cacheTo(String type, Map<String, String> attributes) {
        attributes("cache-to", "cache", type, attributes);
    }

    private void cacheFrom(String type, Map<String, String> attributes) {
        if (rules.isCacheSeparate()) {
            report(Kind.FIELD, "", "the build imports a cache, which can replace steps of other profiles", null);
        }
        attributes("cache-from", "cache", type, attributes);
    }

    private void cacheFrom(String reference) {
        cacheFrom(REGISTRY, Map.of("ref", reference));
    }

    private void named(String part, String place, String subject, String name, String value) {
        Row row = table.find(part, name);
        if (row == null) {
            report(Kind.UNKNOWN, place, subject + " is not known to this proxy", null);
        } else {
            value(row, "/" + place + "/" + printable(name), subject, value);
        }
    }

    private void value(Row row, String pointer, String subject, String value) {
        switch (row.rule()) {
            case "any" -> {}
            case "absent", "denied" -> deny(row, pointer, subject, "is not allowed");
            case "new-names" -> newNames(pointer, subject, value);
            case "image" -> {
                image(pointer, subject, value);
                if (row.permission() != null) {
                    deny(row, pointer, subject, "is not allowed");
                }
            }
            case "upload" -> {
                if (!value.isEmpty() && !UPLOAD.matcher(value).matches()) {
                    deny(row, pointer, subject, "is not sent by the client");
                }
            }
            case "context" -> context(row, pointer, subject, value);
            case "ulimits" -> ulimits(row, pointer, subject, value);
            case "cache-names" -> List.of(value.split(COMMA, -1)).forEach(this::cacheFrom);
            case "cache-json" -> cacheJson(pointer, subject, value);
            default -> {
                boolean isAbsent = value.isEmpty() && !row.rule().startsWith("words:");
                String problem = isAbsent ? null : ValueRule.of(row.rule()).problem(value);
                if (problem != null) {
                    deny(row, pointer, subject, problem);
                } else if (row.name().equals(ANY)) {
                    deny(row, pointer, subject, "is not allowed");
                }
            }
        }
    }

    /** Checks names that an image gets, separated by commas. */
    private void newNames(String pointer, String subject, String names) {
        for (String name : names.split(COMMA, -1)) {
            String problem = rules.images().newNameProblem(name);
            if (problem != null) {
                report(Kind.FIELD, pointer, subject + " " + problem, null);
            }
        }
    }

    /** Checks an image that the daemon pulls or uses. */
    private void image(String pointer, String subject, String reference) {
        if (rules.images().signed().concerns(reference)) {
            report(
                    Kind.FIELD,
                    pointer,
                    subject + " is " + reference
                            + ", which needs a signature (CREATE_SIGNED), and builds do not check it",
                    null);
            return;
        }
        if (rules.images().allows(reference) || reference.isEmpty()) {
            return;
        }
        Optional<ImageName> image = ImageName.parse(reference);
        String name = image.map(ImageName::name).orElse("");
        report(
                Kind.FIELD,
                pointer,
                subject + " is an image with a name or tag that is not in CREATE_IMAGES",
                image.isEmpty() ? null : new Remedy("CREATE_IMAGES", name, "containers run any version of this image"));
    }

    private void context(Row row, String pointer, String subject, String value) {
        if (value.startsWith(IMAGE_CONTEXT)) {
            String reference = value.substring(IMAGE_CONTEXT.length());
            image(pointer, subject, reference.startsWith("//") ? reference.substring(2) : reference);
        } else if (value.startsWith("input:")) {
            report(Kind.FIELD, pointer, subject + " has steps of its own, and only a Dockerfile is judged", null);
        } else if (CLIENT_CONTEXTS.stream().noneMatch(value::startsWith)) {
            deny(row, pointer, subject, "is not a context of the client");
        }
    }

    private void ulimits(Row row, String pointer, String subject, String value) {
        for (String limit : value.isEmpty() ? new String[0] : value.split(COMMA, -1)) {
            if (!ULIMIT.matcher(limit).matches()) {
                report(Kind.FIELD, pointer, subject + " is not a list of limits", null);
            } else if (PRIORITY.contains(limit.split("=", 2)[0].toUpperCase(Locale.ROOT))) {
                deny(row, pointer, subject, "raises the priority");
            }
        }
    }

    /** Reads a list of objects with exactly the members that the daemon reads. Go folds the case of names, this reader does not. */
    private void cacheJson(String pointer, String subject, String text) {
        if (text.isEmpty()) {
            return;
        }
        JsonValue json;
        try {
            json = StrictJson.read(text);
        } catch (InvalidJsonException invalid) {
            json = JsonValue.JsonLiteral.NULL;
        }
        if (!(json instanceof JsonArray caches)) {
            report(Kind.FORM, pointer, subject + " is not a list of caches", null);
            return;
        }
        for (JsonValue cache : caches.elements()) {
            Map<String, JsonValue> members = cache instanceof JsonObject object ? object.members() : Map.of();
            if (members.get(TYPE) instanceof JsonString type
                    && Set.of(TYPE, ATTRS).containsAll(members.keySet())
                    && members.getOrDefault(ATTRS, JsonObject.EMPTY) instanceof JsonObject attributes
                    && attributes.members().values().stream().allMatch(JsonString.class::isInstance)) {
                Map<String, String> texts = new LinkedHashMap<>();
                attributes.members().forEach((name, value) -> texts.put(name, ((JsonString) value).text()));
                cacheFrom(type.text(), texts);
            } else {
                report(Kind.FORM, pointer, subject + " has a cache of an unknown form", null);
            }
        }
    }

    /** Reports the value, unless the permission of the row is given. */
    private void deny(Row row, String pointer, String subject, String problem) {
        CreatePermission permission = row.permission();
        if (permission == null || !rules.grants(permission)) {
            report(
                    row.name().equals(ANY) ? Kind.UNKNOWN : Kind.FIELD,
                    pointer,
                    subject + " " + (row.denial() == null ? problem : row.denial()),
                    rules.remedy(permission));
        }
    }

    /** Clients send the only output twice, in an old and a new field. */
    private void report(Kind kind, String pointer, String sentence, @Nullable Remedy remedy) {
        Violation violation = new Violation(kind, pointer, sentence, remedy);
        if (violations.size() < MOST_VIOLATIONS && !violations.contains(violation)) {
            violations.add(violation);
        }
    }

    private static String printable(String name) {
        return PrintableText.escape(name, LONGEST_NAME);
    }
}
