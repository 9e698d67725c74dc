package org.socketproxy.policy.mask;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.socketproxy.table.Table;

/**
 * Path of values that may be secrets: a row of {@code secrets.tsv}.
 *
 * @param operation id of the operation whose response has the values
 * @param path names in the case that the daemon writes, separated by dots; {@code []} is each element of an array,
 *     {@code *} each member of a map, such as {@code [].Mounts[].Options.*}
 * @param groups masked if one of these groups is on
 */
record SecretPath(String operation, String path, Set<MaskGroup> groups, MaskMethod method) {
    private static final Table<SecretPath> TABLE =
            new Table<>("secrets.tsv", "operation path groups how", SecretPath::parse);

    SecretPath {
        groups = Set.copyOf(groups);
    }

    /** Returns the steps, such as {@code [], Mounts, [], Options, *}. */
    List<String> steps() {
        return Arrays.stream(path.replace("[]", ".[]").split("\\."))
                .filter(step -> !step.isEmpty())
                .toList();
    }

    static List<SecretPath> load() {
        return TABLE.load(SecretPath.class);
    }

    private static SecretPath parse(String[] cells) {
        Set<MaskGroup> groups = EnumSet.noneOf(MaskGroup.class);
        for (String word : cells[2].split(",", -1)) {
            groups.add(MaskGroup.valueOf(word.toUpperCase(Locale.ROOT)));
        }
        return new SecretPath(cells[0], cells[1], groups, MaskMethod.valueOf(cells[3].toUpperCase(Locale.ROOT)));
    }
}
