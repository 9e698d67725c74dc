package org.socketproxy.policy.advice;

/** Form of an assignment to copy, by the place of the permissions. */
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

    public String line(String variable, boolean isOn) {
        return assignment(variable, isOn ? "1" : "0");
    }

    public String assignment(String name, String value) {
        return prefix
                + switch (this) {
                    case KUBERNETES ->
                        name + ", value: \"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
                    case POLICY_FILE -> name + ": " + value;
                    case ENVIRONMENT -> name + '=' + (value.indexOf(' ') < 0 ? value : "'" + value + "'");
                    case COMPOSE, ENV_FILE -> name + '=' + value;
                }
                + suffix;
    }

    /** Returns words of a sentence, without the syntax of a list. */
    public String words(String variable, boolean isOn) {
        return variable + (this == POLICY_FILE ? ": " : "=") + (isOn ? "1" : "0");
    }

    public String ofPreset(String name) {
        return (this == POLICY_FILE ? "preset: " : "PRESET=") + name;
    }

    /** Returns the line before a block, or an empty text. */
    public String header() {
        return header;
    }

    public String indent() {
        return indent;
    }

    /** Returns false if a comment needs a separate line. */
    public boolean isCommentAfterLine() {
        return this != ENVIRONMENT && this != ENV_FILE;
    }
}
