package org.socketproxy.docker;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.socketproxy.policy.Consequence;
import org.socketproxy.testing.Corpus;

/**
 * How a row of {@code consequences.tsv} is carried out, from a text file; {@code attacks-docker.txt} explains its form.
 *
 * @param row gain and operations, such as {@code root ServiceCreate}
 * @param parts the lines of each part, such as {@code given}
 */
record Attack(String row, Map<String, List<String>> parts) {
    private static final List<String> NAMES = List.of("given", "attack", "outside", "effect", "then", "elsewhere");

    /** Reads all attacks of a file. */
    static List<Attack> read(String file) {
        List<Attack> attacks = new ArrayList<>();
        List<String> part = new ArrayList<>();
        for (String line : Corpus.lines(Attack.class, file).toList()) {
            if (line.startsWith("== ")) {
                attacks.add(new Attack(line.substring(3), new LinkedHashMap<>()));
            } else if (NAMES.contains(line)) {
                part = new ArrayList<>();
                attacks.get(attacks.size() - 1).parts.put(line, part);
            } else if (!line.isBlank() && !line.startsWith("#")) {
                part.add(line);
            }
        }
        return attacks;
    }

    /** Reads the attacks on both daemons. */
    static Stream<Attack> all() {
        return Stream.of("attacks-docker.txt", "attacks-podman.txt").flatMap(file -> read(file).stream());
    }

    /** The same form as {@link #row}. */
    static String row(Consequence consequence) {
        return consequence.gain().name().toLowerCase(Locale.ROOT) + " " + String.join(",", consequence.operations());
    }

    Consequence consequence() {
        return Consequence.load().stream()
                .filter(consequence -> row(consequence).equals(row))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("not in consequences.tsv: " + row));
    }

    /** Returns whether the test carries the attack out; otherwise it is listed with a reason. */
    boolean isShown() {
        return !parts.containsKey("elsewhere");
    }

    List<String> lines(String part) {
        return parts.getOrDefault(part, List.of());
    }

    String script(String part) {
        return String.join("\n", lines(part));
    }

    @Override
    public String toString() {
        return row;
    }
}
