package org.socketproxy.policy.advice;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Remedies;
import org.socketproxy.policy.Remedies.Safe;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.policy.advice.CoveringPresets.Offer;
import org.socketproxy.policy.advice.MinimalPolicy.Assignment;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.usage.Usage;

/**
 * Prints the minimum variables for all requests, in total and for each client, as assignments for their place or as JSON.
 */
public final class Suggestion {
    /** Column of comments in the policy file. */
    private static final int COLUMN = 40;

    private final LeastPolicies least;
    private final Variables variables;
    private final Profile profile;
    private final Usage usage;
    private final CoveringPresets presets;
    private final AssignmentForm form;

    /**
     * Creates the suggestion for a profile.
     *
     * @param usage the requests; denied ones count like allowed ones
     */
    public Suggestion(LeastPolicies least, Profile profile, Usage usage, CoveringPresets presets, AssignmentForm form) {
        this.least = least;
        this.variables = least.variables();
        this.profile = profile;
        this.usage = usage;
        this.presets = presets;
        this.form = form;
    }

    /** Prints all profiles: assignments, or blocks of the policy file. */
    public static String asText(List<Suggestion> suggestions) {
        Suggestion first = suggestions.get(0);
        if (!first.profile.origin().isOfFile()) {
            return first.asText();
        }
        StringBuilder text = new StringBuilder(
                        "# The minimum variables of each profile that allow all operations its clients requested.\n"
                                + "# Replace only the variables in ")
                .append(first.profile.origin().file())
                .append(" by these, and keep all other keys.\nprofiles:\n");
        for (Suggestion each : suggestions) {
            if (each.profile.origin().isNone()) {
                each.appendClientsWithoutProfile(text);
            } else {
                each.appendProfile(text);
            }
        }
        return text.toString();
    }

    /** Prints all profiles: that of the environment, or {@code {"profiles": [...]}}. */
    public static String asJson(List<Suggestion> suggestions) {
        Suggestion first = suggestions.get(0);
        if (!first.profile.origin().isOfFile()) {
            return first.asJson();
        }
        return JsonText.pretty(json -> {
                    json.writeStartObject();
                    json.writeArrayFieldStart("profiles");
                    for (Suggestion each : suggestions) {
                        each.write(json);
                    }
                    json.writeEndArray();
                    json.writeEndObject();
                })
                + '\n';
    }

    private MinimalPolicy forAll() {
        return least(usage.clients());
    }

    private MinimalPolicy least(List<Usage.ClientUse> clients) {
        return least.of(profile, operations(clients));
    }

    private static List<Usage.ClientOperation> operations(List<Usage.ClientUse> clients) {
        return clients.stream().flatMap(client -> client.operations().stream()).toList();
    }

    /** Appends comment lines with the variables that clients go on without. */
    private void appendOptional(StringBuilder text, String indent, List<Usage.ClientUse> clients) {
        Map<String, List<Operation>> optional = least.optional(profile, operations(clients));
        if (!optional.isEmpty()) {
            text.append(indent)
                    .append(
                            "# Perhaps optional, because other requests of the client succeeded within a minute after the last denial:\n");
        }
        optional.forEach((variable, operations) -> text.append(indent)
                .append("#   ")
                .append(variable)
                .append(" for ")
                .append(MinimalPolicy.ids(operations))
                .append('\n'));
    }

    /** Returns blocks of assignments with the operations that need each variable. */
    public String asText() {
        StringBuilder text = new StringBuilder("# The minimum variables that allow all operations requested since ")
                .append(usage.since())
                .append(".\n# Keep the settings that are not named here, such as LISTEN.\n");
        append(text, usage.clients());
        List<Usage.ClientUse> clients = usage.clients();
        for (Usage.ClientUse client : clients) {
            if (clients.size() > 1) {
                text.append("\n# Only for ").append(client.client()).append(".\n");
                append(text, List.of(client));
            }
            presets.of(client)
                    .ifPresent(preset ->
                            text.append("# ").append(preset.words(form)).append(" covers this client.\n"));
        }
        appendCreate(text, usage.remedies(), form);
        return text.toString();
    }

    private void append(StringBuilder text, List<Usage.ClientUse> clients) {
        MinimalPolicy policy = least(clients);
        text.append("# They allow ").append(allowed(policy)).append(".\n");
        if (!form.header().isEmpty()) {
            text.append(form.header()).append('\n');
        }
        Safe safe = safe(policy, clients);
        form.lines(safe.settings()).forEach(line -> appendCommented(text, line, "without it: " + safe.danger()));
        form.lines(profile.remedies().kept(safe.settings()))
                .forEach(line -> appendCommented(text, line, "keep it, it is on"));
        for (Assignment each : assignments(policy, safe)) {
            appendCommented(text, form.line(each.variable().name(), each.isOn()), each.comment());
        }
        appendOthers(text, "", policy);
        appendOptional(text, "", clients);
    }

