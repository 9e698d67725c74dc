package org.socketproxy.filter.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import jakarta.servlet.Filter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.CompiledJar;

/** Tests loading of jars in a folder: order, and faults that prevent the start. */
class ExtensionsTest {
    private static final int MAJOR_VERSION = 7;

    @TempDir
    Path temp;

    private Path folder;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectory(temp.resolve("extensions"));
    }

    /** Source of a filter that allows every request, with additional members. */
    private static String filter(String name, String annotation, String body) {
        return "import jakarta.annotation.Priority; import jakarta.servlet.*;\n" + annotation + " public final class "
                + name
                + " implements Filter { " + body
                + " public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain) throws"
                + " java.io.IOException, ServletException { chain.doFilter(request, response); } }";
    }

    private static CompiledJar rule(String name, String body) throws IOException {
        return CompiledJar.of(filter(name, "", body)).naming(name);
    }

    private interface Fault {
        void in(Path folder) throws IOException;
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault(
                        "text instead of a jar",
                        folder -> Files.writeString(folder.resolve("rule.jar"), "not a jar at all, but text"),
                        "rule.jar: the file is not a readable jar (zip END header not found). Copy or build it again"),
                fault(
                        "a jar that was copied in part",
                        folder -> {
                            byte[] whole = Files.readAllBytes(rule("Rule", "").writeTo(folder.resolve("rule.jar")));
                            Files.write(folder.resolve("rule.jar"), Arrays.copyOf(whole, whole.length / 2));
                        },
                        "rule.jar: the file is not a readable jar ("),
                fault(
                        "an empty file",
                        folder -> Files.createFile(folder.resolve("rule.jar")),
                        "rule.jar: the file is not a readable jar (zip file is empty)"),
                fault(
                        "no service file",
                        folder -> CompiledJar.of(filter("Rule", "", "")).writeTo(folder.resolve("rule.jar")),
                        "rule.jar: the jar declares no filter. Write the name of the filter class to"
                                + " META-INF/services/jakarta.servlet.Filter in the jar"),
                fault(
                        "a service file that names nothing",
                        folder -> rule("Rule", "").naming("# nothing yet").writeTo(folder.resolve("rule.jar")),
                        "rule.jar: the jar declares no filter."),
                fault(
                        "a service file that names a class that is not there",
                        folder -> rule("Rule", "").naming("a.Rule").writeTo(folder.resolve("rule.jar")),
                        "rule.jar: Provider a.Rule not found. Fix the extension, or remove it"),
                fault(
                        "a service file that names what is no filter",
                        folder -> CompiledJar.of("public class Rule {}")
                                .naming("Rule")
                                .writeTo(folder.resolve("rule.jar")),
                        "rule.jar: Rule not a subtype."),
                fault(
                        "a constructor that throws",
                        folder -> rule("Rule", "public Rule() { throw new IllegalStateException(\"set PULL_FROM\"); }")
                                .writeTo(folder.resolve("rule.jar")),
                        "rule.jar: Provider Rule could not be instantiated (java.lang.IllegalStateException: set"
                                + " PULL_FROM)."),
                fault(
                        "a constructor with parameters",
                        folder -> rule("Rule", "public Rule(int a) {}").writeTo(folder.resolve("rule.jar")),
                        "rule.jar: Rule Unable to get public no-arg constructor"),
                fault(
                        "a static initializer that throws",
                        folder -> rule("Rule", "static int a = Integer.parseInt(\"x\");")
                                .writeTo(folder.resolve("rule.jar")),
                        "rule.jar: Provider Rule could not be instantiated (java.lang.ExceptionInInitializerError)"),
                fault(
                        "a class of a library that is not there",
                        folder -> CompiledJar.of(
                                        "public class Library {}",
                                        filter("Rule", "", "public Rule() { new Library(); }"))
                                .naming("Rule")
                                .without("Library.class")
                                .writeTo(folder.resolve("rule.jar")),
                        "rule.jar: Provider Rule could not be instantiated (java.lang.NoClassDefFoundError: Library)"),
                fault(
                        "a class of our inside",
                        folder -> rule(
                                        "Rule",
                                        "public Rule() throws Exception {"
                                                + " Class.forName(\"org.socketproxy.exchange.ErrorReply\"); }")
                                .writeTo(folder.resolve("rule.jar")),
                        "(java.lang.ClassNotFoundException: org.socketproxy.exchange.ErrorReply)"),
                fault(
                        "a class for a Java to come",
                        folder -> {
                            CompiledJar jar = rule("Rule", "");
                            jar.entry("Rule.class")[MAJOR_VERSION] = 99;
                            jar.writeTo(folder.resolve("rule.jar"));
                        },
                        "rule.jar: it is built for a newer version than this Java "
                                + Runtime.version().feature() + " ("),
                fault(
                        "a class that is damaged",
                        folder -> rule("Rule", "")
                                .with("Rule.class", new byte[100])
                                .writeTo(folder.resolve("rule.jar")),
                        "rule.jar: a class cannot be loaded (java.lang.ClassFormatError"),
                fault(
                        "two versions of a filter",
                        folder -> {
                            rule("Rule", "").writeTo(folder.resolve("rule-1.jar"));
                            rule("Rule", "").writeTo(folder.resolve("rule-2.jar"));
                        },
                        "rule-1.jar. Remove one of the two"),
                fault(
                        "a file that is no jar",
                        folder -> rule("Rule", "").writeTo(folder.resolve("rule.jar.old")),
                        "rule.jar.old: this is not a jar, so the proxy would ignore it. Rename it to .jar if it is"
                                + " one, or remove it"),
                fault(
                        "a FIFO named like a jar",
                        folder -> new ProcessBuilder(
                                        "mkfifo", folder.resolve("rule.jar").toString())
                                .start()
                                .onExit()
                                .join(),
                        "rule.jar: this is not a jar, so the proxy would ignore it. Rename it to .jar if it is one, or"
                                + " remove it"),
                fault(
                        "no folder",
                        folder -> Files.delete(folder),
                        "extensions: the folder does not exist. Name a folder with extension jars, or unset it"),
                fault(
                        "a file for a folder",
                        folder -> {
                            Files.delete(folder);
                            Files.createFile(folder);
                        },
                        "extensions: this is not a folder that the proxy's user can read. Name a folder with extension"
                                + " jars, or unset it"));
    }

    private static Arguments fault(String name, Fault fault, String sentence) {
        return Arguments.argumentSet(name, fault, sentence);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void unloadableJarIsReportedWithNameAndReason(Fault fault, String sentence) throws IOException {
        fault.in(folder);

        assertThat(refused())
                .singleElement()
                .asString()
                .startsWith("EXTENSIONS=" + folder)
                .contains(sentence);
    }

    @Test
    void allUnloadableJarsAreReportedTogether() throws IOException {
        Files.createFile(folder.resolve("a.jar"));
        rule("Rule", "").writeTo(folder.resolve("b.jar"));
        Files.createFile(folder.resolve("c.jar"));

        assertThat(refused())
                .satisfiesExactly(
                        a -> assertThat(a).contains("/a.jar: "),
                        c -> assertThat(c).contains("/c.jar: "));
    }

    @Test
    void failedInitIsReportedAndOtherFiltersAreDestroyed() throws Exception {
        rule("A", "public void destroy() { System.setProperty(\"extension.a\", \"ended\"); }")
                .writeTo(folder.resolve("a.jar"));
        rule(
                        "B",
                        "public void init(FilterConfig config) throws ServletException { throw new"
                                + " ServletException(\"no\"); }")
                .writeTo(folder.resolve("b.jar"));
        rule("C", "public void init(FilterConfig config) { config.getServletContext(); }")
                .writeTo(folder.resolve("c.jar"));
        Extensions extensions = Extensions.load(folder);

        InvalidSettingsException refused = catchThrowableOfType(InvalidSettingsException.class, extensions::start);

        assertThat(refused)
                .hasMessageContainingAll(
                        "EXTENSIONS=b.jar: B cannot be initialized: jakarta.servlet.ServletException: no",
                        "EXTENSIONS=c.jar: C cannot be initialized: java.lang.UnsupportedOperationException");
        assertThat(System.clearProperty("extension.a")).isEqualTo("ended");
    }

    @Test
    void filtersAreOrderedByPriorityThenName() throws Exception {
        CompiledJar.of(filter("D", "@Priority(5001)", ""), filter("C", "", ""))
                .naming("D", "C")
                .writeTo(folder.resolve("1.jar"));
        CompiledJar.of(filter("B", "@Priority(-1)", "")).naming("B").writeTo(folder.resolve("2.jar"));
        CompiledJar.of(filter("A", "", "")).naming("A").writeTo(folder.resolve("3.jar"));
        CompiledJar.of(filter("E", "@Priority(4999)", "")).naming("E").writeTo(folder.resolve("4.jar"));

        assertThat(names(Extensions.load(folder))).containsExactly("B", "E", "A", "C", "D");
    }

    @Test
    void jarsHaveSeparateClassLoaders() throws Exception {
        for (String name : List.of("A", "B")) {
            CompiledJar jar = CompiledJar.of(
                    "public class Library { public String toString() { return \"of " + name + "\"; } }",
                    filter(name, "", "public String toString() { return new Library().toString(); }"));
            CompiledJar.empty()
                    .with("Library.class", jar.entry("Library.class"))
                    .writeTo(folder.resolve("lib/" + name + ".jar"));
            jar.without("Library.class")
                    .classPath("lib/" + name + ".jar")
                    .naming(name)
                    .writeTo(folder.resolve(name + ".jar"));
        }

        assertThat(Extensions.load(folder).filters())
                .extracting(Filter::toString)
                .containsExactly("of A", "of B");
    }

    @Test
    void servletApiInJarIsIgnored() throws Exception {
        CompiledJar jar = rule("Rule", "");
        try (var api = Filter.class.getResourceAsStream("Filter.class")) {
            jar.with("jakarta/servlet/Filter.class", api.readAllBytes());
        }
        jar.writeTo(folder.resolve("rule.jar"));

        assertThat(names(Extensions.load(folder))).containsExactly("Rule");
    }

    @Test
    void equalFiltersAreBothCalled() throws Exception {
        String equal = "public boolean equals(Object other) { return true; } public int hashCode() { return 1; }";
        CompiledJar.of(filter("A", "", equal), filter("B", "", equal))
                .naming("A", "B")
                .writeTo(folder.resolve("a.jar"));

        assertThat(names(Extensions.load(folder))).containsExactly("A", "B");
    }

    @Test
    void hiddenFilesFoldersAndReadmeAreIgnored() throws Exception {
        Files.writeString(folder.resolve("README.md"), "Put jars here", StandardCharsets.UTF_8);
        Files.writeString(folder.resolve(".gitkeep"), "", StandardCharsets.UTF_8);
        Files.createFile(Files.createDirectory(folder.resolve("lib")).resolve("a.jar"));
        Files.createDirectory(folder.resolve("folder.jar"));

        assertThat(Extensions.load(folder).filters()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"extensions", "./extensions", "file:///extensions", "/a\u0000b"})
    void folderNeedsAbsolutePath(String path) {
        assertThatThrownBy(() -> Settings.read(Map.of("EXTENSIONS", path), Variables.load()))
                .hasMessageEndingWith("use the absolute path of a folder, such as /etc/socket-proxy/extensions");
    }

    private static List<String> names(Extensions extensions) {
        return extensions.filters().stream()
                .map(filter -> filter.getClass().getName())
                .toList();
    }

    private List<String> refused() {
        InvalidSettingsException refused =
                catchThrowableOfType(InvalidSettingsException.class, () -> Extensions.load(folder));
        assertThat(refused).as("it should have been refused").isNotNull();
        return refused.getMessage().lines().toList();
    }
}
