package org.socketproxy.command;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.config.LeaseTemplate;
import org.socketproxy.config.ProfileSettings;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.Risk.Level;
import org.socketproxy.policy.advice.ProfileRisks;
import org.socketproxy.policy.advice.UnreachableProfiles;
import org.socketproxy.table.NearestName;

/** Compares the danger of each profile with the limit of {@code check --fail-on}. */
final class PolicyGate {
    private static final String NOTES = "notes";
    private static final String UNREACHABLE = "unreachable";
    private static final List<String> WORDS = List.of(
            Level.ROOT.word(), Level.INDIRECT.word(), Level.SECRETS.word(), Level.LIMITED.word(), UNREACHABLE, NOTES);

    private final Limit limit;
    private final List<Verdict> verdicts = new ArrayList<>();
    private final Map<String, String> unreachable;
    private final List<String> notes;
    private final String hash;

    /**
     * The argument of {@code --fail-on}.
     *
     * @param level the least level that fails, or null
     * @param isOnUnreachable true if a profile without any client fails
     * @param isOnNotes true if a note fails
     */
    record Limit(@Nullable Level level, boolean isOnUnreachable, boolean isOnNotes) {
        /** @throws IllegalArgumentException with a message for the user */
        static Limit parse(String text) {
            Level least = null;
            List<String> words = Arrays.asList(text.split(",", -1));
            for (String word : words) {
                if (!WORDS.contains(word)) {
                    throw new IllegalArgumentException("there is no level " + word
                            + NearestName.advice(word, WORDS, "; --fail-on takes some of " + String.join(", ", WORDS)));
                }
                Level level = level(word);
                least = level == null || least != null && least.compareTo(level) > 0 ? least : level;
            }
            return new Limit(least, words.contains(UNREACHABLE), words.contains(NOTES));
        }

        private static @Nullable Level level(String word) {
            return Arrays.stream(Level.values())
                    .filter(each -> each.word().equals(word))
                    .findFirst()
                    .orElse(null);
        }

        boolean fails(Level found) {
            return level != null && found.compareTo(level) <= 0;
        }
    }

    /** @param name of the profile; empty without a policy file */
    private record Verdict(String name, Risk risk) {
        String of() {
            return name.isEmpty() ? "" : name + ": ";
        }
    }

    /**
     * @param notes what {@code check} notes about the configuration
     * @param hash of the policy, as in {@code /metrics}
     */
    PolicyGate(
            Limit limit,
            Settings settings,
            ConfiguredProfiles profiles,
            OperationCatalogue catalogue,
            List<String> notes,
            String hash) {
        this.limit = limit;
        this.unreachable = UnreachableProfiles.of(profiles, settings.listeners());
        this.notes = notes;
        this.hash = hash;
        ProfileRisks risks = new ProfileRisks(profiles, catalogue);
        for (ConfiguredProfile each : profiles.all()) {
            Risk risk = risks.risk(each);
            verdicts.add(new Verdict(
                    settings.policy().isOfFile() ? each.name() : "",
                    isLearning(settings, each.settings()) ? risk.asRoot("learn mode forwards every request") : risk));
        }
        for (LeaseTemplate lease : settings.policy().leases()) {
            Profile profile = Check.ofLease(lease, settings, catalogue).profile();
            verdicts.add(new Verdict("lease " + lease.name(), Risk.of(profile, catalogue)));
        }
    }

    /** {@code check} prints the decisions of the variables, but a gate must not accept what learn mode forwards. */
    private static boolean isLearning(Settings settings, ProfileSettings profile) {
        Instant now = Instant.now();
        ProfileSettings.Learn learn = profile.validity().learn();
        Instant until = settings.enforcement().learnUntil();
        return learn != null && learn.end(now).isAfter(now)
                || settings.enforcement().learnFor() != null && (until == null || until.isAfter(now));
    }

    private boolean isFailed(Verdict verdict) {
        return limit.fails(verdict.risk.level());
    }

    /** Prints one line for each reason to fail, or one line; returns true if there is no reason. */
    boolean print(boolean isJson, PrintStream out) {
        List<Verdict> failed = verdicts.stream().filter(this::isFailed).toList();
        List<String> others = new ArrayList<>();
        if (limit.isOnUnreachable) {
            unreachable.forEach(
                    (name, reason) -> others.add(name + ": unreachable: the profile applies to no client: " + reason));
        }
        if (limit.isOnNotes) {
            notes.forEach(note -> others.add("note: " + note));
        }
        boolean isPassed = failed.isEmpty() && others.isEmpty();
        if (isJson) {
            out.println(JsonText.pretty(json -> write(isPassed, json)));
            return isPassed;
        }
        failed.forEach(each -> out.println("FAIL    " + each.of()
                + each.risk.level().word() + ": a client " + each.risk.level().words() + ": "
                + each.risk.answer()));
        others.forEach(reason -> out.println("FAIL    " + reason));
        if (isPassed) {
            Verdict worst = verdicts.stream()
                    .min(Comparator.comparing(each -> each.risk.level()))
                    .orElseThrow();
            out.println("PASS    policy " + hash + ": the worst level is "
                    + worst.risk.level().word()
                    + (worst.name.isEmpty()
                            ? ""
                            : worst.name.startsWith("lease ")
                                    ? " (" + worst.name + ")"
                                    : " (profile " + worst.name + ")"));
        }
        return isPassed;
    }

    private void write(boolean isPassed, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("passed", isPassed);
        json.writeStringField("hash", hash);
        json.writeArrayFieldStart("profiles");
        for (Verdict each : verdicts) {
            json.writeStartObject();
            json.writeStringField("profile", each.name.isEmpty() ? null : each.name);
            json.writeStringField("level", each.risk.level().word());
            json.writeBooleanField("failed", isFailed(each));
            json.writeStringField("answer", each.risk.answer());
            json.writeStringField("unreachable", unreachable.get(each.name));
            json.writeEndObject();
        }
        json.writeEndArray();
        JsonText.writeStrings(json, "notes", notes);
        json.writeEndObject();
    }
}
