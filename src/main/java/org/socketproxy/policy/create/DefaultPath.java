package org.socketproxy.policy.create;

import java.util.Arrays;
import java.util.List;
import org.socketproxy.table.Table;

/**
 * A path that dockerd masks or mounts read-only in a container by itself. Its responses do not tell these paths.
 *
 * @param field {@code MaskedPaths} or {@code ReadonlyPaths}
 * @param since lowest version of any release branch that has it, or {@code 0}
 */
record DefaultPath(String field, String path, String since) {
    private static final Table<DefaultPath> TABLE = new Table<>(
            "default-paths.tsv", "field path since", cells -> new DefaultPath(cells[0], cells[1], cells[2]));

    static List<DefaultPath> load() {
        return TABLE.load(DefaultPath.class);
    }

    /** Returns true if a daemon of this version has the path; true for a version that cannot be read. */
    boolean isOf(String version) {
        try {
            return Arrays.compare(numbers(since), numbers(version.split("[-+~]", 2)[0])) <= 0;
        } catch (NumberFormatException unreadable) {
            return true;
        }
    }

    private static int[] numbers(String version) {
        return Arrays.stream(version.split("\\.")).mapToInt(Integer::parseInt).toArray();
    }
}
