package org.socketproxy.table;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Table of the program: tab-separated values without escapes, column names in the first line, one row in each further line.
 *
 * @param name file name of the table, in the folder of the class that loads it
 * @param columns names of the columns, separated by spaces
 * @param parser parses the cells of a row, as many as there are columns; throws {@code IllegalArgumentException} for invalid
 *     cells
 */
public record Table<R>(String name, String columns, Function<String[], R> parser) {

    /**
     * Loads the rows from the program's resources, in their order.
     *
     * @param owner class in whose package the table is
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
     * Parses the text of a table.
     *
     * @return the rows in their order
     * @throws IllegalArgumentException if the header or a row is invalid; the message has the table's name and the line number
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

    /** Returns the first line of the table. */
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
