package org.socketproxy.policy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.Consequence.Gain;
import org.socketproxy.policy.Decision.Alternative;
import org.socketproxy.policy.create.BindRules;
import org.socketproxy.policy.create.CreateAllowances;
import org.socketproxy.policy.create.CreatePermission;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.mask.MaskRules;
import org.socketproxy.policy.mask.MaskSelection;

/**
 * Finds the settings with which variables give the clients of a profile neither root on the host nor control of other containers:
 * {@code CREATE=safe}, or a mask.
 *
 * <p>Threading: thread-safe; caches the answers.
 */
public final class Remedies {
    /** Clients can ask for any number of values in one body. */
    private static final int MOST_NEEDS = 16;

    private static final Remedy SAFE = new Remedy("CREATE", "safe", "");
    private static final int CAPACITY = 1000;
    private static final int MAX_BODY_BYTES = 1 << 20; // no body is judged by these profiles

    private final Profile profile;
    private final Map<Set<String>, Danger> dangers = new ConcurrentHashMap<>();
    private final Map<Need, Safe> known = new ConcurrentHashMap<>();

    /** The dangers that a setting can prevent. */
    private enum Danger {
        NONE(""),
        INDIRECT("clients change what other containers run"),
        ROOT("root on the host");

        private final String words;

        Danger(String words) {
            this.words = words;
        }
    }

    /**
     * The variables of a profile, and the permissions that {@code CREATE=safe} needs to allow the operations.
     *
     * @param isOfSecret whether a client asks for nothing but a value that a mask hides
     */
    private record Need(Set<String> variables, @Nullable List<String> permissions, boolean isOfSecret) {}

    /**
     * Variables and settings.
     *
     * @param maker makes the profile with both, which is not kept, because it is large
     * @param danger what the variables would give without the settings; or empty
     */
    public record Safe(List<Remedy> settings, Supplier<Profile> maker, String danger) {
        public Profile profile() {
            return maker.get();
        }
    }

    Remedies(Profile profile) {
        this.profile = profile;
    }

    /**
     * Returns the settings that a text in place of the environment must keep, because the profile would allow more without them.
     *
     * @param advised other settings of the text; they have the elements of the profile's
     */
    public List<Remedy> kept(List<Remedy> advised) {
        Set<String> names = advised.stream().map(Remedy::setting).collect(Collectors.toSet());
        return profile.origin().settings().stream()
                .filter(each -> !names.contains(each.setting()))
                .toList();
    }

    /** Adds to the alternatives of a denial what their variables would make possible, and the settings that prevent it. */
    Decision complete(Decision denial) {
        Operation operation = denial.operation();
        if (operation == null || denial.alternatives().isEmpty()) {
            return denial;
        }
        return denial.with(denial.alternatives().stream()
                .map(alternative -> complete(alternative, operation))
                .toList());
    }

    /** Returns true if {@code CREATE=safe} judges the body of a request that variables deny. */
    public boolean isOfBody(Decision denial) {
        Operation operation = denial.operation();
        return operation != null && CreateRules.isBodyJudged(operation) && rules(denial, operation) != null;
    }

    /**
     * Adds to the narrowest way of a denial what {@code CREATE=safe} needs for the body, except what would be root on the host. The
     * rest are violations of the denial.
     *
     * @param body whole body of a request with {@link #isOfBody}
     * @param protecting adds paths that no container may bind
     */
    public Decision needing(Decision denial, JsonBody body, UnaryOperator<CreateRules> protecting) {
        Operation operation = Objects.requireNonNull(denial.operation());
        CreateRules rules = protecting.apply(Objects.requireNonNull(rules(denial, operation)));
        List<Violation> violations = rules.judgeBody(operation, body);
        Set<Remedy> needed = new LinkedHashSet<>();
        List<Violation> beyond = new ArrayList<>();
        for (Violation violation : violations) {
            Remedy remedy = violation.remedy();
            if (remedy == null || remedy.isRoot() || needed.size() == MOST_NEEDS && !needed.contains(remedy)) {
                beyond.add(violation);
            } else {
                needed.add(remedy);
            }
        }
        Alternative narrowest = denial.alternatives().get(0);
        List<Remedy> settings = new ArrayList<>(narrowest.settings());
        settings.addAll(needed);
        List<Alternative> ways = new ArrayList<>(denial.alternatives());
        ways.set(0, new Alternative(settings, narrowest.missing(), narrowest.opens(), narrowest.danger()));
        return denial.with(ways, beyond);
    }

