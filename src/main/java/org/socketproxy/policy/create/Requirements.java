package org.socketproxy.policy.create;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The elements of {@code CREATE_REQUIRE}: requirements on created containers, with the highest value of each limit.
 *
 * @param limits highest value by requirement, as it was configured; 0 without one, and for a requirement that is no limit
 * @param labels names of the labels of {@link Requirement#LABEL}
 * @param networks names of the networks of {@link Requirement#NETWORK}
 */
public record Requirements(Map<Requirement, Long> limits, SortedSet<String> labels, SortedSet<String> networks) {
    /** A name of digits and letters to f could be the beginning of an id, and the others are no names of networks. */
    private static final Pattern NETWORK =
            Pattern.compile("(?!(?:[0-9a-f]+|host|default|private|container|pod|ns|slirp4netns|pasta)$)"
                    + "[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}");

    public Requirements {
        networks = Collections.unmodifiableSortedSet(new TreeSet<>(networks));
        labels = Collections.unmodifiableSortedSet(new TreeSet<>(labels));
        limits = limits.isEmpty() ? Map.of() : Collections.unmodifiableMap(new EnumMap<>(limits));
    }

    public Requirements(Map<Requirement, Long> limits) {
        this(limits, new TreeSet<>(), new TreeSet<>());
    }

    /** Returns requirements with the highest limits of the table of fields. */
    static Requirements of(Set<Requirement> requirements) {
        Map<Requirement, Long> limits = new TreeMap<>();
        requirements.forEach(requirement -> limits.put(requirement, 0L));
        return new Requirements(limits);
    }

    /** Returns true for {@code none} and for a name that means one network. */
    public static boolean isNetwork(String name) {
        return NETWORK.matcher(name).matches();
    }

    public boolean isEmpty() {
        return limits.isEmpty() && labels.isEmpty() && networks.isEmpty();
    }

    public boolean has(Requirement requirement) {
        return limits.containsKey(requirement);
    }

    /** Returns the highest value of a limit, in bytes, processes or billionths of a CPU; without a configured one that of the table of fields. */
    public long limit(Requirement requirement) {
        long configured = limits.getOrDefault(requirement, 0L);
        return configured > 0 ? configured : requirement.highest();
    }

    /** Returns true if the highest value was configured. */
    boolean hasLimit(Requirement requirement) {
        return limits.getOrDefault(requirement, 0L) > 0;
    }

    /** Returns the elements of {@code CREATE_REQUIRE}, such as {@code pids:512}; a size in bytes. */
    public List<String> words() {
        return Stream.of(
                        limits.entrySet().stream()
                                .filter(limit -> !limit.getKey().isNamed())
                                .map(limit -> limit.getKey().word()
                                        + (limit.getValue() > 0
                                                ? ":" + limit.getKey().text(limit.getValue())
                                                : "")),
                        labels.stream().map(label -> Requirement.LABEL.word() + ":" + label),
                        networks.stream().map(network -> Requirement.NETWORK.word() + ":" + network))
                .flatMap(words -> words)
                .toList();
    }

    /** Something that every created container must have: one element of {@code CREATE_REQUIRE}. */
    public enum Requirement {
        MEMORY("memory", "a limit of memory", 1L << 46),
        PIDS("pids", "a limit of processes", 1 << 15),
        CPU("cpu", "a limit of CPU time", 8192 * Requirement.NANOS),
        NON_ROOT("non-root", "a user that is a number other than 0"),
        READ_ONLY("read-only", "a read-only root file system"),
        NO_NEW_PRIVILEGES("no-new-privileges", "the security option no-new-privileges"),
        CAP_DROP_ALL("cap-drop-all", "a list with ALL"),
        /** Has the name of a label. */
        LABEL("label", "a label"),
        /** Has the name of a network, also of those that a container is connected to. */
        NETWORK("network", "one of these networks"),
        /** Applies to new networks. */
        INTERNAL("internal", "an internal network"),
        /** Applies to new networks, to those of a container, and to steps of a build ({@link IsolatedNetworks}). */
        ISOLATED("isolated", "an isolated network"),
        /** Applies to images that are pulled, too. */
        DIGEST("digest", "an image with a digest"),
        /** The proxy writes it into bodies ({@link BodyEdits}). */
        NO_RESTART("no-restart", "the restart policy no"),
        /** Applies to published ports ({@link LoopbackPorts}). */
        LOOPBACK("loopback", "ports at 127.0.0.1 only"),
        /** Applies to running containers that a client stops or removes. */
        RECREATABLE("recreatable", "a configuration with which the profile could create it again");

        /** Billionths of a CPU, in which limits of CPU time are. */
        public static final long NANOS = 1_000_000_000L;

        private static final int NANO_DIGITS = 9;
        private static final long USUAL_MEMORY = 512L << 20;
        private static final long USUAL_PIDS = 100;

        private final String word;
        private final String meaning;
        private final long highest;

        Requirement(String word, String meaning) {
            this(word, meaning, 0);
        }

        Requirement(String word, String meaning, long highest) {
            this.word = word;
            this.meaning = meaning;
            this.highest = highest;
        }

        /** Returns true for a requirement that has a name after a colon. */
        public boolean isNamed() {
            return this == LABEL || this == NETWORK;
        }

        /** Returns true if it applies to a step of a build. */
        public boolean isOfStep() {
            return !Set.of(RECREATABLE, INTERNAL, ISOLATED, NO_RESTART, LOOPBACK)
                    .contains(this);
        }

        /** Returns true for a limit, which can have a highest value after a colon. */
        public boolean isLimit() {
            return highest > 0;
        }

        /** Returns a value of this limit as it is configured. */
        public String text(long value) {
            return this == CPU
                    ? BigDecimal.valueOf(value, NANO_DIGITS)
                            .stripTrailingZeros()
                            .toPlainString()
                    : Long.toString(value);
        }

        /** Returns the highest value of the limit, in bytes, processes or billionths of a CPU; 0 for a requirement that is no limit. */
        public long highest() {
            return highest;
        }

        public String word() {
            return word;
        }

        /** Returns the requirement as the end of a sentence. */
        public String meaning() {
            return meaning;
        }

        /** Returns the option of {@code docker run} and {@code podman run} that meets it, within the limit; empty without one. */
        String option(long limit) {
            return switch (this) {
                case MEMORY -> "--memory " + (limit < USUAL_MEMORY ? limit + "b" : "512m");
                case PIDS -> "--pids-limit " + Math.min(limit, USUAL_PIDS);
                case CPU -> "--cpus " + text(Math.min(limit, NANOS));
                case NON_ROOT -> "--user 1000:1000";
                case READ_ONLY -> "--read-only";
                case NO_NEW_PRIVILEGES -> "--security-opt no-new-privileges";
                case CAP_DROP_ALL -> "--cap-drop ALL";
                case LABEL -> "--label KEY=VALUE";
                case NETWORK -> "--network NAME";
                case NO_RESTART -> "--restart no";
                case INTERNAL, ISOLATED, DIGEST, LOOPBACK, RECREATABLE -> "";
            };
        }

        public static Optional<Requirement> of(String word) {
            return Arrays.stream(values())
                    .filter(requirement -> requirement.word.equals(word))
                    .findFirst();
        }
    }
}
