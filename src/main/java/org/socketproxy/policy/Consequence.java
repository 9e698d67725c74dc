package org.socketproxy.policy;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.mask.MaskRules;
import org.socketproxy.table.Table;

/**
 * Gain of a hostile client by operations: a row of {@code consequences.tsv}.
 *
 * @param operations ids, all of which are needed
 * @param isJudged whether {@code CREATE=safe} prevents it
 * @param isConfined whether {@code TARGETS} prevent it, if it reaches objects of other profiles
 * @param masked groups of {@code MASK}, all of which together prevent it; empty if masks do not
 * @param unless variables, and elements of {@code CREATE_ALLOW}, with which {@code CREATE=safe} does not
 * @param how the attack in the third person, such as {@code starts a privileged container}
 */
public record Consequence(
        Gain gain,
        List<String> operations,
        boolean isJudged,
        boolean isConfined,
        Set<MaskGroup> masked,
        Set<String> unless,
        String how) {
    private static final String UNLESS = "unless:";
    private static final String MASK = "mask:";
    /** Neither {@code CREATE=safe} nor {@code TARGETS} prevent it. */
    private static final String ALWAYS = "always";

    private static final Table<Consequence> TABLE =
            new Table<>("consequences.tsv", "gain operations judged how", Consequence::row);

    /** Worst first. */
    public enum Gain {
        ROOT("become root on the host"),
        CONTAINERS("change what other containers run"),
        FILES("read files of containers and images"),
        SECRETS("read secrets"),
        NETWORK("change networks, or make the daemon connect to other machines"),
        LOSS("stop or delete what others use");

        private final String words;

        Gain(String words) {
            this.words = words;
        }

        /** Returns an infinitive, such as {@code read secrets}. */
        public String words() {
            return words;
        }
    }

    public Consequence {
        operations = List.copyOf(operations);
        masked = Set.copyOf(masked);
        unless = Set.copyOf(unless);
    }

    /** Returns false without rules of {@code CREATE=safe}. */
    public boolean isPreventedBy(@Nullable CreateRules rules) {
        return isJudged && rules != null && !rules.grantsAny(unless);
    }

    /** Returns true if the masks hide all values that a client gains. */
    public boolean isPreventedBy(MaskRules mask) {
        return !masked.isEmpty()
                && mask.groups().containsAll(masked)
                && (!masked.contains(MaskGroup.ENV) || mask.selection().isOfAllNames());
    }

    private static Consequence row(String[] cells) {
        String judged = cells[2];
        return new Consequence(
                Gain.valueOf(cells[0].toUpperCase(Locale.ROOT)),
                Arrays.asList(cells[1].split(",", -1)),
                judged.equals("yes") || judged.startsWith(UNLESS),
                !judged.equals(ALWAYS),
                words(judged, MASK).stream()
                        .map(word -> MaskGroup.of(word).orElseThrow())
                        .collect(Collectors.toSet()),
                words(judged, UNLESS),
                cells[3]);
    }

    private static Set<String> words(String cell, String prefix) {
        return cell.startsWith(prefix) ? Set.of(cell.substring(prefix.length()).split(",", -1)) : Set.of();
    }

    public static List<Consequence> load() {
        return TABLE.load(Consequence.class);
    }
}