    /** Returns the rules of {@code CREATE=safe} beside the variables of the narrowest way; null if it is off, and not advised. */
    private @Nullable CreateRules rules(Decision denial, Operation operation) {
        if (denial.reason() != Reason.VARIABLE_MISSING) {
            return null;
        }
        Alternative narrowest = denial.alternatives().get(0);
        Set<String> variables = new HashSet<>(profile.policy().granted());
        variables.addAll(narrowest.missing());
        CreateRules own = profile.create();
        if (own != null) {
            return own.granting(variables);
        }
        CreateAllowances allowances = permissions(List.of(operation));
        return narrowest.settings().contains(SAFE) && allowances != null
                ? rules(allowances).granting(variables)
                : null;
    }

    private Alternative complete(Alternative alternative, Operation operation) {
        Set<String> granted = new HashSet<>(profile.policy().granted());
        granted.addAll(alternative.missing());
        if (danger(granted).compareTo(danger(profile.policy().granted())) <= 0) {
            return alternative;
        }
        Safe safe = safest(granted, List.of(operation));
        return new Alternative(safe.settings, alternative.missing(), alternative.opens(), safe.danger);
    }

    /** How an operation can be allowed. */
    public enum Way {
        /** Variables decide about it. */
        VARIABLES,
        /** It is allowed by its id. */
        GIVEN,
        /** No variable allows it beside the other rules of the profile, but its id does. */
        ID,
        /** Neither variables nor its id allow it beside the other rules. */
        NONE
    }

    public Way way(Operation operation, boolean isWrite) {
        if (operation.section() == null && operation.sufficient().isEmpty()) {
            return Way.VARIABLES; // no variable, and so no id
        }
        Reason beyond = profile.plan(operation).denialBeyond(isWrite);
        if (profile.policy().isDeniedById(operation) || beyond == Reason.OBJECT_PROTECTED) {
            return Way.NONE;
        }
        return beyond != null ? Way.ID : profile.policy().isAllowedById(operation) ? Way.GIVEN : Way.VARIABLES;
    }

    /** Returns the only way to allow an operation that cannot be confined: by its id, in a policy file. */
    List<Alternative> byId(Operation operation) {
        return profile.origin().isOfFile()
                ? List.of(new Alternative(List.of(allow(List.of(operation))), List.of(), 1, dangerOf(operation)))
                : List.of();
    }

    /** Returns the key {@code allow} with these operations. */
    public static Remedy allow(List<Operation> operations) {
        String ids = operations.stream().map(Operation::id).collect(Collectors.joining(","));
        return new Remedy(AssignmentForm.ALLOW, ids, "");
    }

    /** Returns what clients gain if the profile allows the operation by its id; empty for nothing. */
    public String dangerOf(Operation operation) {
        Profile without = profile.granting(profile.policy().granted());
        return Risk.worstAdded(without, allowing(operation), profile.policy().catalogue())
                .map(gain -> gain == Gain.ROOT ? Danger.ROOT.words : "clients " + gain.words())
                .orElse("");
    }

    /** Returns the profile that also allows the operation by its id, for advice; it judges no bodies. */
    public Profile allowing(Operation operation) {
        ProfileParts edited = profile.granting(profile.policy().granted()).edit();
        edited.policy = edited.policy.allowing(operation);
        return edited.build();
    }

    /** Returns the danger of the profile with these variables. */
    private Danger danger(Set<String> variables) {
        if (dangers.size() >= CAPACITY) {
            dangers.clear();
        }
        return dangers.computeIfAbsent(Set.copyOf(variables), names -> danger(profile.granting(names)));
    }

