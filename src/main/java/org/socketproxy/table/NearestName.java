package org.socketproxy.table;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the known name that a mistyped name resembles: by case, one edit, or two edits in a long name. */
public final class NearestName {
    /** Shorter names resemble too many others. */
    private static final int SHORTEST = 4;

    private static final int LONG = 9;

    private NearestName() {}

    public static Optional<String> of(String written, Collection<String> known) {
        if (written.length() < SHORTEST) {
            return Optional.empty();
        }
        String lower = written.toLowerCase(Locale.ROOT);
        String nearest = null;
        int least = written.length() >= LONG ? 3 : 2;
        for (String candidate : known) {
            int distance = Math.abs(candidate.length() - written.length()) >= least
                    ? least
                    : distance(lower, candidate.toLowerCase(Locale.ROOT));
            if (distance < least) {
                least = distance;
                nearest = candidate;
            }
        }
        return Optional.ofNullable(nearest);
    }

    /** Returns the end of a sentence: a question with the nearest name, or the text for names that resemble none. */
    public static String advice(String written, Collection<String> known, String otherwise) {
        return of(written, known)
                .map(nearest -> "; did you mean " + nearest + "?")
                .orElse(otherwise);
    }

    /** Edit distance with insertion, deletion, substitution and transposition (optimal string alignment). */
    private static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int replaced = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                cost[i][j] = Math.min(replaced, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
                boolean isSwapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (isSwapped) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }
}
