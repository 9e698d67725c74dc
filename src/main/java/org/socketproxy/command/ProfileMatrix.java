package org.socketproxy.command;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.config.ConfiguredProfile;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonText;

/** Prints the operations that each profile of a policy file allows. */
final class ProfileMatrix {
    private static final int MIN_WIDTH = 5;

    private final OperationCatalogue catalogue;
    private final ConfiguredProfiles profiles;

    ProfileMatrix(OperationCatalogue catalogue, ConfiguredProfiles profiles) {
        this.catalogue = catalogue;
        this.profiles = profiles;
    }

    /** Prints a row for each operation with a column for each profile, then the clients of each profile. */
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
        return profile.profile().decide(operation).isAllowed();
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
            JsonText.writeStrings(json, "max", each.profile().limits().assignments());
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
