package org.socketproxy.policy.advice;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.table.Table;

/**
 * Known fault of a daemon, which clients reach by operations: a row of {@code daemon-faults.tsv}.
 *
 * @param daemon name in its response to a ping, {@code Docker} or {@code Libpod}
 * @param from first version that has it
 * @param until first version that does not have it, or {@code -} if no such version is known
 * @param operations ids, all of which are needed
 * @param fault a clause about the daemon
 */
public record DaemonFault(
        String daemon, String from, String until, List<String> operations, Unless unless, String fault) {
    private static final String NONE = "-";
    private static final List<DaemonFault> ALL = new Table<>(
                    "daemon-faults.tsv", "daemon from until operations unless fault", DaemonFault::row)
            .load(DaemonFault.class);

    /** Condition under which no client reaches a fault. */
    public enum Unless {
        NOTHING,
        /** {@code CREATE=safe} or {@code TARGETS}. */
        SAFE,
        /** The proxy reads the commands of builds. */
        JUDGED
    }

    public DaemonFault {
        operations = List.copyOf(operations);
    }

    private static DaemonFault row(String[] cells) {
        Unless unless = cells[4].equals(NONE) ? Unless.NOTHING : Unless.valueOf(cells[4].toUpperCase(Locale.ROOT));
        return new DaemonFault(cells[0], cells[1], cells[2], Arrays.asList(cells[3].split(",", -1)), unless, cells[5]);
    }

    public static List<DaemonFault> all() {
        return ALL;
    }

    /**
     * Returns a sentence for each fault that the daemon has and that a client of a profile reaches.
     *
     * @param daemon name and version, such as {@code Docker 26.1.5}; empty if it is not known
     */
    public static List<String> sentences(String daemon, ConfiguredProfiles profiles, OperationCatalogue catalogue) {
        List<String> sentences = new ArrayList<>();
        for (DaemonFault fault : ALL) {
            List<ConfiguredProfile> exposing = fault.isOf(daemon)
                    ? profiles.all().stream()
                            .filter(each -> fault.isReached(each.profile(), catalogue))
                            .toList()
                    : List.of();
            if (!exposing.isEmpty()) {
                sentences.add(fault.sentence(daemon, exposing, catalogue));
            }
        }
        return sentences;
    }

    private String sentence(String daemon, List<ConfiguredProfile> exposing, OperationCatalogue catalogue) {
        Profile first = exposing.get(0).profile();
        String of = first.origin().isOfFile()
                ? " in the profile "
                        + exposing.stream().map(ConfiguredProfile::name).collect(Collectors.joining(", "))
                : "";
        return "the daemon, " + daemon + ", has a known fault: " + fault + "; a client reaches it by "
                + Objects.requireNonNull(Risk.by(operations, first, catalogue)) + of + "; "
                + (until.equals(NONE) ? "no version without it is known" : "version " + until + " does not have it");
    }

    private boolean isReached(Profile profile, OperationCatalogue catalogue) {
        boolean isPrevented = switch (unless) {
            case NOTHING -> false;
            case SAFE -> profile.create() != null || profile.targets() != null;
            case JUDGED -> !profile.isTunnellingBuilds();
        };
        return !isPrevented && Risk.by(operations, profile, catalogue) != null;
    }

    /** Returns true for a daemon with this name, if its version has the fault or cannot be read. */
    boolean isOf(String nameAndVersion) {
        String[] words = nameAndVersion.split(" ", 2);
        if (words.length < 2 || !words[0].equals(daemon)) {
            return false;
        }
        try {
            int[] version = numbers(words[1]);
            return Arrays.compare(version, numbers(from)) >= 0
                    && (until.equals(NONE) || Arrays.compare(version, numbers(until)) < 0);
        } catch (NumberFormatException unreadable) {
            return true;
        }
    }

    private static int[] numbers(String version) {
        return Stream.of(version.split("[-+~]", 2)[0].split("\\."))
                .mapToInt(Integer::parseInt)
                .toArray();
    }
}
