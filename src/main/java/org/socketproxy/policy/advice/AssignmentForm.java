package org.socketproxy.policy.advice;

/** Form in which the proxy writes an assignment to copy: that of the place where the permissions are configured. */
public enum AssignmentForm {
    /** A line below {@code environment:} of a compose file. */
    COMPOSE("- ", "", "environment:", "  "),
    /** An element of {@code env:} of a container in a manifest of Kubernetes. */
    KUBERNETES("- {name: ", "}", "env:", "  "),
    /** A variable of a process outside a container, as for a shell or a systemd unit. */
    ENVIRONMENT("", "", "", ""),
    /** A line of the file that {@code ENV_FILE} names. */
    ENV_FILE("", "", "", ""),
    /** A line of a profile of the policy file. */
    POLICY_FILE("", "", "variables:", "  ");

    private final String prefix;
    private final String suffix;
    private final String header;
    private final String indent;

    AssignmentForm(String prefix, String suffix, String header, String indent) {
        this.prefix = prefix;
        this.suffix = suffix;
        this.header = header;
        this.indent = indent;
    }

    /** Returns a line that switches a variable on or off. */
    public String line(String variable, boolean isOn) {
        return assignment(variable, isOn ? "1" : "0");
    }

    public String assignment(String name, String value) {
        return prefix
                + switch (this) {
                    case KUBERNETES ->
                        name + ", value: \"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
                    case POLICY_FILE -> name + ": " + value;
                    case COMPOSE, ENVIRONMENT, ENV_FILE -> name + '=' + value;
                }
                + suffix;
    }

    /** Returns the same as words of a sentence, without the syntax of a list. */
    public String words(String variable, boolean isOn) {
        return variable + (this == POLICY_FILE ? ": " : "=") + (isOn ? "1" : "0");
    }

    /** Returns the assignment of a preset as words of a sentence. */
    public String ofPreset(String name) {
        return (this == POLICY_FILE ? "preset: " : "PRESET=") + name;
    }

    /** Returns the line before a block of lines, or an empty text. */
    public String header() {
        return header;
    }

    public String indent() {
        return indent;
    }

    /** Returns true if a comment can follow a line; otherwise it must stand before the line. */
    public boolean isCommentAfterLine() {
        return this != ENVIRONMENT && this != ENV_FILE;
    }
}
