package org.socketproxy.filter.extension;

import jakarta.annotation.Priority;
import jakarta.servlet.Filter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Setting;

/**
 * Loads, starts and stops the extensions that {@link ServiceLoader} finds on the class path and in the jars of a
 * folder.
 *
 * <p>Security: if an extension cannot be loaded, the proxy does not start, because its denials would be missing.
 */
public final class Extensions implements AutoCloseable {
    /** Priority of a filter without the annotation; the same as for filters of Jakarta REST. */
    private static final int DEFAULT_PRIORITY = 5000;

    private static final String CLASS_PATH = "(class-path)";
    private static final Logger LOG = LoggerFactory.getLogger(Extensions.class);

    private final List<Filter> filters;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private Extensions(List<Filter> filters) {
        this.filters = List.copyOf(filters);
    }

    /**
     * Constructs all extensions without initializing them.
     *
     * @param folder of jars, or null for none
     * @throws InvalidSettingsException with one problem for each extension that cannot be loaded
     */
    public static Extensions load(@Nullable Path folder) throws InvalidSettingsException {
        return load(folder, List.of());
    }

    /**
     * Constructs all extensions without initializing them.
     *
     * @param folder of jars, or null for none
     * @param given filters that the proxy calls before the loaded ones, in this order
     * @throws InvalidSettingsException with one problem for each extension that cannot be loaded
     */
    public static Extensions load(@Nullable Path folder, List<Filter> given) throws InvalidSettingsException {
        List<Problem> problems = new ArrayList<>();
        List<Found> found = new ArrayList<>();
        try {
            ServiceLoader.load(Filter.class).forEach(filter -> found.add(new Found(filter, CLASS_PATH)));
        } catch (ServiceConfigurationError | LinkageError broken) {
            problems.add(problem(CLASS_PATH, ExtensionJar.advice(broken)));
        }
        if (folder != null) {
            for (ExtensionJar jar : ExtensionJar.allIn(folder, problems)) {
                jar.load(problems).forEach(filter -> found.add(new Found(filter, jar.toString())));
            }
        }
        found.sort(Comparator.comparingInt(Found::priority).thenComparing(Found::name));
        rejectDuplicates(found, problems);
        throwIfAny(problems);
        return new Extensions(
                Stream.concat(given.stream(), found.stream().map(Found::filter)).toList());
    }

    /**
     * Returns the given filters, then the loaded ones ordered by {@link Priority}, lowest first, then by class name.
     */
    public List<Filter> filters() {
        return filters;
    }

    private record Found(Filter filter, String origin) {
        String name() {
            return filter.getClass().getName();
        }

        int priority() {
            Priority priority = filter.getClass().getAnnotation(Priority.class);
            return priority == null ? DEFAULT_PRIORITY : priority.value();
        }
    }

    /**
     * Rejects a class that two jars contain, such as an old and a new version; the audit log could not distinguish
     * them.
     */
    private static void rejectDuplicates(List<Found> found, List<Problem> problems) {
        Map<String, String> origins = new HashMap<>();
        for (Found one : found) {
            String other = origins.putIfAbsent(one.name(), one.origin());
            if (other != null) {
                problems.add(problem(
                        one.origin(), "the filter " + one.name() + " is also in " + other + ". Remove one of the two"));
            }
        }
    }

    /**
     * Calls {@code init} of each filter.
     *
     * @throws InvalidSettingsException with one problem for each failure, after {@code destroy} of the other filters
     */
    public void start() throws InvalidSettingsException {
        List<Problem> problems = new ArrayList<>();
        List<Filter> started = new ArrayList<>();
        for (Filter filter : filters) {
            ExtensionJar.within(filter.getClass().getClassLoader(), () -> {
                try {
                    filter.init(new ExtensionConfig(filter.getClass().getName()));
                    started.add(filter);
                } catch (Exception | LinkageError broken) {
                    problems.add(
                            problem(origin(filter), filter.getClass().getName() + " cannot be initialized: " + broken));
                }
            });
        }
        if (!problems.isEmpty()) {
            isClosed.set(true);
            started.forEach(Extensions::end);
        }
        throwIfAny(problems);
    }

    private static String origin(Filter filter) {
        return filter.getClass().getClassLoader() instanceof ExtensionClassLoader jar ? jar.getName() : CLASS_PATH;
    }

    /** Calls {@code destroy} of each filter and closes the jars; further calls have no effect. */
    @Override
    public void close() {
        if (isClosed.compareAndSet(false, true)) {
            filters.forEach(Extensions::end);
        }
    }

    private static void end(Filter filter) {
        try {
            filter.destroy();
            if (filter.getClass().getClassLoader() instanceof ExtensionClassLoader jar) {
                jar.close();
            }
        } catch (IOException | RuntimeException | LinkageError broken) {
            LOG.warn("The extension {} failed to stop", filter.getClass().getName(), broken);
        }
    }

    static Problem problem(String where, String advice) {
        return new Problem(Setting.EXTENSIONS.name(), where, advice);
    }

    private static void throwIfAny(List<Problem> problems) throws InvalidSettingsException {
        if (!problems.isEmpty()) {
            throw new InvalidSettingsException(problems);
        }
    }
}
