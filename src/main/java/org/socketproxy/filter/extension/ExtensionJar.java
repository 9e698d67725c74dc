package org.socketproxy.filter.extension;

import jakarta.servlet.Filter;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.jar.JarFile;
import org.socketproxy.config.Problem;

/** One jar of the folder, and the filters that it names. */
final class ExtensionJar {
    private static final String SERVICES = "META-INF/services/" + Filter.class.getName();

    private static final Set<String> READMES = Set.of("README", "README.md", "README.txt");

    private final Path file;

    private ExtensionJar(Path file) {
        this.file = file;
    }

    /**
     * In the order of their names. What is hidden is left alone, and so are a README and folders, which may hold libraries
     * of a jar.
     */
    static List<ExtensionJar> allIn(Path folder, List<Problem> problems) {
        List<ExtensionJar> jars = new ArrayList<>();
        for (Path file : list(folder, problems)) {
            String name = String.valueOf(file.getFileName());
            if (name.startsWith(".") || READMES.contains(name) || Files.isDirectory(file)) {
                continue;
            }
            if (name.endsWith(".jar") && Files.isRegularFile(file)) { // opening a FIFO would wait for a writer
                jars.add(new ExtensionJar(file));
            } else {
                problems.add(Extensions.problem(
                        file.toString(),
                        "this is no jar, so it would not be used. Name it .jar if it is one, or take it away"));
            }
        }
        return jars;
    }

    private static List<Path> list(Path folder, List<Problem> problems) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder)) {
            found.forEach(files::add);
        } catch (IOException | DirectoryIteratorException unreadable) {
            problems.add(Extensions.problem(
                    folder.toString(),
                    (Files.exists(folder) ? "this is no folder that this user may read" : "there is no such folder")
                            + ". Name one with jars of extensions, or none"));
        }
        files.sort(null);
        return files;
    }

    /** The filters, constructed; none if there is a problem, which is added to the others. */
    List<Filter> load(List<Problem> problems) {
        try (JarFile jar = new JarFile(file.toFile())) { // a class loader would pass over a file that is no jar
            List<Filter> filters = jar.getEntry(SERVICES) == null ? List.of() : construct();
            if (filters.isEmpty()) {
                problems.add(problem("it names no filter. Put the name of its class into " + SERVICES + " of the jar"));
            }
            return filters;
        } catch (IOException unreadable) {
            problems.add(problem(
                    Files.isReadable(file)
                            ? "it cannot be read as a jar (" + unreadable.getMessage() + "). Copy or build it anew"
                            : "this user may not read it. Make it readable for everyone"));
        } catch (ServiceConfigurationError | LinkageError broken) {
            problems.add(problem(advice(broken)));
        }
        return List.of();
    }

    private List<Filter> construct() throws IOException {
        List<Filter> filters = new ArrayList<>();
        ExtensionClassLoader loader = ExtensionClassLoader.of(file);
        within(loader, () -> ServiceLoader.load(Filter.class, loader).forEach(filters::add));
        return filters;
    }

    private Problem problem(String advice) {
        return Extensions.problem(file.toString(), advice);
    }

    /** What hinders it, and what to do about it. */
    static String advice(Error broken) {
        if (broken instanceof UnsupportedClassVersionError) {
            return "it is built for a newer Java than this one, "
                    + Runtime.version().feature() + " (" + broken.getMessage() + "). Build it for Java 17";
        }
        if (broken instanceof LinkageError) {
            return "a class cannot be loaded (" + broken
                    + "). Of the proxy an extension sees org.socketproxy.extension, the"
                    + " servlet API and slf4j; all else has to be in its jar";
        }
        String what = String.valueOf(broken.getMessage()).replaceFirst("^" + Filter.class.getName() + ": ", "");
        return what + (broken.getCause() == null ? "" : " (" + broken.getCause() + ")")
                + ". Repair it, or take it away";
    }

    /** With the extension's own class loader as that of the thread, which libraries ask for what they look up by name. */
    static void within(ClassLoader loader, Runnable action) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            action.run();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
