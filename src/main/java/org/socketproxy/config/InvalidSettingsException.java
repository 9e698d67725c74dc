package org.socketproxy.config;

import java.util.List;
import java.util.stream.Collectors;

/** The configuration cannot be used; it carries everything that is wrong with it, not only the first thing. */
public final class InvalidSettingsException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;

    /** With everything that is wrong, at least one thing. */
    public InvalidSettingsException(List<Problem> problems) {
        super(problems.stream().map(Problem::sentence).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    public List<Problem> problems() {
        return problems;
    }
}
