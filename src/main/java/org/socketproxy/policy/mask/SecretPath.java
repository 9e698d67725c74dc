package org.socketproxy.policy.mask;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Path of values that may be secrets: a row of {@code secrets.tsv}.
 *
 * @param operation id of the operation whose response has the values
 * @param path names in the case that the daemon writes, separated by dots; {@code []} is each element of an array,
 *     {@code *} each member of a map, such as {@code [].Mounts[].Options.*}
 * @param groups masked if one of these groups is on
 */
record SecretPath(String operation, String path, Set<MaskGroup> groups, MaskMethod method) {
    private static final int COLUMNS = 4;

    SecretPath {
        groups = Set.copyOf(groups);
    }

    /** Returns the steps, such as {@code [], Mounts, [], Options, *}. */
    List<String> steps() {
        return Arrays.stream(path.replace("[]", ".[]").split("\\."))
                .filter(step -> !step.isEmpty())
                .toList();
    }

    /** Loads the table from the program's resources. */
    static List<SecretPath> load() {
        InputStream resource = SecretPath.class.getResourceAsStream("secrets.tsv");
        if (resource == null) {
            throw new IllegalStateException("The table secrets.tsv is missing from the program");
        }
        try (BufferedReader table = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            return table.lines().skip(1).map(SecretPath::parse).toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static SecretPath parse(String row) {
        String[] cells = row.split("\t", -1);
        if (cells.length != COLUMNS) {
            throw new IllegalStateException("secrets.tsv: expected " + COLUMNS + " columns in " + row);
        }
        Set<MaskGroup> groups = EnumSet.noneOf(MaskGroup.class);
        for (String word : cells[2].split(",", -1)) {
            groups.add(MaskGroup.valueOf(word.toUpperCase(Locale.ROOT)));
        }
        return new SecretPath(cells[0], cells[1], groups, MaskMethod.valueOf(cells[3].toUpperCase(Locale.ROOT)));
    }
}
