package org.socketproxy.policy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Consequence.Gain;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.mask.MaskSelection;

/**
 * Gain of a hostile client of a profile, by the table of consequences, all rules of the profile and its masks.
 *
 * @param reason the operations that give root, such as {@code ContainerCreate and ContainerStart by CONTAINERS=1 and POST=1}, or empty
 * @param others the other gains, each with its first operation
 * @param remains sentences about what rules and masks leave of the gains that they prevent
 */
public record Risk(boolean isRoot, String reason, Map<Gain, String> others, List<String> remains) {
    private static final List<Consequence> CONSEQUENCES = Consequence.load();
    private static final List<Consequence> WORST_FIRST = CONSEQUENCES.stream()
            .sorted(Comparator.comparing(Consequence::gain))
            .toList();

    /** Gains by objects of other profiles, which a confined client does not reach. */
    private static final Set<Gain> OF_OTHERS = EnumSet.of(Gain.CONTAINERS, Gain.FILES, Gain.SECRETS, Gain.LOSS);

    /** Gains by changes of objects, which {@code WRITE_TARGETS} select. */
    private static final Set<Gain> BY_CHANGES = EnumSet.of(Gain.CONTAINERS, Gain.LOSS);

    public Risk {
        remains = List.copyOf(remains);
    }

    public static Risk of(Profile profile, OperationCatalogue catalogue) {
        return profile.learning().left().isZero()
                ? enforced(profile, catalogue)
                : new Risk(true, "learn mode forwards what the variables deny", Map.of(), List.of());
    }

    /** Returns the risk without learn mode. */
    public static Risk enforced(Profile profile, OperationCatalogue catalogue) {
        Map<Gain, String> gains = new TreeMap<>();
        Set<MaskGroup> masks = new TreeSet<>();
        Set<String> remains = new TreeSet<>();
        for (Consequence row : CONSEQUENCES) {
            String by = by(row, profile, catalogue);
            if (by == null) {
                continue;
            }
            masks.addAll(row.masked());
            String limit = limit(row, profile, catalogue);
            if (!limit.isEmpty()) {
                remains.add(limit);
            } else if (!row.isPreventedBy(profile.mask())) {
                gains.putIfAbsent(row.gain(), by);
            }
        }
        if (isPrivilegedExec(profile, catalogue)) {
            gains.putIfAbsent(Gain.ROOT, "EXEC_OPTIONS=privileged");
        }
        CreateRules create = profile.create();
        if (create != null && isBinding(create, profile, catalogue)) {
            create.binds()
                    .secret()
                    .ifPresent(bind -> gains.putIfAbsent(Gain.FILES, "those of the host by BINDS=" + bind));
            if (create.binds().own() != null) {
                gains.putIfAbsent(Gain.FILES, "those that a client's container mounts, by BINDS=own");
            }
        }
        masks.retainAll(profile.mask().groups());
        if (!masks.isEmpty()) {
            remains.add(ofMasks(masks, profile.mask().selection(), gains.containsKey(Gain.SECRETS)));
        }
        String root = gains.remove(Gain.ROOT);
        return new Risk(root != null, root == null ? "" : root, gains, List.copyOf(remains));
    }

    /** Returns the rows that are true for the profile without learn mode. */
    public static Set<Consequence> consequences(Profile profile, OperationCatalogue catalogue) {
        return CONSEQUENCES.stream()
                .filter(row -> isTrue(row, profile, catalogue))
                .collect(Collectors.toSet());
    }

    /**
     * Returns the worst level to which each operation leads, alone or with others that the profile allows, by the operation's id;
     * without harmless operations, learn mode and takeovers.
     */
    public static Map<String, Level> levels(Profile profile, OperationCatalogue catalogue) {
        Map<String, Level> levels = new HashMap<>();
        for (Consequence row : consequences(profile, catalogue)) {
            row.operations()
                    .forEach(id -> levels.merge(id, Level.of(row.gain()), (a, b) -> a.compareTo(b) < 0 ? a : b));
        }
        if (isPrivilegedExec(profile, catalogue)) {
            catalogue.operations().stream()
                    .filter(operation -> ExecRules.creates(operation) && profile.allows(operation))
                    .forEach(operation -> levels.put(operation.id(), Level.ROOT));
        }
        return levels;
    }

