package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An assertion in an {@code if} block alone passes for every row for which the condition does not hold. */
class AssertionsTest {
    private static final Path SOURCES = Path.of("src/test/java");
    private static final Pattern IF = Pattern.compile("( *)(} else )?if \\(.*");
    private static final Pattern ASSERTION = Pattern.compile("\\b(assert\\w*|fail)\\(");
    private static final String ADVICE =
            ": this assertion does not run if the condition is false. Assert what is expected"
                    + " in both cases at once, as in isEqualTo(condition ? a : b), or write an else block that asserts, or return"
                    + " at the end of the block and assert the other case behind it";

    @Test
    void noAssertionIsInAnIfBlockAlone() throws IOException {
        List<String> found = new ArrayList<>();
        List<Path> files;
        try (Stream<Path> all = Files.walk(SOURCES)) {
            files = all.filter(file -> file.toString().endsWith(".java")).toList();
        }
        for (Path file : files) {
            for (int line : conditional(Files.readAllLines(file))) {
                found.add(file + ":" + line + ADVICE);
            }
        }

        assertThat(files).hasSizeGreaterThan(500);
        assertThat(found).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "if (a) {~    assertThat(b).isTrue();~}                                    | 1",
                "if (a~        && b) {~    c();~    assertSame(d);~}                       | 1",
                "if (a) {~    fail(b);~}                                                   | 1",
                "if (a) assertThat(b).isTrue();                                            | 1",
                "if (a) {~    b();~} else if (c) {~    assertThat(d).isTrue();~}           | 3",
                "if (a) {~    assertThat(b).isTrue();~} else {~    assertThat(c).isTrue();~} | -",
                "if (a) { // b~    assertThat(b).isTrue();~} else {~    assertThat(c).isTrue();~} | -",
                "if (a) {~    assertThat(b).isTrue();~    return;~}                        | -",
                "if (a) {~    assertThat(b).isTrue();~    return c(~            d);~}      | -",
                "if (a) {~    b();~}~assertThat(c).isTrue();                               | -",
                "assertThat(a ? b : c).isTrue();                                           | -",
            })
    void assertionInAnIfBlockAloneIsFound(String code, Integer line) {
        assertThat(conditional(List.of(code.strip().split("~")))).isEqualTo(line == null ? List.of() : List.of(line));
    }

    /** Returns the numbers of the lines with such a condition; the sources are formatted. */
    private static List<Integer> conditional(List<String> source) {
        List<String> lines =
                source.stream().map(line -> line.replaceFirst(" // .*", "")).toList();
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            Matcher condition = IF.matcher(lines.get(i));
            if (condition.matches() && isAlone(lines, i, condition.group(1))) {
                found.add(i + 1);
            }
        }
        return found;
    }

    private static boolean isAlone(List<String> lines, int first, String indent) {
        int begin = first;
        while (begin < lines.size() - 1 && !lines.get(begin).matches(".*[{;]")) {
            begin++;
        }
        if (lines.get(begin).endsWith(";")) {
            return isAsserting(lines.subList(first, begin + 1));
        }
        int end = begin + 1;
        while (end < lines.size() - 1 && !lines.get(end).startsWith(indent + "}")) {
            end++;
        }
        List<String> block = lines.subList(begin + 1, end);
        boolean isLast = block.stream()
                .filter(line -> line.matches(indent + " {4}\\S.*") && !line.startsWith(indent + "    }"))
                .reduce((earlier, later) -> later)
                .filter(line -> line.matches(" *return\\b.*"))
                .isPresent();
        return isAsserting(block) && !isLast && !lines.get(end).contains(" else ");
    }

    private static boolean isAsserting(List<String> lines) {
        return ASSERTION.matcher(String.join("\n", lines)).find();
    }
}
