package org.socketproxy.table;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Tab-separated table without escapes; the first line has the column names.
 *
 * @param name file name, in the folder of the class that loads it
 * @param columns names of the columns, separated by spaces
 * @param parser parses the cells of a row; throws {@code IllegalArgumentException} for invalid ones
 */
public record Table<R>(String name, String columns, Function<String[], R> parser) {

    /**
     * Loads the rows in their order.
     *
     * @param owner class in the package of the table
     * @throws IllegalStateException if the program does not contain the table
     * @throws IllegalArgumentException as {@link #parse}
     */
    public List<R> load(Class<?> owner) {
        try (InputStream resource = owner.getResourceAsStream(name)) {
            if (resource == null) {
                throw new IllegalStateException("The table " + name + " is missing from the program");
            }
            return parse(new String(resource.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /**
     * Parses the rows in their order.
     *
     * @throws IllegalArgumentException for an invalid header or row, with the table's name and the line number
     */
    public List<R> parse(String text) {
        int width = columns.split(" ").length;
        List<R> rows = new ArrayList<>();
        int line = 0;
        for (String row : text.lines().toList()) {
            line++;
            if (line > 1) {
                rows.add(parseRow(row, width, line));
            } else if (!row.equals(header())) {
                throw new IllegalArgumentException(name + ", line 1: expected the columns " + columns);
            }
        }
        return List.copyOf(rows);
    }

    public String header() {
        return columns.replace(' ', '\t');
    }

    private R parseRow(String row, int width, int line) {
        try {
            String[] cells = row.split("\t", -1);
            if (cells.length != width) {
                throw new IllegalArgumentException("expected " + width + " columns, found " + cells.length);
            }
            return parser.apply(cells);
        } catch (IllegalArgumentException bad) {
            throw new IllegalArgumentException(name + ", line " + line + ": " + bad.getMessage(), bad);
        }
    }
}
