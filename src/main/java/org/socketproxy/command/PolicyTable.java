package org.socketproxy.command;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.Risk.Level;

/** Prints for each operation the decision and the variables that allow it or would allow it. */
final class PolicyTable {
    private record Row(Operation operation, Decision decision, List<String> masked) {}

    private final List<Row> rows = new ArrayList<>();
    private final Map<String, Level> levels;

    PolicyTable(OperationCatalogue catalogue, Profile profile) {
        levels = Risk.levels(profile, catalogue);
        for (Operation operation : catalogue.operations()) {
            rows.add(new Row(
                    operation,
                    profile.decide(operation),
                    profile.mask().selection().words(profile.mask().groups(operation))));
        }
    }

    long allowed() {
        return rows.stream().filter(row -> row.decision.isAllowed()).count();
    }

    /** Prints all rows, or those of allowed operations in groups, the most dangerous first. */
    void print(boolean isAll, PrintStream out) {
        List<Row> shown =
                rows.stream().filter(row -> isAll || row.decision.isAllowed()).toList();
        int width = shown.stream()
                .mapToInt(row -> row.operation.signature().length())
                .max()
                .orElse(1);
        OperationGroups.print(
                shown,
                isAll ? null : row -> levels.get(row.operation.id()),
                out,
                row -> String.format(
                        "%-5s  %-" + width + "s  %-28s  %s",
                        row.decision.isAllowed() ? "allow" : "deny",
                        row.operation.signature(),
                        row.operation.id(),
                        why(row)));
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
