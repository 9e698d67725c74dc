package org.socketproxy.policy;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.policy.create.Demand;
import org.socketproxy.policy.create.Resources;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.value.ProfileValues.ProfileKey;
import org.socketproxy.policy.value.ValueRule;

/**
 * Highest numbers of the objects of a profile, and of the limits of all its containers together; most bytes of the log of each container:
 * {@code MAX_OBJECTS}.
 *
 * @param highest in numbers, bytes or billionths of a CPU
 */
public record Totals(Map<Total, Long> highest) {
    public static final Totals NONE = new Totals(Map.of());

    public static final ProfileKey<Totals> KEY = new ProfileKey<>(NONE, Totals::text, Totals::effect, Totals::isWithin);

    public static final String ADVICE =
            "use some of containers, networks and volumes with a number, pids:4096, memory:8g,"
                    + " cpus:4 and logs:20m, such as containers:20,memory:8g";

    public Totals {
        highest = highest.isEmpty() ? Map.of() : Collections.unmodifiableMap(new EnumMap<>(highest));
    }

    /** An element of {@code MAX_OBJECTS}, and a key of {@code max} in the policy file. */
    public enum Total {
        CONTAINERS(ObjectKind.CONTAINER, "int:0..9999999", ""),
        MEMORY(ObjectKind.CONTAINER, "bytes:1m.." + (1L << 46), "--memory 512m"),
        CPUS(ObjectKind.CONTAINER, "", "--cpus 1"),
        PIDS(ObjectKind.CONTAINER, "int:1..9999999", "--pids-limit 100"),
        NETWORKS(ObjectKind.NETWORK, "int:0..9999999", ""),
        VOLUMES(ObjectKind.VOLUME, "int:0..9999999", ""),
        /** Bytes of the log of each container, which the proxy writes into bodies. */
        LOGS(null, "bytes:1m.." + (1L << 46), "");

        private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,4}(?:\\.[0-9]{1,9})?");
        private static final int NANO_DIGITS = 9;
        private static final List<String> UNITS = List.of("", "k", "m", "g", "t");
        private static final int UNIT_BITS = 10;

        private final @Nullable ObjectKind kind;
        private final String rule;
        private final String option;

        Total(@Nullable ObjectKind kind, String rule, String option) {
            this.kind = kind;
            this.rule = rule;
            this.option = option;
        }

        public String key() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Returns true for a limit of each container, of which the sum is limited. */
        public boolean isOfResources() {
            return !option.isEmpty();
        }

        Optional<Long> parse(String value) {
            if (this == CPUS) {
                return Optional.of(value)
                        .filter(text -> DECIMAL.matcher(text).matches())
                        .map(text -> new BigDecimal(text)
                                .scaleByPowerOfTen(NANO_DIGITS)
                                .longValueExact())
                        .filter(nanos -> nanos > 0);
            }
            return ValueRule.of(rule).problem(value) == null
                    ? Optional.of(isOfBytes() ? ValueRule.bytes(value) : Long.parseLong(value))
                    : Optional.empty();
        }

        String text(long value) {
            if (this == CPUS) {
                return BigDecimal.valueOf(value, NANO_DIGITS)
                        .stripTrailingZeros()
                        .toPlainString();
            }
            int unit = 0;
            long rest = value;
            while (isOfBytes() && rest > 0 && rest % (1 << UNIT_BITS) == 0 && unit < UNITS.size() - 1) {
                rest >>= UNIT_BITS;
                unit++;
            }
            return rest + UNITS.get(unit);
        }

        private boolean isOfBytes() {
            return this == MEMORY || this == LOGS;
        }

