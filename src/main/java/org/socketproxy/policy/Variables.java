package org.socketproxy.policy;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.table.Table;

/** All permission variables, in display order. */
public final class Variables {
    /** Variables that BuildKit needs together; if one is off, buildx hides the denial and uses another driver. */
    public static final List<String> BUILDKIT = List.of("BUILD", "SESSION", "GRPC", "POST");

    /** Variables that Tecnativa's proxy does not have: its CONTAINERS also allows their operations. */
    public static final List<String> ON_IN_TECNATIVA =
            List.of("ALLOW_LOGS", "ALLOW_TOP", "ALLOW_CHANGES", "ALLOW_ARCHIVE", "ALLOW_EXPORT");

    private static final String WITH_POST = "with POST";
    private static final Table<Variable> TABLE =
            new Table<>("variables.tsv", "name default opens danger", Variables::parse);

    private final Map<String, Variable> byName = new LinkedHashMap<>();

    private Variables(List<Variable> variables) {
        variables.forEach(variable -> byName.put(variable.name(), variable));
    }

    private static final class Loaded {
        static final Variables VARIABLES = new Variables(TABLE.load(Variables.class));
    }

    /** Returns the variables of the table; the first call loads it. */
    public static Variables load() {
        return Loaded.VARIABLES;
    }

    private static Variable parse(String[] cells) {
        List<Danger> dangers = cells[3].equals("-")
                ? List.of()
                : Arrays.stream(cells[3].split("; ")).map(Danger::parse).toList();
        return new Variable(cells[0], cells[1].equals("1"), cells[2], dangers);
    }

    public List<Variable> all() {
        return List.copyOf(byName.values());
    }

    public Optional<Variable> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /**
     * A clause of a danger.
     *
     * @param gain gain in the table of consequences, in lower case; empty for none
     * @param operation id of the operation by which a client gains it; empty if the clause does not depend on one
     * @param masks words of {@code MASK} that prevent it together
     */
    public record Danger(String text, String gain, String operation, Set<String> masks) {
        private static final Pattern TAG = Pattern.compile("(.*) \\{(?:([a-z]+):)?(\\w+)(?:/([a-z,]+))?}");

        public Danger {
            masks = Set.copyOf(masks);
        }

        static Danger parse(String clause) {
            Matcher tagged = TAG.matcher(clause);
            return tagged.matches()
                    ? new Danger(
                            tagged.group(1),
                            Objects.requireNonNullElse(tagged.group(2), ""),
                            tagged.group(3),
                            tagged.group(4) == null
                                    ? Set.of()
                                    : Set.of(tagged.group(4).split(",")))
                    : new Danger(clause, "", "", Set.of());
        }

        /** Returns true for a clause about writes. */
        public boolean needsPost() {
            return text.startsWith(WITH_POST);
        }
    }

    /**
     * Environment variable that allows operations.
     *
     * @param opens description of these operations
     * @param dangers gains of an attacker by it
     */
    public record Variable(String name, boolean isOnByDefault, String opens, List<Danger> dangers) {
        public Variable {
            dangers = List.copyOf(dangers);
        }

        /** Returns all clauses, or null without one. */
        public @Nullable String danger() {
            return dangers.isEmpty() ? null : dangers.stream().map(Danger::text).collect(Collectors.joining("; "));
        }

        public Variable with(List<Danger> others) {
            return new Variable(name, isOnByDefault, opens, others);
        }
    }
}
