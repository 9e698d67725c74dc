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
    BROWSER("browser");

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
