package org.socketproxy.policy.advice;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.socketproxy.client.Takeover;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Profile;
import org.socketproxy.table.Table;

/** The operations by which a client becomes another client: {@code takeovers.tsv}. */
public final class TakeoverOperations {
    private static final List<Row> ROWS =
            new Table<>("takeovers.tsv", "takeover operations", Row::of).load(TakeoverOperations.class);

    private TakeoverOperations() {}

    /** @param operations ids of the operations, all of which it needs */
    private record Row(Takeover takeover, List<String> operations) {
        static Row of(String[] cells) {
            return new Row(Takeover.valueOf(cells[0].toUpperCase(Locale.ROOT)), Arrays.asList(cells[1].split(",", -1)));
        }
    }

    /**
     * Returns the ways that a profile allows, each with its first operations, such as {@code ContainerStop by ALLOW_STOP=1}.
     * For clients of profiles that do not trust this one, {@code CREATE=safe} prevents all of them.
     */
    public static Map<Takeover, String> of(Profile profile, OperationCatalogue catalogue) {
        Map<Takeover, String> ways = new EnumMap<>(Takeover.class);
        for (Row row : ROWS) {
            String by = ways.containsKey(row.takeover) ? null : Risk.by(row.operations, profile, catalogue);
            if (by != null) {
                ways.put(row.takeover, by);
            }
        }
        return ways;
    }
}
