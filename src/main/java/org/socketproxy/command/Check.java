package org.socketproxy.command;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.filter.extension.ExtensionFilter;
import org.socketproxy.filter.extension.Extensions;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.PermissionEnd;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.policy.advice.DaemonFault;
import org.socketproxy.policy.advice.Dangers;
import org.socketproxy.policy.advice.ProfileNotes;
import org.socketproxy.policy.advice.ProfileRisks;
import org.socketproxy.policy.build.SessionNames;
import org.socketproxy.policy.create.CreateSummary;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.scope.Scope;

/** Prints the effective policy of a valid configuration, with its dangers and notes. */
final class Check {
    private final OperationCatalogue catalogue;
    private final Variables variables;
    private final Settings settings;
    private final ConfiguredProfiles profiles;
    private final String daemon;

    /** @param daemon name and version, such as {@code Docker 26.1.5}; empty if they are not known */
    Check(
            OperationCatalogue catalogue,
            Variables variables,
            Settings settings,
            ConfiguredProfiles profiles,
            String daemon) {
        this.daemon = daemon;
        this.catalogue = catalogue;
        this.variables = variables;
        this.settings = settings;
        this.profiles = profiles;
    }

    /** @param learning sentences about the end of learn mode */
    void print(boolean isJson, List<String> learning, Extensions extensions, PrintStream out) {
        List<String> notes = notes(learning);
        if (isJson) {
            out.println(JsonText.pretty(json -> {
                json.writeStartObject();
                writeSelf(json);
                JsonText.writeStrings(json, "notes", notes);
                if (!isOfFile()) {
                    table().writeOperations(json);
                }
                new ProfileMatrix(catalogue, profiles).writeProfiles(json);
                json.writeEndObject();
            }));
            return;
        }
        if (isOfFile()) {
            new ProfileMatrix(catalogue, profiles).print(out);
        } else {
            table().print(out);
        }
        extensions
                .filters()
                .forEach(extension -> out.println("extension " + ExtensionFilter.nameOf(extension) + " may deny more"));
        String container = settings.self().find();
        if (!container.isEmpty()) {
            out.println("SELF    own container " + ObjectIds.shorten(container));
        }
        ProfileRisks risks = new ProfileRisks(profiles, catalogue);
        profiles.all().forEach(each -> print(each, risks, out));
        notes.forEach(note -> out.println("NOTE    " + note));
    }

    private void writeSelf(JsonGenerator json) throws IOException {
        String container = settings.self().find();
        json.writeObjectFieldStart("self");
        json.writeBooleanField("protected", !container.isEmpty());
        json.writeStringField("container", container.isEmpty() ? null : container);
        json.writeEndObject();
    }

    private boolean isOfFile() {
        return settings.policy().isOfFile();
    }

    private PolicyTable table() {
        return new PolicyTable(catalogue, profiles.otherwise().profile());
    }

    /** @param learning sentences about the end of learn mode */
    List<String> notes(List<String> learning) {
        List<String> notes = new ArrayList<>(settings.hints());
        for (ConfiguredProfile each : profiles.all()) {
            notes.addAll(prefixed(each, each.profile().maskNotes(catalogue)));
        }
        notes.addAll(learning);
        for (ConfiguredProfile each : profiles.all()) {
            notes.addAll(prefixed(
                    each, each.profile().policy().ineffective(each.settings().enabledExplicitly())));
        }
        notes.addAll(new ProfileNotes(profiles, catalogue).sentences());
        notes.addAll(DaemonFault.sentences(daemon, profiles, catalogue));
        notes.addAll(settings.shadow().warnings());
        return notes;
    }

    private List<String> prefixed(ConfiguredProfile each, List<String> sentences) {
        return isOfFile()
                ? sentences.stream()
                        .map(sentence -> "profile " + each.name() + ": " + sentence)
                        .toList()
                : sentences;
    }

