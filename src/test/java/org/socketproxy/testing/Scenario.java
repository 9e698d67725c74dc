package org.socketproxy.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Commands of a Docker client and their expected result, from a text file. Format: a line "== name"; optionally "given" and a
 * script that prepares; "when" and the script of the client; "then" and its exit code, followed by the expected lines of
 * stdout in this order and the expected lines of stderr, each after "! ".
 *
 * <p>On a busy machine dockerd 26.1 and Compose can lose the output of a container that ends at once, also without the proxy:
 * a container whose output is compared sleeps for a second before it ends.
 *
 * @param name name of the scenario
 * @param key short unique key for names of containers
 * @param given a Bash script, or empty
 * @param when a Bash script
 */
public record Scenario(
        String name,
        String key,
        String given,
        String when,
        int exitCode,
        List<String> stdoutLines,
        List<String> stderrLines) {

    private static final String STDERR = "! ";

    /** Reads the scenarios of a resource in the package of a class. */
    public static Stream<Scenario> read(Class<?> beside, String file) {
        List<List<String>> chunks = new ArrayList<>();
        Corpus.lines(beside, file).forEach(line -> {
            if (line.startsWith("== ")) {
                chunks.add(new ArrayList<>(List.of(line.substring(3))));
            } else if (!line.isBlank() && !line.startsWith("#")) {
                chunks.get(chunks.size() - 1).add(line);
            }
        });
        String stem = file.replaceFirst("\\..*", "");
        List<Scenario> scenarios = new ArrayList<>();
        for (List<String> chunk : chunks) {
            scenarios.add(parse(chunk, stem + "-" + (scenarios.size() + 1)));
        }
        return scenarios.stream();
    }

    private static Scenario parse(List<String> lines, String key) {
        int when = lines.indexOf("when");
        int then = then(lines);
        if (when < 0 || then < when || when > 1 && !lines.get(1).equals("given")) {
            throw new IllegalArgumentException("The scenario has not the form given, when, then: " + lines);
        }
        List<String> expected = lines.subList(then + 1, lines.size());
        return new Scenario(
                lines.get(0),
                key,
                String.join("\n", lines.subList(Math.min(2, when), when)),
                String.join("\n", lines.subList(when + 1, then)),
                Integer.parseInt(lines.get(then).substring("then ".length())),
                expected.stream().filter(line -> !line.startsWith(STDERR)).toList(),
                expected.stream()
                        .filter(line -> line.startsWith(STDERR))
                        .map(line -> line.substring(STDERR.length()))
                        .toList());
    }

    private static int then(List<String> lines) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).matches("then \\d+")) {
                return i;
            }
        }
        return -1;
    }

    /** Asserts the exit code, and that the output has the expected lines in their order; {@code $C} is the name. */
    public void assertTold(Cli.Result result, String name) {
        assertThat(result.exitCode()).as(this + "\n" + result).isEqualTo(exitCode);
        assertContains(stdoutLines, result.stdout(), name);
        assertContains(stderrLines, result.stderr(), name);
    }

    /** Both begin with the same line, so that no expected line is a right sequence too. */
    private void assertContains(List<String> told, String output, String key) {
        Stream<String> expected = told.stream().map(line -> line.replace("$C", key));
        assertThat(Stream.concat(Stream.of(name), output.lines()))
                .as(name)
                .containsSubsequence(Stream.concat(Stream.of(name), expected).toList());
    }

    @Override
    public String toString() {
        return name;
    }
}
