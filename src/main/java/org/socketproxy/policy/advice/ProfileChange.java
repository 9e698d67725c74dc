package org.socketproxy.policy.advice;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.config.LeaseTemplate;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.config.ProfileSettings;
import org.socketproxy.config.ProfileSettings.Validity;
import org.socketproxy.config.Setting;
import org.socketproxy.policy.ProfileLimits;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.policy.build.SessionNames;
import org.socketproxy.policy.build.SessionNames.Kind;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.CreateSummary;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.create.Requirements.Requirement;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.scope.Scope;

/**
 * Difference of one profile between two configurations.
 *
 * @param on variables that are switched on, in display order
 * @param others differences of other keys, such as {@code allow +ContainerWait}
 * @param lifted dangers of ended rules, and of elements that widen a rule
 */
public record ProfileChange(
        String profile, List<String> on, List<String> off, List<String> others, List<String> lifted) {
    private static final List<String> PREFIXES = Stream.of(
                    Stream.of("clients ", "allow ", "deny ", "", "targets ", "write-targets ", "protect "),
                    Stream.of("MASK=", "MASK_KEEP="),
                    Setting.keys().keySet().stream().map(setting -> setting + "="),
                    Stream.of("BUILD_SECRETS=", "BUILD_SSH=", "BUILD_REGISTRIES="),
                    Stream.of("learn ", "max ", "until ", "trusts "))
            .flatMap(prefixes -> prefixes)
            .toList();
    /** Enough to tell policies apart; a collision grants nothing. */
    private static final int FINGERPRINT_BYTES = 6;

    public ProfileChange {
        on = List.copyOf(on);
        off = List.copyOf(off);
        others = List.copyOf(others);
        lifted = List.copyOf(lifted);
    }

    /** Returns the differing profiles in the order of the later configuration; removed ones last. */
    public static List<ProfileChange> between(PolicySettings before, PolicySettings after, Variables variables) {
        Set<String> names = new LinkedHashSet<>(names(after));
        names.addAll(names(before));
        return names.stream()
                .map(name -> between(
                        name, before.find(name).orElse(null), after.find(name).orElse(null), variables))
                .flatMap(Optional::stream)
                .toList();
    }

    /**
     * Returns twelve hexadecimal digits, equal for equal policies of all proxies and starts. Comments and notation do not change them.
     */
    public static String fingerprint(PolicySettings policy, Variables variables) {
        StringBuilder text = new StringBuilder();
        for (ProfileSettings profile : policy.all()) {
            text.append(profile.name())
                    .append(' ')
                    .append(profile.grants().compatibility())
                    .append(' ')
                    .append(profile.rules().maxBodyBytes())
                    .append(' ')
                    .append(between(profile.name(), null, profile, variables)
                            .map(ProfileChange::text)
                            .orElse(""))
                    .append('\n');
        }
        text.append(policy.otherwise().name());
        policy.leases().forEach(lease -> text.append('\n').append(text(lease, variables)));
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, FINGERPRINT_BYTES);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("Each Java platform has SHA-256", impossible);
        }
    }

    private static String text(LeaseTemplate lease, Variables variables) {
        return lease.text()
                + between(lease.name(), null, lease.rights(), variables)
                        .map(change -> " " + change.text())
                        .orElse("");
    }

    /** Returns differences of the templates of leases; open leases keep their rights. */
    public static List<String> ofLeases(PolicySettings before, PolicySettings after, Variables variables) {
        List<String> earlier =
                before.leases().stream().map(lease -> text(lease, variables)).toList();
        List<String> later =
                after.leases().stream().map(lease -> text(lease, variables)).toList();
        return Stream.concat(
                        later.stream().filter(text -> !earlier.contains(text)).map(text -> "new leases " + text),
                        before.leases().stream()
                                .map(LeaseTemplate::name)
                                .filter(name -> after.lease(name).isEmpty())
                                .map(name -> "no new leases " + name))
                .toList();
    }

    /** Returns differences of no single profile: their order, and the profile of other clients. */
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
        Map<String, Set<String>> was = facts(before);
        Map<String, Set<String>> is = facts(after);
        PREFIXES.forEach(prefix -> others.addAll(differences(prefix, was, is)));
        ProfileChange change = new ProfileChange(
                name,
                only(variables, isOn, wasOn),
                only(variables, wasOn, isOn),
                others,
                before == null || after == null ? List.of() : liftedRules(before, after));
        return change.on.isEmpty() && change.off.isEmpty() && others.isEmpty() ? Optional.empty() : Optional.of(change);
    }

    private static List<String> only(Variables variables, Set<String> these, Set<String> others) {
        return variables.all().stream()
                .map(Variable::name)
                .filter(name -> these.contains(name) && !others.contains(name))
                .toList();
    }

    private static List<String> differences(
            String prefix, Map<String, Set<String>> before, Map<String, Set<String>> after) {
        Set<String> was = before.getOrDefault(prefix, Set.of());
        Set<String> is = after.getOrDefault(prefix, Set.of());
        return Stream.concat(
                        is.stream().filter(text -> !was.contains(text)).map(text -> prefix + "+" + text),
                        was.stream().filter(text -> !is.contains(text)).map(text -> prefix + "-" + text))
                .toList();
    }

    /** Returns all values but the variables, by the prefix of their difference. */
    private static Map<String, Set<String>> facts(@Nullable ProfileSettings profile) {
        if (profile == null) {
            return Map.of();
        }
        Validity validity = profile.validity();
        Map<String, Set<String>> facts = new HashMap<>();
        facts.put("clients ", set(new TreeSet<>(), validity.clients().stream().map(ClientMatcher::text)));
        facts.put("allow ", new TreeSet<>(profile.grants().exceptions().allowedTexts()));
        facts.put("deny ", new TreeSet<>(profile.grants().exceptions().denied()));
        facts.put(
                "",
                set(
                        new LinkedHashSet<>(),
                        Stream.of(CreateSummary.of(profile.create()), ExecRules.summary(profile.exec()))
                                .flatMap(List::stream)
                                .map(CreateSummary.Line::assignment)));
        facts.put(
                "targets ",
                profile.targets() == null
                        ? Set.of()
                        : new LinkedHashSet<>(profile.targets().texts()));
        Scope writes = profile.writes().targets();
        facts.put("write-targets ", writes == null ? Set.of() : new LinkedHashSet<>(writes.texts()));
        facts.put(
                "protect ",
                set(new LinkedHashSet<>(), profile.writes().guarded().stream().flatMap(each -> each.texts().stream())));
        facts.put("MASK=", set(new TreeSet<>(), profile.mask().words().stream()));
        facts.put("MASK_KEEP=", set(new TreeSet<>(), profile.mask().keptWords().stream()));
        Setting.keys()
                .forEach((setting, key) ->
                        profile.values().text(key).ifPresent(text -> facts.put(setting + "=", Set.of(text))));
        SessionNames names = profile.values().get(SessionNames.KEY);
        for (Kind kind : Kind.values()) {
            facts.put(kind.setting() + "=", names.elements(kind));
        }
        facts.put(
                "learn ",
                validity.learn() == null ? Set.of() : Set.of(validity.learn().toString()));
        facts.put(
                "max ",
                new LinkedHashSet<>(profile.values().get(ProfileLimits.KEY).assignments()));
        Set<String> ends = new LinkedHashSet<>();
        if (validity.until() != null) {
            ends.add(validity.until().toString());
        }
        if (validity.writesUntil() != null) {
            ends.add("write-targets " + validity.writesUntil());
        }
        facts.put("until ", ends);
        facts.put("trusts ", new TreeSet<>(validity.trusts()));
        return facts;
    }

    private static Set<String> set(Set<String> into, Stream<String> texts) {
        texts.forEach(into::add);
        return into;
    }

    /** Returns a clause for each ended or wider rule, such as {@code MASK=env is off: responses show …}. */
    private static List<String> liftedRules(ProfileSettings before, ProfileSettings after) {
        List<String> dangers = new ArrayList<>();
        CreateRules was = before.create();
        CreateRules is = after.create();
        if (was != null && is == null) {
            dangers.add("CREATE=safe is off: what a client creates can have the rights of the host");
        }
        if (was != null && is != null) {
            dangers.addAll(liftedRules(was, is));
        }
        if (before.exec() != null && after.exec() == null) {
            dangers.add("EXEC_ALLOW is off: clients run any command in containers");
        }
        if (before.exec() != null
                && after.exec() != null
                && before.exec().isNonRootRequired()
                && !after.exec().isNonRootRequired()) {
            dangers.add("EXEC_OPTIONS=non-root is off: commands run as root where a container does");
        }
        if (before.exec() != null) {
            dangers.addAll(added(ExecRules.summary(before.exec()), ExecRules.summary(after.exec())));
        }
        if (before.targets() != null && after.targets() == null) {
            dangers.add("TARGETS is off: clients reach the objects of all clients");
        }
        if (before.writes().targets() != null && after.writes().targets() == null) {
            dangers.add("WRITE_TARGETS is off: clients change all objects that they see");
        }
        if (!before.writes().guarded().isEmpty() && after.writes().guarded().isEmpty()) {
            dangers.add("PROTECT is off: clients can change the objects that it selected");
        }
        for (Kind kind : Kind.values()) {
            if (before.values().get(SessionNames.KEY).limits(kind)
                    && !after.values().get(SessionNames.KEY).limits(kind)) {
                dangers.add(kind.setting() + " is off: builds get every " + kind.noun() + " of their clients");
            }
        }
        for (MaskGroup group : before.mask().groups()) {
            if (!after.mask().groups().contains(group)) {
                dangers.add("MASK=" + group.word() + " is off: responses show " + group.meaning());
            } else if (group == MaskGroup.ENV && !after.mask().coversNames(before.mask())) {
                dangers.add("MASK=env may mask fewer names: responses show " + group.meaning());
            }
        }
        return dangers;
    }

    private static List<String> liftedRules(CreateRules was, CreateRules is) {
        List<String> dangers = new ArrayList<>();
        for (Requirement requirement : new TreeSet<>(was.requirements().limits().keySet())) {
            if (!is.requirements().has(requirement)) {
                dangers.add("CREATE_REQUIRE=" + requirement.word() + " is off: a container needs no longer "
                        + requirement.meaning());
            } else if (is.requirements().limit(requirement) > was.requirements().limit(requirement)) {
                dangers.add("CREATE_REQUIRE=" + requirement.word() + " has a higher limit: a container can have more");
            }
        }
        for (String label : was.requirements().labels()) {
            if (is.requirements().has(Requirement.LABEL)
                    && !is.requirements().labels().contains(label)) {
                dangers.add("CREATE_REQUIRE=label:" + label + " is off: a container needs no longer this label");
            }
        }
        for (String network : is.requirements().networks()) {
            if (was.requirements().has(Requirement.NETWORK)
                    && !was.requirements().networks().contains(network)) {
                dangers.add("CREATE_REQUIRE=network:" + network + ": containers can be in this network, too");
            }
        }
        if (!was.images().texts().isEmpty() && is.images().texts().isEmpty()) {
            dangers.add("CREATE_IMAGES is off: a container can have any image");
        }
        dangers.addAll(added(CreateSummary.of(was), CreateSummary.of(is)));
        return dangers;
    }

    private static List<String> added(List<CreateSummary.Line> was, List<CreateSummary.Line> is) {
        return is.stream()
                .filter(line -> !was.contains(line) && !line.danger().isEmpty())
                .map(line -> line.assignment() + ": " + line.danger())
                .toList();
    }

    /** Returns variables in display order, such as {@code -EXEC} and {@code +IMAGES}. */
    public List<String> signed(Variables variables) {
        return variables.all().stream()
                .map(Variable::name)
                .filter(name -> on.contains(name) || off.contains(name))
                .map(name -> (on.contains(name) ? "+" : "-") + name)
                .toList();
    }

    /** Returns one line, such as {@code +IMAGES -EXEC allow +ContainerWait}. */
    public String text() {
        return Stream.of(on.stream().map(name -> "+" + name), off.stream().map(name -> "-" + name), others.stream())
                .flatMap(part -> part)
                .collect(Collectors.joining(" "));
    }
}
