package org.socketproxy.usage;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.socketproxy.policy.ProfileOrigin;

/**
 * One {@link UsageLedger} for each profile that was in force.
 *
 * <p>Threading: thread-safe.
 */
public final class UsageLedgers {
    private final Map<String, UsageLedger> byProfile = new ConcurrentHashMap<>();
    private final Instant now;

    private UsageLedgers(Instant now) {
        this.now = now;
    }

    public static UsageLedgers beginning(Instant now) {
        return new UsageLedgers(now);
    }

    /** Creates ledgers with earlier counts, without denials. */
    public static UsageLedgers continuing(Map<String, Usage> earlier, Instant now) {
        UsageLedgers ledgers = new UsageLedgers(now);
        earlier.forEach((profile, usage) -> ledgers.byProfile.put(profile, UsageLedger.continuing(usage)));
        ledgers.of(ProfileOrigin.ENVIRONMENT.name()); // so that a file keeps the begin of the counts
        return ledgers;
    }

    public UsageLedger of(String profile) {
        UsageLedger known = byProfile.get(profile); // computeIfAbsent may lock even if the key is present
        return known != null
                ? known
                : byProfile.computeIfAbsent(ofTemplate(profile), unknown -> UsageLedger.beginning(now));
    }

    /** The leases of a template, which have names such as {@code agent:7f3a21bc}, share a ledger: {@code agent:}. */
    private static String ofTemplate(String profile) {
        return profile.substring(0, profile.indexOf(':') < 0 ? profile.length() : profile.indexOf(':') + 1);
    }

    public Map<String, Usage> snapshots() {
        Map<String, Usage> snapshots = new TreeMap<>();
        byProfile.forEach((profile, ledger) -> snapshots.put(profile, ledger.snapshot()));
        return snapshots;
    }
}
