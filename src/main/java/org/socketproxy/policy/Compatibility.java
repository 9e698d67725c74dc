package org.socketproxy.policy;

/** Interpretation of the variables, by the compatible proxy. */
public enum Compatibility {
    /** LinuxServer's proxy; the default. */
    LINUXSERVER(false, true),
    /** Tecnativa's proxy: each sufficient variable needs {@code POST} too, and all Podman paths are denied. */
    TECNATIVA(true, false);

    private final boolean isPostNeededAlone;
    private final boolean isLibpodKnown;

    Compatibility(boolean isPostNeededAlone, boolean isLibpodKnown) {
        this.isPostNeededAlone = isPostNeededAlone;
        this.isLibpodKnown = isLibpodKnown;
    }

    boolean isPostNeededAlone() {
        return isPostNeededAlone;
    }

    boolean isLibpodKnown() {
        return isLibpodKnown;
    }
}
