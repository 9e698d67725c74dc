package org.socketproxy.command;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.config.LeaseTemplate;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.filter.extension.ExtensionFilter;
import org.socketproxy.filter.extension.Extensions;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.policy.advice.DaemonFault;
import org.socketproxy.policy.advice.Dangers;
import org.socketproxy.policy.advice.ProfileChange;
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
    void print(boolean isJson, boolean isAll, List<String> learning, Extensions extensions, PrintStream out) {
        List<String> notes = notes(learning);
        String hash = ProfileChange.fingerprint(settings.policy(), variables);
        if (isJson) {
            out.println(JsonText.pretty(json -> {
                json.writeStartObject();
                json.writeStringField("hash", hash);
                writeSelf(json);
                JsonText.writeStrings(json, "notes", notes);
                if (!isOfFile()) {
                    table().writeOperations(json);
                }
                new ProfileMatrix(catalogue, profiles).writeProfiles(json);
                writeLeases(json);
                json.writeEndObject();
            }));
            return;
        }
        ProfileRisks risks = new ProfileRisks(profiles, catalogue);
        profiles.all()
                .forEach(each -> out.println("RISK    " + of(each) + "Can a client become root on the host? "
                        + risks.risk(each).answer()));
        String more = isAll ? "" : "; --all prints the denied ones too";
        if (isOfFile()) {
            out.println(
                    "POLICY  " + hash + " of " + profiles.all().size() + " profiles allows these operations" + more);
            new ProfileMatrix(catalogue, profiles).print(isAll, out);
        } else {
            PolicyTable table = table();
            out.println("POLICY  " + hash + " allows " + table.allowed() + " of "
                    + catalogue.operations().size() + " operations" + more);
            table.print(isAll, out);
        }
        extensions
                .filters()
                .forEach(extension -> out.println("extension " + ExtensionFilter.nameOf(extension) + " may deny more"));
        String container = settings.enforcement().self().find();
        if (!container.isEmpty()) {
            out.println("SELF    own container " + ObjectIds.shorten(container));
        }
        profiles.all().forEach(each -> print(each, of(each), out));
        for (LeaseTemplate lease : settings.policy().leases()) {
            ConfiguredProfile each = ofLease(lease, settings, catalogue);
            out.println("LEASE   " + lease.text());
            out.println("RISK    lease " + each.name() + ": Can a client become root on the host? "
                    + Risk.of(each.profile(), catalogue).answer());
            print(each, "lease " + each.name() + ": ", out);
        }
        notes.forEach(note -> out.println("NOTE    " + note));
    }

    private void writeSelf(JsonGenerator json) throws IOException {
        String container = settings.enforcement().self().find();
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
        List<String> notes = new ArrayList<>(settings.findings().hints());
        for (ConfiguredProfile each : profiles.all()) {
            notes.addAll(prefixed(each, each.profile().mask().notes(catalogue, each.profile()::allows)));
        }
        notes.addAll(learning);
        for (ConfiguredProfile each : profiles.all()) {
            notes.addAll(prefixed(
                    each, each.profile().policy().ineffective(each.settings().enabledExplicitly())));
        }
        notes.addAll(new ProfileNotes(profiles, catalogue).sentences());
        notes.addAll(DaemonFault.sentences(daemon, profiles, catalogue));
        notes.addAll(settings.enforcement().shadow().warnings());
        return notes;
    }

    private List<String> prefixed(ConfiguredProfile each, List<String> sentences) {
        return isOfFile()
                ? sentences.stream()
                        .map(sentence -> "profile " + each.name() + ": " + sentence)
                        .toList()
                : sentences;
    }

    private String of(ConfiguredProfile each) {
        return isOfFile() ? each.name() + ": " : "";
    }

    /** Returns the profile that a lease of the template would have. */
    static ConfiguredProfile ofLease(LeaseTemplate lease, Settings settings, OperationCatalogue catalogue) {
        return ConfiguredProfiles.ofLease(
                lease.rights(), settings.policy(), catalogue, ParameterRules.load(), InstantSource.system());
    }

    private void writeLeases(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("leases");
        for (LeaseTemplate lease : settings.policy().leases()) {
            json.writeStartObject();
            json.writeStringField("lease", lease.name());
            json.writeNumberField("forSeconds", lease.longest().toSeconds());
            json.writeNumberField("atOnce", lease.atOnce());
            JsonText.writeStrings(
                    json, "open", lease.open().stream().map(ClientMatcher::text).toList());
            json.writeStringField(
                    "risk",
                    Risk.of(ofLease(lease, settings, catalogue).profile(), catalogue)
                            .answer());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** @param of begin of each line */
    private void print(ConfiguredProfile each, String of, PrintStream out) {
        Profile profile = each.profile();
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
        profile.mask()
                .selection()
                .lines()
                .forEach(line -> out.println("MASK    " + of + line.element() + ": " + line.meaning()));
    }
}
