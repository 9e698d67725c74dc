package org.socketproxy.policy.advice;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.config.ProfileSettings;
import org.socketproxy.policy.Variable;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.create.CreateSummary;
import org.socketproxy.policy.mask.MaskGroup;

/**
 * Difference of one profile between two configurations.
 *
 * @param profile name of the profile
 * @param before names of the variables that were on
 * @param on names of the variables that are switched on, in display order
 * @param off names of the variables that are switched off
 * @param others other differences, such as {@code allow +ContainerWait}
 * @param lifted dangers of rules that are switched off, and of elements that widen a rule
 */
public record ProfileChange(
        String profile,
        Set<String> before,
        List<String> on,
        List<String> off,
        List<String> others,
        List<String> lifted) {
    public ProfileChange {
        before = Set.copyOf(before);
        on = List.copyOf(on);
        off = List.copyOf(off);
        others = List.copyOf(others);
        lifted = List.copyOf(lifted);
    }

    /** Returns the profiles that differ, in the order of the later configuration; removed ones are last. */
    public static List<ProfileChange> between(PolicySettings before, PolicySettings after, Variables variables) {
        Set<String> names = new LinkedHashSet<>(names(after));
        names.addAll(names(before));
        return names.stream()
                .map(name -> between(
                        name, before.find(name).orElse(null), after.find(name).orElse(null), variables))
                .flatMap(Optional::stream)
                .toList();
    }

    /** Returns everything that a profile allows and requires, as the change by which it would be added. */
    static Optional<ProfileChange> ofNew(ProfileSettings profile, Variables variables) {
        return between(profile.name(), null, profile, variables);
    }

    /** Returns differences that belong to no profile: the order of the profiles, and the one for other clients. */
    public static List<String> ofOrder(PolicySettings before, PolicySettings after) {
        List<String> changes = new ArrayList<>();
        List<String> kept =
                names(after).stream().filter(names(before)::contains).toList();
        if (!kept.equals(names(before).stream().filter(kept::contains).toList())) {
            changes.add("order " + String.join(", ", names(after)));
        }
        if (!before.otherwise().name().equals(after.otherwise().name())) {
            changes.add("otherwise "
                    + (after.otherwise().origin().isNone()
                            ? "deny"
                            : after.otherwise().name()));
        }
        return changes;
    }

    private static List<String> names(PolicySettings policy) {
        return policy.all().stream()
                .filter(profile -> !profile.origin().isNone())
                .map(ProfileSettings::name)
                .toList();
    }

    private static Optional<ProfileChange> between(
            String name, @Nullable ProfileSettings before, @Nullable ProfileSettings after, Variables variables) {
        Set<String> wasOn = before == null ? Set.of() : before.granted();
        Set<String> isOn = after == null ? Set.of() : after.granted();
        List<String> others = new ArrayList<>();
        if (before == null) {
            others.add("new profile");
        } else if (after == null) {
            others.add("profile removed");
        }
        others.addAll(differences("clients ", clients(before), clients(after)));
        others.addAll(differences("allow ", allowed(before), allowed(after)));
        others.addAll(differences("deny ", denied(before), denied(after)));
        others.addAll(differences("", create(before), create(after)));
        others.addAll(differences("targets ", targets(before), targets(after)));
        others.addAll(differences("MASK=", mask(before), mask(after)));
        others.addAll(differences("learn ", learn(before), learn(after)));
        others.addAll(differences("max ", limits(before), limits(after)));
        others.addAll(differences("trusts ", trusts(before), trusts(after)));
        ProfileChange change = new ProfileChange(
                name,
                wasOn,
                only(variables, isOn, wasOn),
                only(variables, wasOn, isOn),
                others,
                before == null || after == null ? List.of() : LiftedRules.dangers(before, after));
        return change.on.isEmpty() && change.off.isEmpty() && others.isEmpty() ? Optional.empty() : Optional.of(change);
    }

    private static List<String> only(Variables variables, Set<String> these, Set<String> others) {
        return variables.all().stream()
                .map(Variable::name)
                .filter(name -> these.contains(name) && !others.contains(name))
                .toList();
    }

    private static List<String> differences(String prefix, Set<String> before, Set<String> after) {
        return Stream.concat(
                        after.stream().filter(text -> !before.contains(text)).map(text -> prefix + "+" + text),
                        before.stream().filter(text -> !after.contains(text)).map(text -> prefix + "-" + text))
                .toList();
    }

    private static Set<String> clients(@Nullable ProfileSettings profile) {
        return profile == null
                ? Set.of()
                : profile.clients().stream().map(ClientMatcher::text).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> allowed(@Nullable ProfileSettings profile) {
        return profile == null ? Set.of() : new TreeSet<>(profile.exceptions().allowed());
    }

    private static Set<String> denied(@Nullable ProfileSettings profile) {
        return profile == null ? Set.of() : new TreeSet<>(profile.exceptions().denied());
    }

    private static Set<String> create(@Nullable ProfileSettings profile) {
        return profile == null
                ? Set.of()
                : CreateSummary.of(profile.create()).stream()
                        .map(CreateSummary.Line::assignment)
                        .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static Set<String> targets(@Nullable ProfileSettings profile) {
        return profile == null || profile.targets() == null
                ? Set.of()
                : new LinkedHashSet<>(profile.targets().texts());
    }

    private static Set<String> mask(@Nullable ProfileSettings profile) {
        return profile == null
                ? Set.of()
                : profile.mask().stream().map(MaskGroup::word).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> learn(@Nullable ProfileSettings profile) {
        return profile == null || profile.learn() == null
                ? Set.of()
                : Set.of(profile.learn().toString());
    }

    private static Set<String> limits(@Nullable ProfileSettings profile) {
        return profile == null ? Set.of() : new LinkedHashSet<>(profile.limits().assignments());
    }

    private static Set<String> trusts(@Nullable ProfileSettings profile) {
        return profile == null ? Set.of() : new TreeSet<>(profile.trusts());
    }

    /** Returns the variables in display order, such as {@code -EXEC} and {@code +IMAGES}. */
    public List<String> signed(Variables variables) {
        return variables.all().stream()
                .map(Variable::name)
                .filter(name -> on.contains(name) || off.contains(name))
                .map(name -> (on.contains(name) ? "+" : "-") + name)
                .toList();
    }

    /** Returns the change in one line, such as {@code +IMAGES -EXEC allow +ContainerWait}. */
    public String text() {
        return Stream.of(on.stream().map(name -> "+" + name), off.stream().map(name -> "-" + name), others.stream())
                .flatMap(part -> part)
                .collect(Collectors.joining(" "));
    }
}
