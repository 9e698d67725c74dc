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
 * Stage 2 of a decision: the rules for parameters that would turn an operation into another one, such as a path or a
 * transport of the host.
 *
 * <p>Threading: immutable.
 */
public final class ParameterRules {
    static final String HEADER = "operation\tpart\tname\tcondition\treason\tmessage\tdaemon";
    private static final String TABLE = "parameter-rules.tsv";
    private static final int COLUMNS = 7;

    private final List<ParameterRule> rules;
    /** Those that apply to every operation of the Docker API. */
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

    /** The rules that the program ships. */
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

    /** @throws IllegalArgumentException if a row is not well formed, with its number */
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

    /** In the order of the table. */
    public List<ParameterRule> rules() {
        return rules;
    }

    /** The rules for one operation. */
    public Stream<ParameterRule> of(Operation operation) {
        return rules.stream().filter(rule -> rule.appliesTo(operation));
    }

    /**
     * The first rule that a request violates.
     *
     * @param granted the variables that are on
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
