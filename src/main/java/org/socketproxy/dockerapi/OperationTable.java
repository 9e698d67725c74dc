package org.socketproxy.dockerapi;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Parses a table of operations: tab-separated values, one operation per row, column names in the first line. */
final class OperationTable {
    static final String HEADER =
            "id\tmethod\tpath\tsince\tuntil\tkind\tupgrade\twrite\tsection\trequired\tsufficient\tsummary";
    private static final int COLUMNS = 12;

    private OperationTable() {}

    /**
     * @param name name of the table for error messages
     * @throws IllegalArgumentException if a row is malformed; the message has the table's name and the line number
     */
    static List<Operation> read(BufferedReader table, String name) throws IOException {
        String header = table.readLine();
        if (!HEADER.equals(header)) {
            throw new IllegalArgumentException(name + ", line 1: expected the columns " + HEADER.replace('\t', ' '));
        }
        List<Operation> operations = new ArrayList<>();
        int line = 1;
        for (String row = table.readLine(); row != null; row = table.readLine()) {
            line++;
            try {
                operations.add(parseRow(row));
            } catch (IllegalArgumentException bad) {
                throw new IllegalArgumentException(name + ", line " + line + ": " + bad.getMessage(), bad);
            }
        }
        return operations;
    }

    private static Operation parseRow(String row) {
        String[] cells = row.split("\t", -1);
        if (cells.length != COLUMNS) {
            throw new IllegalArgumentException("expected " + COLUMNS + " columns, found " + cells.length);
        }
        return new Operation(
                cells[0],
                cells[1],
                PathTemplate.parse(cells[2]),
                cells[3],
                cells[4],
                Operation.Kind.valueOf(cells[5].toUpperCase(Locale.ROOT)),
                orNull(cells[6]),
                Operation.Write.parse(cells[7]),
                orNull(cells[8]),
                list(cells[9]),
                list(cells[10]),
                cells[11]);
    }

    private static @Nullable String orNull(String cell) {
        return cell.equals("-") ? null : cell;
    }

    private static List<String> list(String cell) {
        return cell.equals("-") ? List.of() : List.of(cell.split(",", -1));
    }
}
