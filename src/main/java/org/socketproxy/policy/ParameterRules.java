package org.socketproxy.policy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;

/**
 * Parameter rules, stage 2 of a decision: they deny parameters that extend what an operation does, such as a path or an
 * image transport of the host.
 *
 * <p>Threading: immutable.
 */
public final class ParameterRules {
    static final String HEADER = "operation\tpart\tname\tcondition\treason\tmessage\tdaemon";
    private static final String TABLE = "parameter-rules.tsv";
    private static final int COLUMNS = 7;

    private final List<ParameterRule> rules;
    /** Rules that apply to every operation of the Docker API. */
    private final List<ParameterRule> general;

    private final Map<String, List<ParameterRule>> byOperation = new HashMap<>();

    private ParameterRules(List<ParameterRule> rules) {
        this.rules = List.copyOf(rules);
        this.general =
                rules.stream().filter(rule -> rule.operation().equals("*")).toList();
        for (ParameterRule rule : rules) {
            byOperation
                    .computeIfAbsent(rule.operation(), id -> new ArrayList<>(general))
                    .add(rule);
        }
    }

    /** Loads the rules from the program's resources. */
    public static ParameterRules load() {
        InputStream resource = ParameterRules.class.getResourceAsStream(TABLE);
        if (resource == null) {
            throw new IllegalStateException("The table " + TABLE + " is missing from the program");
        }
        try (BufferedReader table = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            return read(table);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** @throws IllegalArgumentException if a row is malformed; the message has the line number */
    static ParameterRules read(BufferedReader table) throws IOException {
        if (!HEADER.equals(table.readLine())) {
            throw new IllegalArgumentException(TABLE + ", line 1: expected the columns " + HEADER.replace('\t', ' '));
        }
        List<ParameterRule> rules = new ArrayList<>();
        int line = 1;
        for (String row = table.readLine(); row != null; row = table.readLine()) {
            line++;
            try {
                rules.add(parseRow(row));
            } catch (IllegalArgumentException bad) {
                throw new IllegalArgumentException(TABLE + ", line " + line + ": " + bad.getMessage(), bad);
            }
        }
        return new ParameterRules(rules);
    }

    private static ParameterRule parseRow(String row) {
        String[] cells = row.split("\t", -1);
        if (cells.length != COLUMNS) {
            throw new IllegalArgumentException("expected " + COLUMNS + " columns, found " + cells.length);
        }
        int colon = cells[3].indexOf(':');
        String condition = colon < 0 ? cells[3] : cells[3].substring(0, colon);
        return new ParameterRule(
                cells[0],
                ParameterRule.Part.valueOf(cells[1].toUpperCase(Locale.ROOT)),
                cells[2],
                Condition.of(condition)
                        .orElseThrow(() -> new IllegalArgumentException("unknown condition " + condition)),
                colon < 0 ? "" : cells[3].substring(colon + 1),
                Arrays.stream(Reason.values())
                        .filter(reason -> reason.code().equals(cells[4]))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("unknown reason " + cells[4])),
                cells[5],
                cells[6]);
    }

    /** Returns all rules in the order of the table. */
    public List<ParameterRule> rules() {
        return rules;
    }

    /** Returns the rules of one operation. */
    public Stream<ParameterRule> of(Operation operation) {
        return rules.stream().filter(rule -> rule.appliesTo(operation));
    }

    /**
     * Finds the first rule that a request violates.
     *
     * @param granted names of the variables that are on
     */
    Optional<ParameterRule> firstViolated(
            Operation operation, RequestTarget target, RequestHead head, Set<String> granted) {
        List<ParameterRule> candidates = byOperation.getOrDefault(operation.id(), general);
        for (ParameterRule rule : candidates) {
            if (rule.appliesTo(operation) && rule.isViolated(target, head, granted)) {
                return Optional.of(rule);
            }
        }
        return Optional.empty();
    }
}