    private Danger danger(Profile other) {
        Risk risk = Risk.enforced(other, profile.policy().catalogue());
        return risk.isRoot() ? Danger.ROOT : risk.isIndirect() ? Danger.INDIRECT : Danger.NONE;
    }

    /**
     * Returns the profile with these variables, and with the settings that prevent the danger; without settings if there is none, or
     * if no setting prevents it and allows the operations.
     */
    public Safe safest(Set<String> variables, List<Operation> operations) {
        Set<String> names = Set.copyOf(variables);
        CreateAllowances permissions = permissions(operations);
        boolean isOfSecret = operations.stream().anyMatch(each -> each.is(Trait.IS_SECRET));
        Need need = new Need(names, permissions == null ? null : permissions.words(), isOfSecret);
        if (known.size() >= CAPACITY) { // the page asks for any subset of the requests
            known.clear();
        }
        return known.computeIfAbsent(need, any -> find(need, permissions));
    }

    private Safe find(Need need, @Nullable CreateAllowances permissions) {
        Set<String> variables = need.variables;
        Danger danger = danger(variables);
        Stream<Safe> masked = need.isOfSecret ? Stream.empty() : Stream.of(masked(variables, danger));
        return Stream.concat(masked, judged(variables, permissions, danger).stream())
                .filter(safe -> danger(safe.profile()).compareTo(danger) < 0)
                .min(Comparator.comparing(safe -> danger(safe.profile())))
                .orElseGet(() -> new Safe(
                        List.of(), () -> profile.granting(variables), danger == Danger.ROOT ? Danger.ROOT.words : ""));
    }

    private Safe masked(Set<String> variables, Danger danger) {
        MaskSelection own = profile.mask().selection();
        Set<MaskGroup> groups = EnumSet.of(MaskGroup.TOKENS);
        groups.addAll(own.groups());
        MaskSelection more = new MaskSelection(groups, own.masked(), own.kept());
        return new Safe(
                List.of(new Remedy("MASK", String.join(",", more.words()), "")),
                () -> profile.granting(variables)
                        .edit()
                        .mask(MaskRules.of(more, profile.policy().catalogue()), MAX_BODY_BYTES)
                        .build(),
                danger.words);
    }

    /** @param permissions null if {@code CREATE=safe} denies one of the operations with every setting */
    private Optional<Safe> judged(Set<String> variables, @Nullable CreateAllowances permissions, Danger danger) {
        if (permissions == null || profile.create() != null || profile.isTunnellingBuilds()) {
            return Optional.empty();
        }
        List<Remedy> settings = permissions.words().isEmpty()
                ? List.of(SAFE)
                : List.of(SAFE, new Remedy("CREATE_ALLOW", String.join(",", permissions.words()), ""));
        return Optional.of(new Safe(
                settings,
                () -> profile.granting(variables)
                        .edit()
                        .create(rules(permissions).granting(variables))
                        .build(),
                danger.words));
    }

    private static CreateRules rules(CreateAllowances permissions) {
        return new CreateRules(permissions, BindRules.NONE, ImageRules.ALL, Set.of(), MAX_BODY_BYTES);
    }

    /** Returns the permissions without which {@code CREATE=safe} denies an operation as a whole; null if none allows it. */
    private static @Nullable CreateAllowances permissions(List<Operation> operations) {
        CreateRules strict = rules(CreateAllowances.NONE);
        Map<CreatePermission, Set<String>> needed = new EnumMap<>(CreatePermission.class);
        for (Operation operation : operations) {
            Violation denial = strict.denial(operation);
            Remedy remedy = denial == null ? null : denial.remedy();
            if (denial != null && remedy == null) {
                return null;
            }
            if (remedy != null) {
                needed.put(CreatePermission.of(remedy.value()).orElseThrow(), Set.of());
            }
        }
        return new CreateAllowances(needed);
    }
}
