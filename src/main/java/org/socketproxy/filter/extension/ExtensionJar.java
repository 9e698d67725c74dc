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

/** Jar of the extensions folder; loads the filters that it declares. */
final class ExtensionJar {
    private static final String SERVICES = "META-INF/services/" + Filter.class.getName();

    private static final Set<String> READMES = Set.of("README", "README.md", "README.txt");

    private final Path file;

    private ExtensionJar(Path file) {
        this.file = file;
    }

    /**
     * Lists the jars of a folder in the order of their names. It ignores hidden files, README files, and folders, which
     * may contain the libraries of a jar.
     */
    static List<ExtensionJar> allIn(Path folder, List<Problem> problems) {
        List<ExtensionJar> jars = new ArrayList<>();
        for (Path file : list(folder, problems)) {
            String name = String.valueOf(file.getFileName());
            if (name.startsWith(".") || READMES.contains(name) || Files.isDirectory(file)) {
                continue;
            }
            if (name.endsWith(".jar") && Files.isRegularFile(file)) { // open() of a FIFO blocks until a writer opens it
                jars.add(new ExtensionJar(file));
            } else {
                problems.add(Extensions.problem(
                        file.toString(),
                        "this is not a jar, so the proxy would ignore it. Rename it to .jar if it is one, or"
                                + " remove it"));
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
                    (Files.exists(folder)
                                    ? "this is not a folder that the proxy's user can read"
                                    : "the folder does not exist")
                            + ". Name a folder with extension jars, or unset it"));
        }
        files.sort(null);
        return files;
    }

    /** Constructs the filters; on failure, adds a problem and returns none. */
    List<Filter> load(List<Problem> problems) {
        try (JarFile jar = new JarFile(file.toFile())) { // a class loader silently ignores a file that is not a jar
            List<Filter> filters = jar.getEntry(SERVICES) == null ? List.of() : construct();
            if (filters.isEmpty()) {
                problems.add(problem("the jar declares no filter. Write the name of the filter class to " + SERVICES
                        + " in the jar"));
            }
            return filters;
        } catch (IOException unreadable) {
            problems.add(problem(
                    Files.isReadable(file)
                            ? "the file is not a readable jar (" + unreadable.getMessage() + "). Copy or build it again"
                            : "the proxy's user has no read permission. Make the file readable for everyone"));
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

    /** Describes why the filters cannot be loaded, and the fix. */
    static String advice(Error broken) {
        if (broken instanceof UnsupportedClassVersionError) {
            return "it is built for a newer version than this Java "
                    + Runtime.version().feature() + " (" + broken.getMessage() + "). Build it for Java 17";
        }
        if (broken instanceof LinkageError) {
            return "a class cannot be loaded (" + broken
                    + "). An extension can use org.socketproxy.extension, the servlet API and slf4j of the proxy; the"
                    + " jar must contain all other classes";
        }
        String what = String.valueOf(broken.getMessage()).replaceFirst("^" + Filter.class.getName() + ": ", "");
        return what + (broken.getCause() == null ? "" : " (" + broken.getCause() + ")")
                + ". Fix the extension, or remove it";
    }

    /** Runs the action with this context class loader, which libraries use to find classes and resources by name. */
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