    /** Appends the operations that no variable allows. */
    private void appendOthers(StringBuilder text, String indent, MinimalPolicy policy) {
        boolean isOfFile = profile.origin().isOfFile();
        if (isOfFile && !policy.byId().isEmpty()) {
            String line = form.lines(List.of(Remedies.allow(policy.byId()))).get(0);
            appendLine(
                    text, indent + line, COLUMN, "add it; no variable allows it beside the targets" + danger(policy));
        } else if (!policy.byId().isEmpty()) {
            text.append("# Only a policy file can allow, beside the targets, by allow: [")
                    .append(MinimalPolicy.ids(policy.byId()))
                    .append("]\n");
        }
        if (!policy.never().isEmpty()) {
            text.append(indent)
                    .append(isOfFile ? "# Nothing allows: " : "# No variable allows: ")
                    .append(MinimalPolicy.ids(policy.never()))
                    .append('\n');
        }
    }

    private String danger(MinimalPolicy policy) {
        String dangers = policy.byId().stream()
                .map(profile.remedies()::dangerOf)
                .filter(danger -> !danger.isEmpty())
                .distinct()
                .collect(Collectors.joining("; "));
        return dangers.isEmpty() ? "" : "; DANGER: " + dangers;
    }

    /** Counts operations of each API, as the status page does. */
    private String allowed(MinimalPolicy minimal) {
        Policy policy = profile.policy().withGranted(minimal.variables());
        List<Operation> operations = least.catalogue().operations();
        long podman = operations.stream().filter(Operation::isLibpod).count();
        return policy.opens(operation -> !operation.isLibpod()) + " of " + (operations.size() - podman)
                + " operations of the Docker API and " + policy.opens(Operation::isLibpod) + " of " + podman
                + " of Podman's API";
    }

    private static void appendLine(StringBuilder text, String line, int width, String comment) {
        text.append(line)
                .append(" ".repeat(Math.max(2, width - line.length())))
                .append("# ")
                .append(comment)
                .append('\n');
    }

    private void appendCommented(StringBuilder text, String assignment, String comment) {
        String line = form.indent() + assignment;
        if (form.isCommentAfterLine()) {
            int width = (form.indent() + form.line("", true)).length() + longestName() + 2;
            appendLine(text, line, width, comment);
        } else {
            text.append("# ").append(comment).append('\n').append(line).append('\n');
        }
    }

    /** Returns the profile with these variables, and the settings without which they give root on the host. */
    private Safe safe(MinimalPolicy policy, List<Usage.ClientUse> clients) {
        return least.safest(profile, policy.variables(), operations(clients));
    }

    private List<Assignment> assignments(MinimalPolicy policy, Safe safe) {
        return policy.assignments(
                variables.all().stream()
                        .map(variable -> Dangers.effective(variable, safe.profile(), least.catalogue()))
                        .toList(),
                Variable::isOnByDefault);
    }

    private int longestName() {
        return variables.all().stream()
                .mapToInt(variable -> variable.name().length())
                .max()
                .orElse(0);
    }

    private void appendProfile(StringBuilder text) {
        MinimalPolicy policy = forAll();
        text.append("  ").append(profile.name()).append(":\n");
        text.append("    # Requested since ").append(usage.since());
        text.append(" by ").append(clients()).append(".\n");
        text.append("    # The variables allow ").append(policy.opens()).append(" operations.\n");
        Safe safe = safe(policy, usage.clients());
        form.lines(safe.settings())
                .forEach(line -> appendLine(text, "    " + line, COLUMN, "without it: " + safe.danger()));
        text.append("    variables:\n");
        for (Assignment each : assignments(policy, safe)) {
            String line = "      " + each.variable().name() + (each.isOn() ? ": 1" : ": 0");
            appendLine(text, line, COLUMN, each.comment());
        }
        appendOthers(text, "    ", policy);
        appendOptional(text, "    ", usage.clients());
        if (!usage.remedies().isEmpty()) {
            text.append("    # The rules of ")
                    .append(rules(usage.remedies(), "create", "exec", "targets"))
                    .append(" denied requests since the start that these elements would allow:\n");
        }
        for (Remedy remedy : usage.remedies()) {
            text.append("    #   ")
                    .append(form.lines(List.of(remedy)).get(0))
                    .append("   DANGER: ")
                    .append(remedy.danger())
                    .append('\n');
        }
    }

    /** Returns the names of the rules that have denied requests. */
    private static String rules(List<Remedy> remedies, String create, String exec, String targets) {
        return remedies.stream()
                .map(Remedy::setting)
                .map(setting -> setting.endsWith("TARGETS") ? targets : setting.startsWith("EXEC_") ? exec : create)
                .distinct()
                .collect(Collectors.joining(" and "));
    }

