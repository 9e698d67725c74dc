package org.socketproxy.policy.advice;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Consequence.Gain;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.Variables.Danger;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.policy.mask.MaskGroup;

/** Dangers of variables that hold for a profile: its other variables, rules, targets and masks prevent some. */
public final class Dangers {
    private static final String POST = "POST";

    private Dangers() {}

    /** Returns the variable with the dangers that it has, or would have, in the profile. */
    public static Variable effective(Variable variable, Profile profile, OperationCatalogue catalogue) {
        Set<String> names = new HashSet<>(profile.policy().granted());
        names.add(variable.name());
        Profile with = profile.granting(names);
        return variable.with(variable.dangers().stream()
                .filter(danger -> holds(danger, with, catalogue))
                .toList());
    }

    /** Returns the dangers that these variables add to a profile. */
    public static List<String> added(
            Collection<Variable> variables, Profile profile, Set<String> added, OperationCatalogue catalogue) {
        Set<String> names = new HashSet<>(profile.policy().granted());
        names.removeAll(added);
        Profile before = profile.granting(names);
        names.addAll(added);
        return added(variables, before, profile.granting(names), catalogue);
    }

    /** Returns the dangers that a profile has only after a change, such as {@code EXEC runs any command in any container}. */
    static List<String> added(
            Collection<Variable> variables, Profile before, Profile after, OperationCatalogue catalogue) {
        List<String> dangers = new ArrayList<>();
        for (Variable variable : variables) {
            List<String> clauses = variable.dangers().stream()
                    .filter(danger -> holds(variable, danger, after, catalogue))
                    .filter(danger -> !holds(variable, danger, before, catalogue))
                    .map(Danger::text)
                    .toList();
            if (!clauses.isEmpty()) {
                dangers.add(variable.name() + " " + String.join("; ", clauses));
            }
        }
        return dangers;
    }

    private static boolean holds(Variable variable, Danger danger, Profile profile, OperationCatalogue catalogue) {
        return profile.policy().granted().contains(variable.name()) && holds(danger, profile, catalogue);
    }

    private static boolean holds(Danger danger, Profile profile, OperationCatalogue catalogue) {
        if (danger.needsPost() && !profile.policy().granted().contains(POST) || isMasked(danger, profile)) {
            return false;
        }
        if (danger.operation().isEmpty()) {
            return true;
        }
        if (!danger.gain().isEmpty()) {
            Gain gain = Gain.valueOf(danger.gain().toUpperCase(Locale.ROOT));
            return Risk.isPossible(gain, danger.operation(), profile, catalogue);
        }
        Operation operation = catalogue.byId(danger.operation()).orElseThrow();
        return profile.allows(operation) && !profile.confines(operation);
    }

    private static boolean isMasked(Danger danger, Profile profile) {
        Set<MaskGroup> groups = profile.mask().groups();
        return !danger.masks().isEmpty()
                && danger.masks().stream()
                        .allMatch(word -> groups.contains(MaskGroup.of(word).orElseThrow()))
                && (!danger.masks().contains(MaskGroup.ENV.word())
                        || profile.mask().selection().isOfAllNames());
    }
}