    private void print(ConfiguredProfile each, ProfileRisks risks, PrintStream out) {
        Profile profile = each.profile();
        String of = isOfFile() ? each.name() + ": " : "";
        for (Variable variable : variables.all()) {
            String danger = profile.policy().granted().contains(variable.name())
                    ? Dangers.effective(variable, profile, catalogue).danger()
                    : null;
            if (danger != null) {
                out.println("DANGER  " + of + variable.name() + ": " + danger);
            }
        }
        CreateSummary.of(profile.create())
                .forEach(line -> out.println(
                        "CREATE  " + of + line.assignment() + (line.danger().isEmpty() ? "" : ": " + line.danger())));
        ExecRules.summary(profile.exec())
                .forEach(line -> out.println(
                        "EXEC    " + of + line.assignment() + (line.danger().isEmpty() ? "" : ": " + line.danger())));
        Scope targets = profile.targets();
        if (targets != null) {
            out.println("TARGETS " + of + String.join(",", targets.texts()));
        }
        profile.writes().summary().forEach(line -> out.println("WRITE   " + of + line));
        profile.policy().ends().forEach(end -> out.println("UNTIL   " + of + end.subject() + ": " + end.at()));
        profile.limits().assignments().forEach(limit -> out.println("MAX     " + of + limit));
        Setting.keys()
                .forEach((setting, key) -> profile.values()
                        .effect(key)
                        .ifPresent(effect ->
                                out.printf("%-7s %s%s%n", setting.name().split("_", 2)[0], of, effect)));
        profile.get(SessionNames.KEY).assignments().forEach(names -> out.println("BUILDS  " + of + names));
        out.println("RISK    " + of + "Can a client become root on the host? "
                + risks.risk(each).answer());
        profile.mask()
                .selection()
                .lines()
                .forEach(line -> out.println("MASK    " + of + line.element() + ": " + line.meaning()));
    }

    /** Prints for each operation the decision and the variables that allow it or would allow it. */
    static final class PolicyTable {
        private record Row(Operation operation, Decision decision, List<String> masked) {}

        private final List<Row> rows = new ArrayList<>();

        PolicyTable(OperationCatalogue catalogue, Profile profile) {
            for (Operation operation : catalogue.operations()) {
                rows.add(new Row(
                        operation,
                        profile.decide(operation),
                        profile.mask().selection().words(profile.mask().groups(operation))));
            }
        }

        void print(PrintStream out) {
            int width = rows.stream()
                    .mapToInt(row -> row.operation.signature().length())
                    .max()
                    .orElse(0);
            for (Row row : rows) {
                out.printf(
                        "%-5s  %-" + width + "s  %-28s  %s%n",
                        row.decision.isAllowed() ? "allow" : "deny",
                        row.operation.signature(),
                        row.operation.id(),
                        why(row));
            }
            long allowed = rows.stream().filter(row -> row.decision.isAllowed()).count();
            out.println(allowed + " of " + rows.size() + " operations are allowed");
        }

        private static String why(Row row) {
            Decision decision = row.decision;
            if (decision.isAllowed()) {
                return "by " + (decision.by().isEmpty() ? decision.allowedBy() : String.join(" and ", decision.by()));
            }
            return decision.alternatives().isEmpty()
                    ? decision.reason().code()
                    : "set "
                            + String.join(
                                    " or ",
                                    decision.alternatives().stream()
                                            .map(Decision.Alternative::toString)
                                            .toList());
        }

