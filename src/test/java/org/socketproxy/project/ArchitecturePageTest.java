package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.decide.Steps;
import org.socketproxy.exchange.ExchangeState;

/**
 * Checks that {@code docs/architecture.md} and {@code CONTRIBUTING.md} name classes, packages, steps and states that exist.
 * {@code -Dreadme.update=true} prints the steps.
 */
class ArchitecturePageTest {
    private static final Path PAGE = Path.of("docs/architecture.md");
    private static final Path PICTURE = Path.of("docs/architecture.svg");
    private static final Path MAIN = Path.of("src/main/java/org/socketproxy");
    private static final List<Path> SOURCES =
            List.of(Path.of("src/main/java"), Path.of("src/test/java"), Path.of("target/generated-sources"));
    /** A class name in backticks, also with a method behind it. */
    private static final Pattern CLASS = Pattern.compile("`([A-Z][A-Za-z]*[a-z][A-Za-z]*)(?:[.#][a-z]\\w*)?`");

    @ParameterizedTest
    @ValueSource(strings = {"docs/architecture.md", "CONTRIBUTING.md"})
    void everyNamedClassExists(Path page) throws IOException {
        Set<String> named = CLASS.matcher(Files.readString(page))
                .results()
                .map(result -> result.group(1))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(named).hasSizeGreaterThan(10);
        assertThat(classes()).containsAll(named);
    }

    private static Set<String> classes() {
        return SOURCES.stream()
                .filter(Files::isDirectory)
                .flatMap(ArchitecturePageTest::files)
                .map(file -> file.getFileName().toString())
                .filter(name -> name.endsWith(".java"))
                .map(name -> name.substring(0, name.length() - ".java".length()))
                .collect(Collectors.toSet());
    }

    @Test
    void everyPackageIsOnThePageAndInThePicture() throws IOException {
        String page = Files.readString(PAGE);
        String picture = Files.readString(PICTURE);
        List<String> packages = files(MAIN)
                .filter(file -> file.endsWith("package-info.java"))
                .map(file -> MAIN.relativize(file.getParent()).toString().replace('/', '.'))
                .filter(name -> !name.isEmpty())
                .toList();

        assertThat(packages).hasSizeGreaterThan(10);
        for (String name : packages) {
            assertThat(page).contains("\n- `" + name + "`: ");
            assertThat(picture).contains(">" + name + "</text>");
        }
    }

    @ParameterizedTest
    @EnumSource(ExchangeState.class)
    void pageNamesEveryState(ExchangeState state) throws IOException {
        assertThat(Files.readString(PAGE)).contains("`" + state + "`");
    }

    @Test
    void theStepsHaveTheOrderOfTheCode() throws IOException {
        String steps = Arrays.stream(Steps.Kind.values()).map(Steps.Kind::label).collect(Collectors.joining(", "));

        PrintedTable.assertInStep(PAGE, "steps", steps + ".\n", ArchitecturePageTest.class);
    }

    private static Stream<Path> files(Path folder) {
        try (Stream<Path> found = Files.walk(folder)) {
            return found.toList().stream();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
