package org.socketproxy.policy;

/** The coded cause of a decision. The code stands in audit records and is stable. */
public enum Reason {
    /** Section, and all that it needs besides, are on. */
    SECTION("section"),
    /** A variable that opens the operation by itself is on. */
    ALONE("alone"),
    /** At least one variable is missing. */
    VARIABLE_MISSING("variable-missing"),
    /** Known, and no variable opens it. */
    NEVER("never"),
    /** Podman's API, under {@link Compatibility#TECNATIVA}, which knows none of it. */
    COMPATIBILITY("compatibility"),
    /** No row of the catalogue has this method and path. */
    UNLISTED("unlisted"),
    /** It comes from a web page, and nobody's web page may talk to the daemon. */
    BROWSER("browser"),
    /** The API version in the path is one in which operations can do more. */
    VERSION_TOO_OLD("version-too-old"),
    /** A parameter names, or may name, a path or a transport of the host. */
    PARAMETER_PATH("parameter-path"),
    /** A parameter chooses a driver that runs commands on the host. */
    PARAMETER_DRIVER("parameter-driver"),
    /** A parameter weakens the isolation of what runs. */
    PARAMETER_PRIVILEGE("parameter-privilege"),
    /** A parameter needs more variables than its operation does. */
    PARAMETER_VARIABLE("parameter-variable"),
    /** There is a body where the operation takes none, or one that cannot be judged. */
    BODY_REFUSED("body-refused"),
    /** The body is a form, from which the daemon reads parameters that were not judged. */
    FORM_BODY("form-body");

    private final String code;

    Reason(String code) {
        this.code = code;
    }

    /** Stable, lower case, with dashes. */
    public String code() {
        return code;
    }

    public boolean isAllowed() {
        return this == SECTION || this == ALONE;
    }
}
