package org.socketproxy.policy.advice;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.usage.AssignmentForm;

/** Prints the settings that would have allowed the denials of {@code CREATE=safe}, with their dangers. */
final class CreateSuggestion {
    private final List<Remedy> remedies;

    CreateSuggestion(List<Remedy> remedies) {
        this.remedies = remedies;
    }

    private SortedMap<String, List<String>> values() {
        return remedies.stream()
                .collect(Collectors.groupingBy(
                        Remedy::setting, TreeMap::new, Collectors.mapping(Remedy::value, Collectors.toList())));
    }

    /** Appends comment lines, because only the administrator can decide to allow a denied request. */
    void append(StringBuilder text, AssignmentForm form) {
        if (remedies.isEmpty()) {
            return;
        }
        text.append(
                "\n# CREATE=safe denied requests since the start that these settings would allow, in addition to yours:\n");
        values().forEach((setting, values) -> text.append("#  ")
                .append(form.assignment(setting, String.join(",", values)))
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
    void write(JsonGenerator json) throws IOException {
        if (remedies.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart("create");
        for (var setting : values().entrySet()) {
            JsonText.writeStrings(json, setting.getKey(), setting.getValue());
        }
        json.writeEndObject();
    }
}
