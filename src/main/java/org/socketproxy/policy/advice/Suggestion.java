package org.socketproxy.policy.advice;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Variable;
import org.socketproxy.policy.Variables;
import org.socketproxy.usage.AssignmentForm;
import org.socketproxy.usage.Usage;

/**
 * Prints the minimum variables that allow all requested operations, for all clients together and for each client, in the
 * form of the place that configures them, or as JSON.
 */
public final class Suggestion {
    private final LeastPolicies least;
    private final Variables variables;
    private final Profile profile;
    private final Usage usage;
    private final CoveringPresets presets;
    private final AssignmentForm form;

    /**
     * Creates the suggestion for the clients of a profile.
     *
     * @param usage the requested operations; denied requests count like allowed ones
     * @param form the form of the assignments
     */
    public Suggestion(LeastPolicies least, Profile profile, Usage usage, CoveringPresets presets, AssignmentForm form) {
        this.least = least;
        this.variables = least.variables();
        this.profile = profile;
        this.usage = usage;
        this.presets = presets;
        this.form = form;
    }

    /** Prints the suggestions of all profiles: assignments, or blocks of the policy file. */
    public static String asText(List<Suggestion> suggestions) {
        Suggestion first = suggestions.get(0);
        if (!first.profile.origin().isOfFile()) {
            return first.asText();
        }
        StringBuilder text = new StringBuilder(
                        "# The minimum variables of each profile that allow all operations its clients requested.\n"
                                + "# Replace the variables in ")
                .append(first.profile.origin().file())
                .append(" by these.\nprofiles:\n");
        for (Suggestion each : suggestions) {
            ProfileSuggestion block = new ProfileSuggestion(each.variables, each.profile.name(), each.usage);
            if (each.profile.origin().isNone()) {
                block.appendOthers(text);
            } else {
                block.append(text, each.forAll());
            }
        }
        return text.toString();
    }

    /** Prints the suggestions of all profiles as JSON: that of the environment, or {@code {"profiles": [...]}}. */
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
        return least.of(
                profile.policy(),
                clients.stream().flatMap(client -> client.operations().stream()).toList());
    }

    /** Returns blocks of assignments; the comment of each line lists the operations that need the variable. */
    public String asText() {
        StringBuilder text = new StringBuilder("# The minimum variables that allow all operations requested since ")
                .append(usage.since())
                .append(".\n");
        append(text, forAll());
        List<Usage.ClientUse> clients = usage.clients();
        for (Usage.ClientUse client : clients) {
            if (clients.size() > 1) {
                text.append("\n# Only for ").append(client.client()).append(".\n");
                append(text, least(List.of(client)));
            }
            presets.of(client)
                    .ifPresent(preset -> text.append("# PRESET=").append(preset).append(" covers this client.\n"));
        }
        new CreateSuggestion(usage.remedies()).append(text, form);
        return text.toString();
    }

    private void append(StringBuilder text, MinimalPolicy policy) {
        text.append("# They allow ").append(allowed(policy)).append(".\n");
        if (!form.header().isEmpty()) {
            text.append(form.header()).append('\n');
        }
        for (Variable variable : variables.all()) {
            List<Operation> reasons = policy.needed().get(variable.name());
            if (reasons != null) {
                String danger = variable.danger() == null ? "" : "; DANGER: " + variable.danger();
                append(text, variable, true, ids(reasons) + danger);
            } else if (variable.isOnByDefault()) {
                append(text, variable, false, "on by default, and no client requested it");
            }
        }
        if (!policy.never().isEmpty()) {
            text.append("# No variable allows: ").append(ids(policy.never())).append('\n');
        }
    }

    /** Counts the operations of each API, as the status page does. */
    private String allowed(MinimalPolicy minimal) {
        Policy policy = profile.policy().withGranted(minimal.variables());
        List<Operation> operations = least.catalogue().operations();
        long podman = operations.stream().filter(Operation::isLibpod).count();
        return policy.opens(operation -> !operation.isLibpod()) + " of " + (operations.size() - podman)
                + " operations of the Docker API and " + policy.opens(Operation::isLibpod) + " of " + podman
                + " of Podman's API";
    }

    private void append(StringBuilder text, Variable variable, boolean isOn, String comment) {
        String line = form.indent() + form.line(variable.name(), isOn);
        if (form.isCommentAfterLine()) {
            int width = line.length() - variable.name().length() + longestName() + 2;
            text.append(line)
                    .append(" ".repeat(width - line.length()))
                    .append("# ")
                    .append(comment)
                    .append('\n');
        } else {
            text.append("# ").append(comment).append('\n').append(line).append('\n');
        }
    }

    private int longestName() {
        return variables.all().stream()
                .mapToInt(variable -> variable.name().length())
                .max()
                .orElse(0);
    }

    private static String ids(List<Operation> operations) {
        return operations.stream().map(Operation::id).collect(Collectors.joining(", "));
    }

    /**
     * {@code {"since": …, "all": P, "create": {setting: [values]}, "clients": [{"client": …, "preset": name, "least": P}]}}, where P is
     * {@code {"opens": number of operations, "environment": {NAME: "1" or "0"}, "needed": {NAME: [operation ids]},
     * "never": [operation ids]}}.
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
        write(json, forAll());
        new CreateSuggestion(usage.remedies()).write(json);
        json.writeArrayFieldStart("clients");
        for (Usage.ClientUse client : usage.clients()) {
            json.writeStartObject();
            json.writeStringField("client", client.client());
            Optional<String> preset = presets.of(client);
            if (preset.isPresent()) {
                json.writeStringField("preset", preset.get());
            }
            json.writeFieldName("least");
            write(json, least(List.of(client)));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void write(JsonGenerator json, MinimalPolicy policy) throws IOException {
        json.writeStartObject();
        json.writeNumberField("opens", policy.opens());
        json.writeObjectFieldStart("environment");
        for (Variable variable : variables.all()) {
            boolean isNeeded = policy.needed().containsKey(variable.name());
            if (isNeeded || variable.isOnByDefault()) {
                json.writeStringField(variable.name(), isNeeded ? "1" : "0");
            }
        }
        json.writeEndObject();
        json.writeObjectFieldStart("needed");
        for (Map.Entry<String, List<Operation>> needed : policy.needed().entrySet()) {
            writeIds(json, needed.getKey(), needed.getValue());
        }
        json.writeEndObject();
        writeIds(json, "never", policy.never());
        json.writeEndObject();
    }

    private static void writeIds(JsonGenerator json, String name, List<Operation> operations) throws IOException {
        JsonText.writeStrings(json, name, operations.stream().map(Operation::id).toList());
    }
}
