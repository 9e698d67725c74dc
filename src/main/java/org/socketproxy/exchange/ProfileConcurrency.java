package org.socketproxy.exchange;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileLimits.ProfileLimit;
import org.socketproxy.policy.RequestRate;

/**
 * Counts open exchanges, streams and the rate of requests of each profile of a policy file, by the name of the profile, so that
 * a reload does not reset the counts.
 *
 * <p>Threading: thread-safe; one lock, taken when an exchange or a connection begins and ends, and none for the rate.
 *
 * <p>Security: the number of counts is that of the profiles that were in force.
 */
public final class ProfileConcurrency {
    private static final long NANOS_OF_SECOND = 1_000_000_000;

    private final Map<String, Counts> byProfile = new HashMap<>();
    private final Map<String, RequestBucket> buckets = new ConcurrentHashMap<>();
    private final LongSupplier nanoTime;

    /** Counts of one profile. */
    private record Counts(Map<ProfileLimit, Integer> open, Map<ProfileLimit, Long> refused) {
        Counts() {
            this(new EnumMap<>(ProfileLimit.class), new EnumMap<>(ProfileLimit.class));
        }

        int open(ProfileLimit kind) {
            return open.getOrDefault(kind, 0);
        }
    }

    /**
     * Part of the counts that one exchange has until its end.
     *
     * @param kinds empty if it is not counted
     * @param exceeded the limit that refuses it, or null
     */
    public record Share(
            String profile,
            Set<ProfileLimit> kinds,
            @Nullable ProfileLimit exceeded) {}

    public ProfileConcurrency() {
        this(System::nanoTime);
    }

    /** @param nanoTime clock like {@link System#nanoTime} */
    ProfileConcurrency(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Counts a request, unless {@code max.requests} of its profile refuses it.
     *
     * @return 0, or the seconds until the next one is allowed
     */
    public int admit(Profile profile) {
        RequestRate rate = profile.limits().requests();
        if (rate == null) {
            return 0;
        }
        long now = nanoTime.getAsLong();
        RequestBucket bucket = buckets.get(profile.name());
        if (bucket == null) {
            bucket = buckets.computeIfAbsent(profile.name(), first -> new RequestBucket(rate, now));
        }
        return (int) ((bucket.take(rate, now) + NANOS_OF_SECOND - 1) / NANOS_OF_SECOND);
    }

    /** Counts one more of each kind, or nothing if one of them would exceed its limit or the profile is not of a file. */
    public Share take(Profile profile, Set<ProfileLimit> kinds) {
        if (!profile.origin().isOfFile()) {
            return new Share(profile.name(), Set.of(), null);
        }
        synchronized (byProfile) {
            Counts counts = byProfile.computeIfAbsent(profile.name(), unknown -> new Counts());
            for (ProfileLimit kind : kinds) {
                if (!profile.limits().isBelow(kind, counts.open(kind))) {
                    counts.refused.merge(kind, 1L, Long::sum);
                    return new Share(profile.name(), Set.of(), kind);
                }
            }
            kinds.forEach(kind -> counts.open.merge(kind, 1, Integer::sum));
            return new Share(profile.name(), kinds, null);
        }
    }

    /** Ends a share; must be called once for each. */
    public void release(Share share) {
        if (share.kinds.isEmpty()) {
            return;
        }
        synchronized (byProfile) {
            Counts counts = byProfile.get(share.profile);
            if (counts != null) {
                share.kinds.forEach(kind -> counts.open.merge(kind, -1, Integer::sum));
            }
        }
    }

    /** Returns how many the clients of a profile have open now; for requests the used part of the burst. */
    public int open(String profile, ProfileLimit kind) {
        if (kind == ProfileLimit.REQUESTS) {
            RequestBucket bucket = buckets.get(profile);
            return bucket == null ? 0 : bucket.used(nanoTime.getAsLong());
        }
        synchronized (byProfile) {
            Counts counts = byProfile.get(profile);
            return counts == null ? 0 : counts.open(kind);
        }
    }

    /** Returns how many a limit of a profile has refused since the start. */
    public long refused(String profile, ProfileLimit kind) {
        if (kind == ProfileLimit.REQUESTS) {
            RequestBucket bucket = buckets.get(profile);
            return bucket == null ? 0 : bucket.refused();
        }
        synchronized (byProfile) {
            Counts counts = byProfile.get(profile);
            return counts == null ? 0 : counts.refused.getOrDefault(kind, 0L);
        }
    }
}
