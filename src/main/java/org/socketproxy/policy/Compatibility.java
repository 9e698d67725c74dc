package org.socketproxy.policy;

/** Whose reading of the variables holds, where other proxies read them differently. */
public enum Compatibility {
    /** Our own, which is LinuxServer's. */
    LINUXSERVER(false, true),
    /** Tecnativa's: a variable that opens by itself needs {@code POST} too, and Podman's paths are unknown. */
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
