package org.socketproxy.policy.create;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.BindRules.AllowedBind;

/** Prints the settings of {@code CREATE=safe} for the start report, {@code check} and the status page. */
public final class CreateSummary {
    private CreateSummary() {}

    /**
     * One assignment that widens or narrows the default.
     *
     * @param assignment such as {@code CREATE_ALLOW=ports}
     * @param danger a clause, or empty
     */
    public record Line(String assignment, String danger) {}

    /**
     * Returns {@code CREATE=safe} and one line for each element of the other settings.
     *
     * @param rules null without {@code CREATE=safe}; then the list is empty
     */
    public static List<Line> of(@Nullable CreateRules rules) {
        if (rules == null) {
            return List.of();
        }
        List<Line> lines = new ArrayList<>(List.of(new Line("CREATE=safe", "")));
        if (rules.binds().own() != null) {
            lines.add(new Line("BINDS=" + BindRules.OWN, BindRules.OWN_DANGER));
        }
        for (AllowedBind bind : rules.binds().allowed()) {
            String access = bind.isReadOnly()
                    ? "containers read this path of the host"
                    : "containers write this path of the host";
            boolean isOpen = bind.isBelowToo() && rules.protectedBinds().isEmpty();
            String links = isOpen ? "; a symbolic link below it leads anywhere" : "";
            lines.add(new Line("BINDS=" + bind, access + bind.gain().clause() + links));
        }
        CreateAllowances permissions = rules.permissions();
        for (CreatePermission permission : new TreeSet<>(permissions.all())) {
            Set<String> arguments = permissions.arguments(permission);
            if (permissions.has(permission)) {
                lines.add(new Line("CREATE_ALLOW=" + permission.word(), permission.danger()));
            }
            String named = arguments == null
                    ? ""
                    : arguments.stream()
                            .filter(argument -> !argument.equals(CreateAllowances.ALONE))
                            .collect(Collectors.joining(","));
            if (!named.isEmpty()) {
                lines.add(new Line("CREATE_ALLOW=" + permission.word() + ":" + named, permission.danger()));
            }
        }
        rules.requirements().words().forEach(word -> lines.add(new Line("CREATE_REQUIRE=" + word, "")));
        rules.images().texts().forEach(pattern -> lines.add(new Line("CREATE_IMAGES=" + pattern, "")));
        return lines;
    }

    /** Returns true if both rules have the same lines, in any order. */
    public static boolean areAlike(@Nullable CreateRules one, @Nullable CreateRules other) {
        return Set.copyOf(of(one)).equals(Set.copyOf(of(other)));
    }
}