    /** Returns the worst gain by a row that is true only after a change, without learn mode. */
    public static Optional<Gain> worstAdded(Profile before, Profile after, OperationCatalogue catalogue) {
        return WORST_FIRST.stream()
                .filter(row -> isTrue(row, after, catalogue) && !isTrue(row, before, catalogue))
                .map(Consequence::gain)
                .findFirst();
    }

    private static boolean isTrue(Consequence row, Profile profile, OperationCatalogue catalogue) {
        return isPossible(row, profile, catalogue) && !row.isPreventedBy(profile.mask());
    }

    /** Returns true if a client can gain something of this kind by an operation, masks aside. */
    public static boolean isPossible(Gain gain, String operation, Profile profile, OperationCatalogue catalogue) {
        return CONSEQUENCES.stream()
                .filter(row -> row.gain() == gain && row.operations().contains(operation))
                .anyMatch(row -> isPossible(row, profile, catalogue));
    }

    private static boolean isPossible(Consequence row, Profile profile, OperationCatalogue catalogue) {
        return by(row, profile, catalogue) != null
                && limit(row, profile, catalogue).isEmpty();
    }

    private static String ofMasks(Set<MaskGroup> masks, MaskSelection selection, boolean areSecretsLeft) {
        String hidden =
                words(masks.stream().map(group -> values(group, selection)).toList());
        boolean isOfContainers = masks.contains(MaskGroup.ENV) || masks.contains(MaskGroup.ARGS);
        return areSecretsLeft
                ? "MASK hides " + hidden
                : "It reads names" + (isOfContainers ? ", labels and mounts; " : " and labels; ") + hidden
                        + " are masked";
    }

    private static String words(List<String> words) {
        int last = words.size() - 1;
        return last == 0 ? words.get(0) : String.join(", ", words.subList(0, last)) + " and " + words.get(last);
    }

    private static String values(MaskGroup group, MaskSelection selection) {
        return switch (group) {
            case ENV -> selection.isOfAllNames() ? "environments" : "some environment variables";
            case ARGS -> "command lines";
            case TOKENS -> "tokens";
            case OPTIONS -> "options of drivers";
            case PATHS -> "paths of the host";
            case TOPOLOGY -> "addresses";
        };
    }

    /** {@code CREATE=safe} also judges the body of an exec, and the targets do not prevent root in a container. */
    private static boolean isPrivilegedExec(Profile profile, OperationCatalogue catalogue) {
        return profile.exec() != null
                && profile.exec().isPrivilegedAllowed()
                && profile.create() == null
                && CONSEQUENCES.stream()
                        .anyMatch(row -> isExec(row, catalogue) && by(row.operations(), profile, catalogue) != null);
    }

    /** Returns true if the client creates what can bind a path of the host. */
    private static boolean isBinding(CreateRules create, Profile profile, OperationCatalogue catalogue) {
        return CONSEQUENCES.stream()
                .filter(row -> row.gain() == Gain.ROOT && row.isPreventedBy(create))
                .anyMatch(row -> by(row.operations(), profile, catalogue) != null);
    }

    private static boolean isExec(Consequence row, OperationCatalogue catalogue) {
        return operations(row, catalogue).anyMatch(ExecRules::creates);
    }

    /** Returns a sentence about the rule that reduces a gain to what the administrator has chosen; empty without one. */
    private static String limit(Consequence row, Profile profile, OperationCatalogue catalogue) {
        ExecRules exec = profile.exec();
        if (exec != null && !exec.isAnyCommandPossible() && isExec(row, catalogue)) {
            return "In containers it runs only the commands of EXEC_ALLOW";
        }
        boolean isSelected =
                BY_CHANGES.contains(row.gain()) && operations(row, catalogue).anyMatch(profile.writes()::selects);
        if (!isSelected) {
            return "";
        }
        return "It changes only objects with the selectors of "
                + (profile.writes().targets() == null ? "allow" : "WRITE_TARGETS");
    }