        /** Returns the value of one container. */
        public long of(Resources resources) {
            return switch (this) {
                case MEMORY -> resources.memory();
                case CPUS -> resources.cpus();
                case PIDS -> resources.pids();
                default -> 0;
            };
        }
    }

    /** Reads {@code containers:20,memory:8g}; returns empty for another text. */
    public static Optional<Totals> parse(String text) {
        Map<Total, Long> highest = new EnumMap<>(Total.class);
        for (String element : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            String[] pair = element.strip().split(":", 2);
            Total total = Arrays.stream(Total.values())
                    .filter(each -> each.key().equals(pair[0]))
                    .findFirst()
                    .orElse(null);
            Long value = total == null || pair.length == 1
                    ? null
                    : total.parse(pair[1]).orElse(null);
            if (total == null || value == null || highest.put(total, value) != null) {
                return Optional.empty();
            }
        }
        return Optional.of(new Totals(highest));
    }

    private String text() {
        return highest.entrySet().stream()
                .map(each -> each.getKey().key() + ":" + each.getKey().text(each.getValue()))
                .collect(Collectors.joining(","));
    }

    private String effect() {
        Map<Total, Long> counted = new EnumMap<>(highest);
        Long ofLog = counted.remove(Total.LOGS);
        String log = ofLog == null ? "" : "the log of a container has at most " + Total.LOGS.text(ofLog);
        String together = counted.isEmpty()
                ? ""
                : "the objects of this profile have at most "
                        + new Totals(counted).text().replace(",", ", ") + " together";
        return together + (log.isEmpty() || together.isEmpty() ? "" : ", and ") + log + " (MAX_OBJECTS)";
    }

    private boolean isWithin(Totals other) {
        return other.highest.entrySet().stream()
                .allMatch(each -> highest.getOrDefault(each.getKey(), Long.MAX_VALUE) <= each.getValue());
    }

    /** Returns what {@code TARGETS} lacks to count the objects; or null. */
    public @Nullable String missingLabel(@Nullable Scope targets) {
        return Stream.of(ObjectKind.values())
                .filter(this::has)
                .filter(kind -> targets == null || targets.forcedLabels(kind).isEmpty())
                .findFirst()
                .map(kind -> "TARGETS must select " + kind.word()
                        + " by a label, because the proxy counts the objects of this"
                        + " profile by it: add label:KEY=VALUE to TARGETS")
                .orElse(null);
    }

    /** Returns true if requests of the operation can exceed a total. */
    public boolean concerns(Operation operation) {
        if (highest.isEmpty()) {
            return false;
        }
        Verb verb = operation.verb();
        boolean isOfContainers = Demand.isOfContainers(operation) && has(ObjectKind.CONTAINER);
        return switch (verb) {
            case CREATE_NETWORK -> has(ObjectKind.NETWORK);
            case CREATE_VOLUME -> has(ObjectKind.VOLUME);
            case CREATE_CONTAINER, WRITE_SERVICE -> isOfContainers || has(ObjectKind.VOLUME);
            default -> isOfContainers;
        };
    }

    /** Returns the most bytes of the log of a container; 0 for no limit. */
    public long logs() {
        return highest.getOrDefault(Total.LOGS, 0L);
    }

    /** Returns true if objects of a kind are counted. */
    public boolean has(ObjectKind kind) {
        return highest.keySet().stream().anyMatch(total -> total.kind == kind);
    }

    /** Returns true if limits of containers are added up. */
    public boolean hasResources() {
        return highest.keySet().stream().anyMatch(Total::isOfResources);
    }

    /** Returns why a request is denied whatever the profile has, after the operation; or null. */
    public @Nullable String problem(Operation operation, Demand demand) {
        if (demand.isUncountable()) {
            boolean isPod = operation.verb() == Verb.CREATE_POD;
            return isPod
                    ? "makes a container without limits: use --infra=false, because the containers of this profile are counted"
                    : "lets the swarm make containers, which cannot be counted before: use containers, or unset "
                            + names(Set.of(Total.NETWORKS, Total.LOGS));
        }
        return highest.keySet().stream()
                .filter(total -> total.of(demand.resources()) == Resources.UNLIMITED)
                .findFirst()
                .map(total -> "needs a limit of " + total.key() + ", such as " + total.option
                        + ", because those of all containers of this profile together are limited")
                .orElse(null);
    }

    private String names(Set<Total> others) {
        return highest.keySet().stream()
                .filter(total -> !others.contains(total))
                .map(Total::key)
                .collect(Collectors.joining(", "));
    }

    /**
     * Returns the sentence of a denial.
     *
     * @param used without the request
     * @param asked by the request
     */
    public String sentence(Operation operation, Total total, long used, long asked, ProfileOrigin origin) {
        String most = total.text(highest.getOrDefault(total, 0L));
        String setting = origin.isOfFile() ? "max." + total.key() : total.key() + " in MAX_OBJECTS";
        String higher = ", or set " + setting + " higher" + origin.hint("max");
        if (total.isOfResources()) {
            String state = used == Resources.UNLIMITED
                    ? "one of them has no limit of it: give it one with docker update " + total.option + ", remove it"
                    : "they have " + total.text(used) + ", and this request adds " + total.text(asked)
                            + ": remove some, ask for less with " + total.option.split(" ", 2)[0];
            return operation.id() + ": the containers of this profile may have " + total.key() + " of " + most
                    + " together, also stopped ones, and " + state + higher;
        }
        String updater = total == Total.CONTAINERS
                ? "; an update that creates new containers before it removes the old ones needs room for both"
                : "";
        return operation.id() + ": this profile may have " + most + " " + total.key() + ", and has " + used
                + ": remove some" + (asked > 1 ? ", because this request adds " + asked : "") + higher + updater;
    }
}
