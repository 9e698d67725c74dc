package org.socketproxy.command;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.mask.MaskGroup;

/** Prints the effective policy: for each operation the decision and the variables that allow it or would allow it. */
final class PolicyTable {
    private record Row(Operation operation, Decision decision, List<String> masked) {}

    private final List<Row> rows = new ArrayList<>();

    PolicyTable(OperationCatalogue catalogue, Profile profile) {
        for (Operation operation : catalogue.operations()) {
            rows.add(new Row(
                    operation,
                    profile.decide(operation),
                    MaskGroup.words(profile.mask().groups(operation))));
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
