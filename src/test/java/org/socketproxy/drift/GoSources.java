package org.socketproxy.drift;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Text of Go files, formatted by gofmt: functions and structs by their names. It is no parser: it finds declarations at the
 * begin of a line.
 */
final class GoSources {
    private static final Pattern FUNCTION =
            Pattern.compile("(?ms)^func (?:\\(\\w* ?\\*?\\w+\\) )?(\\w+)(?:\\[[^\\]]*\\])?\\((.*?)^}$");
    private static final Pattern STRUCT = Pattern.compile("(?ms)^type (\\w+) struct \\{$(.*?)^}$");
    /** A call that gets the request, so that it can read its parameters. */
    private static final Pattern CALL_WITH_REQUEST =
            Pattern.compile("\\b(?:(\\w+)\\.)?(\\w+)\\([^()]*\\br\\b[^()]*\\)");

    /** By the package and the name, such as {@code compat.ListContainers}. */
    private final Map<String, String> functions = new LinkedHashMap<>();

    private final Map<String, String> structs = new LinkedHashMap<>();
    /** Text of all files of a package. */
    private final Map<String, StringBuilder> packages = new LinkedHashMap<>();

    /** Match of a pattern in a file of a package. */
    record Found(String inPackage, MatchResult match) {}

    /**
     * Reads all files below the folders, except tests.
     *
     * @throws IllegalArgumentException if a folder does not exist
     */
    static GoSources below(Path root, String... folders) {
        GoSources sources = new GoSources();
        for (String folder : folders) {
            Path start = root.resolve(folder);
            if (!Files.isDirectory(start)) {
                throw new IllegalArgumentException("no folder " + start + ": give a checkout of moby or Podman");
            }
            try (Stream<Path> files = Files.walk(start)) {
                files.filter(file -> file.toString().endsWith(".go"))
                        .filter(file -> !file.toString().endsWith("_test.go"))
                        .sorted()
                        .forEach(sources::read);
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        }
        return sources;
    }

    private void read(Path file) {
        String content;
        try {
            content = Files.readString(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        String folder = file.getParent().getFileName().toString();
        packages.computeIfAbsent(folder, any -> new StringBuilder())
                .append(content)
                .append('\n');
        collect(FUNCTION, content, folder + ".", functions);
        collect(STRUCT, content, "", structs);
    }

    /** Methods of one name in one package are joined: a parameter too many is better than a missing one. */
    private static void collect(Pattern declaration, String content, String prefix, Map<String, String> into) {
        Matcher matcher = declaration.matcher(content);
        while (matcher.find()) {
            into.merge(prefix + matcher.group(1), matcher.group(2), (one, other) -> one + "\n" + other);
        }
    }

    /** Returns all matches in all files. */
    List<Found> find(Pattern pattern) {
        return packages.entrySet().stream()
                .flatMap(each ->
                        pattern.matcher(each.getValue()).results().map(match -> new Found(each.getKey(), match)))
                .toList();
    }

    /** Returns the body of a struct, or an empty text. */
    String struct(String name) {
        return structs.getOrDefault(name, "");
    }

    /**
     * Returns the first groups of the patterns in a function and in the functions that it gives the request {@code r}.
     *
     * @param function package and name
     * @param patterns each with one group
     */
    Set<String> read(String function, List<Pattern> patterns) {
        Set<String> found = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        Set<String> seen = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(function));
        while (!open.isEmpty()) {
            String next = open.pop();
            String body = functions.get(next);
            if (body == null || !seen.add(next)) {
                continue;
            }
            for (Pattern pattern : patterns) {
                pattern.matcher(body).results().forEach(match -> found.add(match.group(1)));
            }
            String caller = next.replaceFirst("\\..*", "");
            CALL_WITH_REQUEST.matcher(body).results().forEach(call -> {
                open.push(caller + "." + call.group(2)); // also a method of a variable
                open.push(call.group(1) + "." + call.group(2));
            });
        }
        return found;
    }
}
