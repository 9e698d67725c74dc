package org.socketproxy.command;

import java.io.PrintStream;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.Risk.Level;

/** Prints operations in groups of the same danger, with the words of {@code --fail-on}. */
final class OperationGroups {
    private OperationGroups() {}

    /** @param level returns null for a harmless operation; null prints one group without a heading */
    static <T> void print(
            List<T> rows, @Nullable Function<T, @Nullable Level> level, PrintStream out, Function<T, String> text) {
        if (level == null) {
            rows.forEach(row -> out.println(text.apply(row)));
            return;
        }
        for (Level each : Level.values()) {
            List<T> group = rows.stream()
                    .filter(row -> Objects.requireNonNullElse(level.apply(row), Level.NONE) == each)
                    .toList();
            if (!group.isEmpty()) {
                out.println("LEVEL   " + each.word() + ": with these a client " + each.words());
                group.forEach(row -> out.println(text.apply(row)));
            }
        }
    }
}
