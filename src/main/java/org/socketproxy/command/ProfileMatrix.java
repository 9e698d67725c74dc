package org.socketproxy.command;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.PermissionEnd;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.Risk.Level;
import org.socketproxy.policy.advice.ProfileRisks;
import org.socketproxy.policy.create.CreateSummary;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.scope.Scope;

/** Prints the allowed operations of each profile of a policy file. */
final class ProfileMatrix {
    private static final int MIN_WIDTH = 5;

    private final OperationCatalogue catalogue;
    private final ConfiguredProfiles profiles;

    ProfileMatrix(OperationCatalogue catalogue, ConfiguredProfiles profiles) {
        this.catalogue = catalogue;
        this.profiles = profiles;
    }

    /** Prints operations as rows and profiles as columns, then the clients of each profile. */
    void print(boolean isAll, PrintStream out) {
        out.println(row("operation", each -> each.name()));
        List<Operation> shown = catalogue.operations().stream()
                .filter(operation -> isAll || profiles.all().stream().anyMatch(each -> isAllowed(each, operation)))
                .toList();
        Map<String, Level> levels = new HashMap<>();
        for (ConfiguredProfile each : profiles.all()) {
            Risk.levels(each.profile(), catalogue)
                    .forEach((id, level) -> levels.merge(id, level, (a, b) -> a.compareTo(b) < 0 ? a : b));
        }
        OperationGroups.print(
                shown,
                isAll ? null : operation -> levels.get(operation.id()),
                out,
                operation -> row(operation.id(), each -> isAllowed(each, operation) ? "allow" : "-"));
        for (ConfiguredProfile each : profiles.all()) {
            long allowed = catalogue.operations().stream()
                    .filter(operation -> isAllowed(each, operation))
                    .count();
            out.println("PROFILE " + each.name() + " allows " + allowed + " operations; " + identity(each));
        }
    }

    private String row(String id, Function<ConfiguredProfile, String> text) {
        StringBuilder row = new StringBuilder(String.format("%-28s", id));
        profiles.all().forEach(each -> row.append("  ").append(cell(each, text.apply(each))));
        return row.toString().stripTrailing();
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
