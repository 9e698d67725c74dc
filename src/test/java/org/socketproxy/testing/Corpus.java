package org.socketproxy.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Reads a text file of test cases, one per line; ignores blank lines and lines that begin with {@code #}. */
public final class Corpus {
    private static final Pattern BYTE = Pattern.compile("<([0-9a-f]{2})>");
    private static final int STEP = Integer.getInteger("it.step", 1);

    private Corpus() {}

    /** Reads the cases of a resource in the package of a class; splits each at blanks into at most {@code fields} fields. */
    public static Stream<List<String>> read(Class<?> beside, String name, int fields) {
        return lines(beside, name)
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> List.of(line.split(" +", fields)))
                .map(cells -> cells.stream().map(Corpus::bytes).toList());
    }

    /** Reads all lines of a resource in the package of a class. */
    public static Stream<String> lines(Class<?> beside, String name) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(beside.getResourceAsStream(name), name), StandardCharsets.UTF_8))) {
            return reader.lines().toList().stream();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Cases that a real daemon gets one by one: all, or each n-th with {@code -Dit.step=n}. */
    public static <T> Stream<T> sample(Stream<T> all) {
        List<T> cases = all.toList();
        return IntStream.iterate(0, i -> i < cases.size(), i -> i + STEP).mapToObj(cases::get);
    }

    /** Replaces each {@code <xx>} by the character with this hexadecimal code. */
    private static String bytes(String text) {
        return BYTE.matcher(text)
                .replaceAll(match -> java.util.regex.Matcher.quoteReplacement(
                        String.valueOf((char) Integer.parseInt(match.group(1), 16))));
    }
}
