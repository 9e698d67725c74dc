package org.socketproxy.policy;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.socketproxy.table.Table;

/**
 * What a hostile client gains by operations: a row of {@code consequences.tsv}.
 *
 * @param gain kind of damage
 * @param operations ids of the operations, all of which it needs
 * @param isJudged whether {@code CREATE=safe} prevents it
 * @param how the attack in the third person, such as {@code starts a privileged container}
 */
public record Consequence(Gain gain, List<String> operations, boolean isJudged, String how) {
    private static final Table<Consequence> TABLE =
            new Table<>("consequences.tsv", "gain operations judged how", Consequence::row);

    /** Kind of damage, the worst first. */
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

        /** Returns the gain as an infinitive, such as {@code read secrets}. */
        public String words() {
            return words;
        }
    }

    public Consequence {
        operations = List.copyOf(operations);
    }

    private static Consequence row(String[] cells) {
        return new Consequence(
                Gain.valueOf(cells[0].toUpperCase(Locale.ROOT)),
                Arrays.asList(cells[1].split(",", -1)),
                cells[2].equals("yes"),
                cells[3]);
    }

    /** Loads all rows, those with the worst gain first. */
    public static List<Consequence> load() {
        return TABLE.load(Consequence.class);
    }
}
