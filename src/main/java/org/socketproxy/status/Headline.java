package org.socketproxy.status;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.Risk.Level;

/**
 * The first sentence of the page.
 *
 * @param answer whether a client can become root on the host, for one profile or for all
 */
public record Headline(String answer, boolean isRoot) {
    private static final int MOST_NAMES = 6;

    static Headline of(Risk risk) {
        return new Headline(risk.answer(), risk.isRoot());
    }

    /** Counts the profiles of each level; without that of clients that no profile has, if the policy file does not name it. */
    static Headline of(List<ProfileRow> rows) {
        List<ProfileRow> named = rows.stream().filter(row -> !row.isNone()).toList();
        List<String> roots = names(named, Level.ROOT);
        List<String> parts = new ArrayList<>();
        parts.add(
                roots.isEmpty()
                        ? "No client of the " + StatusPage.count(named.size(), "profile") + " directly"
                        : roots.size() + " of " + StatusPage.count(named.size(), "profile") + " " + Level.ROOT.words()
                                + ": " + list(roots));
        for (Level level : List.of(Level.INDIRECT, Level.SECRETS)) {
            List<String> names = names(named, level);
            if (!names.isEmpty()) {
                parts.add(names.size() + " " + level.words() + ": " + list(names));
            }
        }
        return new Headline(String.join("; ", parts) + ".", !roots.isEmpty());
    }

    private static List<String> names(List<ProfileRow> rows, Level level) {
        return rows.stream()
                .filter(row -> row.link().risk().level() == level)
                .map(row -> row.link().name())
                .toList();
    }

    private static String list(List<String> names) {
        String first = names.stream().limit(MOST_NAMES).collect(Collectors.joining(", "));
        return names.size() <= MOST_NAMES ? first : first + " and " + (names.size() - MOST_NAMES) + " more";
    }
}
