package org.socketproxy.status;

/** Form in which the page writes an assignment to copy: that of the place where the permissions are configured. */
public enum AssignmentForm {
    /** A line below {@code environment:} of a compose file. */
    COMPOSE("- ", "=", "PRESET="),
    /** A line of a profile of the policy file. */
    POLICY_FILE("", ": ", "preset: ");

    private final String prefix;
    private final String separator;
    private final String preset;

    AssignmentForm(String prefix, String separator, String preset) {
        this.prefix = prefix;
        this.separator = separator;
        this.preset = preset;
    }

    /** Returns a line that switches a variable on or off. */
    String line(String variable, boolean isOn) {
        return prefix + words(variable, isOn);
    }

    /** Returns the same without the hyphen of a list. */
    String words(String variable, boolean isOn) {
        return variable + separator + (isOn ? "1" : "0");
    }

    /** Returns the assignment of a preset. */
    public String ofPreset(String name) {
        return preset + name;
    }
}