    private void appendClientsWithoutProfile(StringBuilder text) {
        if (!usage.clients().isEmpty()) {
            text.append("# No profile has these clients, so everything was denied: ")
                    .append(clients())
                    .append(".\n");
        }
    }

    private String clients() {
        List<String> names =
                usage.clients().stream().map(Usage.ClientUse::client).toList();
        return names.isEmpty() ? "no client" : String.join(", ", names);
    }

    /**
     * {@code {"since": …, "all": P, "create": {setting: [values]}, "clients": [{"client": …, "preset": name, "least": P}]}}, where P is
     * {@code {"opens": number of operations, "environment": {NAME: "1" or "0", and the settings of the environment, such as CREATE}, "needed": {NAME: [operation ids]},
     * "never": [operation ids], "allow": [operation ids that no variable allows beside the targets], "optional": {NAME: [operation
     * ids]}}}; {@code allow} and {@code optional} are absent if they are empty.
     */
    public String asJson() {
        return JsonText.pretty(this::write) + '\n';
    }

    private void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        if (profile.origin().isOfFile()) {
            json.writeStringField("profile", profile.name());
        }
        json.writeStringField("since", usage.since().toString());
        json.writeFieldName("all");
        write(json, usage.clients());
        writeCreate(json, usage.remedies());
        json.writeArrayFieldStart("clients");
        for (Usage.ClientUse client : usage.clients()) {
            json.writeStartObject();
            json.writeStringField("client", client.client());
            Optional<Offer> preset = presets.of(client);
            if (preset.isPresent()) {
                json.writeStringField("preset", preset.get().name());
            }
            json.writeFieldName("least");
            write(json, List.of(client));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void write(JsonGenerator json, List<Usage.ClientUse> clients) throws IOException {
        MinimalPolicy policy = least(clients);
        json.writeStartObject();
        json.writeNumberField("opens", policy.opens());
        json.writeObjectFieldStart("environment");
        Safe safe = safe(policy, clients);
        for (List<Remedy> settings : List.of(safe.settings(), profile.remedies().kept(safe.settings()))) {
            for (Remedy each : settings) {
                json.writeStringField(each.setting(), each.value());
            }
        }
        for (Assignment each : assignments(policy, safe)) {
            json.writeStringField(each.variable().name(), each.isOn() ? "1" : "0");
        }
        json.writeEndObject();
        json.writeObjectFieldStart("needed");
        for (Map.Entry<String, List<Operation>> needed : policy.needed().entrySet()) {
            writeIds(json, needed.getKey(), needed.getValue());
        }
        json.writeEndObject();
        writeIds(json, "never", policy.never());
        if (!policy.byId().isEmpty()) {
            writeIds(json, "allow", policy.byId());
        }
        Map<String, List<Operation>> optional = least.optional(profile, operations(clients));
        if (!optional.isEmpty()) {
            json.writeObjectFieldStart("optional");
            for (Map.Entry<String, List<Operation>> each : optional.entrySet()) {
                writeIds(json, each.getKey(), each.getValue());
            }
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void writeIds(JsonGenerator json, String name, List<Operation> operations) throws IOException {
        JsonText.writeStrings(json, name, operations.stream().map(Operation::id).toList());
    }

    private static SortedMap<String, List<String>> values(List<Remedy> remedies) {
        return remedies.stream()
                .collect(Collectors.groupingBy(
                        Remedy::setting, TreeMap::new, Collectors.mapping(Remedy::value, Collectors.toList())));
    }

    /** Appends comment lines, because the administrator decides about denied requests. */
    static void appendCreate(StringBuilder text, List<Remedy> remedies, AssignmentForm form) {
        if (remedies.isEmpty()) {
            return;
        }
        text.append("\n# ")
                .append(rules(remedies, "CREATE=safe", "EXEC_ALLOW", "TARGETS"))
                .append(" denied requests since the start that these settings would allow, in addition to yours:\n");
        values(remedies)
                .forEach((setting, values) -> text.append("#  ")
                        .append(form.assignment(setting, String.join(setting.equals("EXEC_ALLOW") ? ";" : ",", values)))
                        .append('\n'));
        for (Remedy remedy : remedies) {
            text.append("# DANGER of ")
                    .append(remedy.value())
                    .append(": ")
                    .append(remedy.danger())
                    .append('\n');
        }
    }

    /** Writes the field {@code create}, an object with an array for each setting; nothing without a denial. */
    static void writeCreate(JsonGenerator json, List<Remedy> remedies) throws IOException {
        if (remedies.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart("create");
        for (var setting : values(remedies).entrySet()) {
            JsonText.writeStrings(json, setting.getKey(), setting.getValue());
        }
        json.writeEndObject();
    }
}
