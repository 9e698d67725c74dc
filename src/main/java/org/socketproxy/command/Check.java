package org.socketproxy.command;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.socketproxy.config.ConfiguredProfile;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.filter.extension.ExtensionFilter;
import org.socketproxy.filter.extension.Extensions;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Variable;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.advice.ProfileNotes;
import org.socketproxy.policy.advice.ProfileRisks;
import org.socketproxy.policy.create.CreateSummary;
import org.socketproxy.policy.self.ProxyContainer;

/** Prints the effective policy of a valid configuration, with its dangers and notes. */
final class Check {
    private final OperationCatalogue catalogue;
    private final Variables variables;
    private final Settings settings;
    private final ConfiguredProfiles profiles;

    Check(OperationCatalogue catalogue, Variables variables, Settings settings, ConfiguredProfiles profiles) {
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
                if (isOfFile()) {
                    new ProfileMatrix(catalogue, profiles).writeProfiles(json);
                } else {
                    table().writeOperations(json);
                }
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
            out.println("SELF    own container " + ProxyContainer.shorten(container));
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

    private List<String> notes(List<String> learning) {
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
            if (profile.policy().granted().contains(variable.name()) && variable.danger() != null) {
                out.println("DANGER  " + of + variable.name() + ": " + variable.danger());
            }
        }
        CreateSummary.of(profile.create())
                .forEach(line -> out.println(
                        "CREATE  " + of + line.assignment() + (line.danger().isEmpty() ? "" : ": " + line.danger())));
        profile.limits().assignments().forEach(limit -> out.println("MAX     " + of + limit));
        out.println("RISK    " + of + "Can a client become root on the host? "
                + risks.risk(each).answer());
        profile.mask().groups().forEach(group -> out.println("MASK    " + of + group.word() + ": " + group.meaning()));
    }
}