        void writeOperations(JsonGenerator json) throws IOException {
            json.writeArrayFieldStart("operations");
            for (Row row : rows) {
                json.writeStartObject();
                json.writeStringField("operation", row.operation.id());
                json.writeStringField("method", row.operation.method());
                json.writeStringField("path", row.operation.path().toString());
                json.writeBooleanField("allowed", row.decision.isAllowed());
                json.writeStringField("reason", row.decision.reason().code());
                JsonText.writeStrings(json, "masked", row.decision.isAllowed() ? row.masked : List.of());
                JsonText.writeStrings(json, "by", row.decision.by());
                json.writeArrayFieldStart("ways");
                for (Decision.Alternative alternative : row.decision.alternatives()) {
                    json.writeStartArray();
                    for (String setting : AssignmentForm.ENVIRONMENT.words(alternative.settings())) {
                        json.writeString(setting);
                    }
                    for (String variable : alternative.missing()) {
                        json.writeString(variable);
                    }
                    json.writeEndArray();
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
        }
    }

    /** Prints the allowed operations of each profile of a policy file. */
    static final class ProfileMatrix {
        private static final int MIN_WIDTH = 5;

        private final OperationCatalogue catalogue;
        private final ConfiguredProfiles profiles;

        ProfileMatrix(OperationCatalogue catalogue, ConfiguredProfiles profiles) {
            this.catalogue = catalogue;
            this.profiles = profiles;
        }

        /** Prints operations as rows and profiles as columns, then the clients of each profile. */
        void print(PrintStream out) {
            StringBuilder header = new StringBuilder(String.format("%-28s", "operation"));
            profiles.all().forEach(each -> header.append("  ").append(cell(each, each.name())));
            out.println(header.toString().stripTrailing());
            for (Operation operation : catalogue.operations()) {
                StringBuilder row = new StringBuilder(String.format("%-28s", operation.id()));
                for (ConfiguredProfile each : profiles.all()) {
                    row.append("  ").append(cell(each, isAllowed(each, operation) ? "allow" : "-"));
                }
                out.println(row.toString().stripTrailing());
            }
            for (ConfiguredProfile each : profiles.all()) {
                long allowed = catalogue.operations().stream()
                        .filter(operation -> isAllowed(each, operation))
                        .count();
                out.println("PROFILE " + each.name() + " allows " + allowed + " operations; " + identity(each));
            }
        }

        private static String cell(ConfiguredProfile column, String text) {
            return String.format("%-" + Math.max(MIN_WIDTH, column.name().length()) + "s", text);
        }

        private static boolean isAllowed(ConfiguredProfile profile, Operation operation) {
            return profile.profile().allows(operation);
        }

        private String identity(ConfiguredProfile profile) {
            List<String> clients = profile.settings().clients().stream()
                    .map(matcher -> matcher.text() + (matcher.isHard() ? "" : " (soft)"))
                    .toList();
            String others = profile.equals(profiles.otherwise()) ? "every client that no other profile has" : "";
            if (clients.isEmpty()) {
                return "its clients: " + (others.isEmpty() ? "none" : others);
            }
            return "its clients: " + String.join("; ", clients) + (others.isEmpty() ? "" : "; " + others);
        }

        void writeProfiles(JsonGenerator json) throws IOException {
            ProfileRisks risks = new ProfileRisks(profiles, catalogue);
            json.writeArrayFieldStart("profiles");
            for (ConfiguredProfile each : profiles.all()) {
                json.writeStartObject();
                json.writeStringField("profile", each.name());
                json.writeBooleanField("otherwise", each.equals(profiles.otherwise()));
                json.writeArrayFieldStart("clients");
                for (ClientMatcher matcher : each.settings().clients()) {
                    json.writeStartObject();
                    json.writeStringField("client", matcher.text());
                    json.writeBooleanField("hard", matcher.isHard());
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeObjectFieldStart("risk");
                json.writeBooleanField("root", risks.risk(each).isRoot());
                json.writeStringField("answer", risks.risk(each).answer());
                json.writeEndObject();
                JsonText.writeStrings(
                        json,
                        "create",
                        CreateSummary.of(each.profile().create()).stream()
                                .map(CreateSummary.Line::assignment)
                                .toList());
                JsonText.writeStrings(
                        json,
                        "exec",
                        ExecRules.summary(each.profile().exec()).stream()
                                .map(CreateSummary.Line::assignment)
                                .toList());
                Scope targets = each.profile().targets();
                JsonText.writeStrings(json, "targets", targets == null ? List.of() : targets.texts());
                JsonText.writeStrings(json, "writes", each.profile().writes().summary());
                JsonText.writeStrings(
                        json, "mask", each.profile().mask().selection().words());
                JsonText.writeStrings(
                        json, "maskKeep", each.profile().mask().selection().keptWords());
                JsonText.writeStrings(json, "max", each.profile().limits().assignments());
                json.writeObjectFieldStart("until");
                for (PermissionEnd end : each.profile().policy().ends()) {
                    json.writeStringField(end.subject(), end.at().toString());
                }
                json.writeEndObject();
                JsonText.writeStrings(
                        json,
                        "allowed",
                        catalogue.operations().stream()
                                .filter(operation -> isAllowed(each, operation))
                                .map(Operation::id)
                                .toList());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
    }
}