    private static Stream<Operation> operations(Consequence row, OperationCatalogue catalogue) {
        return row.operations().stream().map(id -> catalogue.byId(id).orElseThrow());
    }

    /**
     * Returns the reason why the operations are allowed, or the setting that widens {@code CREATE=safe}; null if one is denied, or
     * rules or targets prevent the attack.
     */
    private static @Nullable String by(Consequence row, Profile profile, OperationCatalogue catalogue) {
        CreateRules create = profile.create();
        boolean isPrevented = create != null && row.isPreventedBy(create);
        String widening = create != null && isPrevented && row.gain() == Gain.ROOT ? create.rootSetting() : null;
        boolean isConfined = row.isConfined()
                && OF_OTHERS.contains(row.gain())
                && operations(row, catalogue).allMatch(profile::confines);
        if (isConfined || isPrevented && widening == null) {
            return null;
        }
        String by = by(row.operations(), profile, catalogue);
        return by == null || widening == null ? by : widening;
    }

    /** Returns the operations and variables, such as {@code ContainerStop by ALLOW_STOP=1}; null if one is denied. */
    public static @Nullable String by(List<String> operations, Profile profile, OperationCatalogue catalogue) {
        Set<String> variables = new LinkedHashSet<>();
        List<String> byId = new ArrayList<>();
        for (String id : operations) {
            Operation operation = catalogue.byId(id).orElseThrow();
            if (!isAllowed(profile, operation)) {
                return null;
            }
            Decision decision = profile.decide(operation);
            variables.addAll(decision.by());
            if (decision.by().isEmpty()) {
                byId.add(id);
            }
        }
        List<String> words =
                new ArrayList<>(variables.stream().map(name -> name + "=1").toList());
        if (!byId.isEmpty()) {
            words.add("allow");
        }
        return String.join(" and ", operations) + " by " + String.join(" and ", words);
    }

    /** Returns this risk with root by a takeover. */
    public Risk asRoot(String how) {
        return new Risk(true, how, others, remains);
    }

    /** Returns the worst gain, or null. */
    public @Nullable Gain worst() {
        return isRoot
                ? Gain.ROOT
                : others.keySet().stream().min(Gain::compareTo).orElse(null);
    }

    /** The policy first, because a denial searches for alternatives. */
    private static boolean isAllowed(Profile profile, Operation operation) {
        return profile.policy().allows(operation, operation.write().isAlways()) && profile.allows(operation);
    }

    /** Returns sentences, such as {@code Yes: ContainerCreate and ContainerStart by CONTAINERS=1 and POST=1.} */
    public String answer() {
        if (isRoot) {
            return "Yes: " + reason + ".";
        }
        String gains = others.entrySet().stream()
                .map(gain -> gain.getKey().words() + " (" + gain.getValue() + ")")
                .collect(Collectors.joining(", "));
        return (isIndirect() ? "Not directly" : "No")
                + (gains.isEmpty() ? "" : ", but it can " + gains)
                + "."
                + remains.stream().map(sentence -> " " + sentence + ".").collect(Collectors.joining());
    }

    /** Another container can be privileged: changing its program gives root on the host. */
    boolean isIndirect() {
        return others.containsKey(Gain.CONTAINERS);
    }

    /** The risk in one word, worst first. */
    public enum Level {
        ROOT("can become root on the host"),
        INDIRECT("can change what others run"),
        SECRETS("can read secrets or files"),
        LIMITED("can stop or delete what others use, or change networks"),
        NONE("can do none of this");

        private final String words;

        Level(String words) {
            this.words = words;
        }

        static Level of(Gain gain) {
            return switch (gain) {
                case ROOT -> ROOT;
                case CONTAINERS -> INDIRECT;
                case FILES, SECRETS -> SECRETS;
                case NETWORK, LOSS -> LIMITED;
            };
        }

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Returns the predicate of a sentence about clients, such as {@code can become root on the host}. */
        public String words() {
            return words;
        }
    }

    public Level level() {
        Gain worst = worst();
        return worst == null ? Level.NONE : Level.of(worst);
    }
}
