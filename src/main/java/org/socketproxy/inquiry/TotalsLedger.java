package org.socketproxy.inquiry;

import java.util.LinkedHashMap;
import java.util.Map;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.policy.Profile;

/**
 * The objects of the profiles with {@code MAX_OBJECTS}, by the name of the profile, so that open requests still count after a reload.
 *
 * <p>Threading: safe for any number of threads.
 */
public final class TotalsLedger {
    /** Profiles without a request under way are forgotten beyond this number, and counted again. */
    private static final int MOST_PROFILES = 1024;

    private final DaemonQuery daemon;
    private final Map<String, ProfileUse> uses = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, ProfileUse> eldest) {
            return size() > MOST_PROFILES && eldest.getValue().isIdle();
        }
    };

    TotalsLedger(DaemonQuery daemon) {
        this.daemon = daemon;
    }

    public ProfileUse of(Profile profile) {
        synchronized (uses) {
            return uses.computeIfAbsent(profile.name(), unknown -> new ProfileUse(daemon, System::nanoTime));
        }
    }
}
