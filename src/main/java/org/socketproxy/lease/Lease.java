package org.socketproxy.lease;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.LeaseTemplate.Egress;
import org.socketproxy.exchange.Denial;
import org.socketproxy.lease.LeaseRecord.Kind;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Reason;

/**
 * One lease: its profile, its listener, its record, and its state.
 *
 * <p>Threading: thread-safe.
 */
final class Lease {
    /** Begin of the names of the listeners of leases; no listener in {@code LISTEN} can have such a name. */
    static final String LISTENER = "lease:";

    private final LeaseRecord record;
    /** Null for a lease of an earlier start, which has no client. */
    private volatile @Nullable Profile profile;

    private final Holder holder;
    private final Egress egress;
    private final String key;
    private final Map<Kind, Integer> removed = new EnumMap<>(Kind.class);
    /** Creates of which the record is not complete. */
    private final AtomicInteger open = new AtomicInteger();

    private final AtomicLong denials = new AtomicLong();

    private volatile @Nullable LeaseAppeals appeals;
    private LeaseListeners.@Nullable Listener listener;
    private volatile LeaseState state;
    private long sinceNanos = System.nanoTime();
    private long endNanos;
    private volatile Instant ends;
    private volatile String problem = "";
    private volatile String cause = "";

    /** @param key secret of the opener, which renews with it */
    Lease(LeaseRecord record, @Nullable Profile profile, Egress egress, Holder holder, String key, Duration length) {
        this.record = record;
        this.profile = profile;
        this.egress = egress;
        this.holder = holder;
        this.key = key;
        this.state = profile == null ? LeaseState.SWEEPING : LeaseState.OPEN;
        this.endNanos = System.nanoTime() + length.toNanos();
        this.ends = Instant.now().plus(length);
    }

    String id() {
        return record.head().id();
    }

    String template() {
        return record.head().template();
    }

    int uid() {
        return record.head().uid();
    }

    /** Returns the name that {@link org.socketproxy.config.LeaseTemplate#of} gives. */
    String profileName() {
        return template() + ":" + id();
    }

    String listenerName() {
        return LISTENER + id();
    }

    LeaseRecord record() {
        return record;
    }

    Holder holder() {
        return holder;
    }

    Egress egress() {
        return egress;
    }

    @Nullable
    Profile profile() {
        return profile;
    }

    /** Judges further requests by another profile. */
    void judgeBy(Profile wider) {
        profile = wider;
    }

    /** Asks a person about denied requests. */
    void appealTo(LeaseAppeals person) {
        appeals = person;
    }

    /** Returns null if nobody is asked. */
    @Nullable
    LeaseAppeals appeals() {
        return appeals;
    }

    LeaseState state() {
        return state;
    }

    Instant ends() {
        return ends;
    }

    /** Returns why the lease ended; empty while it is open. */
    String cause() {
        return cause;
    }

    boolean hasKey(String given) {
        return MessageDigest.isEqual(key.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    void listenBy(LeaseListeners.Listener opened) {
        listener = opened;
    }

    LeaseListeners.@Nullable Listener listener() {
        return listener;
    }

    /** The monotonic clock decides: a system clock that is set back does not extend a lease. */
    synchronized boolean isOver(long nowNanos) {
        return nowNanos - endNanos >= 0;
    }

    /** Sets a new end from now on, if the lease is open. */
    synchronized boolean renew(Duration length) {
        if (state != LeaseState.OPEN) {
            return false;
        }
        endNanos = System.nanoTime() + length.toNanos();
        ends = Instant.now().plus(length);
        return true;
    }

    /** Enters a later state; returns false if it is in this state or a later one. */
    synchronized boolean enter(LeaseState next, String why) {
        boolean isLater = next.compareTo(state) > 0;
        if (isLater) {
            state = next;
            sinceNanos = System.nanoTime();
            cause = cause.isEmpty() ? why : cause;
        }
        return isLater;
    }

    synchronized Duration inState(long nowNanos) {
        return Duration.ofNanos(nowNanos - sinceNanos);
    }

    /** Counts a create, unless the lease has ended: afterwards nothing is created any more. */
    synchronized boolean begin(long number, Kind kind) {
        boolean isBegun = state.isUsable() && record.begin(number, kind);
        if (isBegun) {
            open.incrementAndGet();
        }
        return isBegun;
    }

    /** Ends what {@link #begin} has begun: the record is complete. */
    void recorded() {
        open.decrementAndGet();
    }

    boolean isRecording() {
        return open.get() > 0;
    }

    /** Counts a denied request. */
    void denied() {
        denials.incrementAndGet();
    }

    long denials() {
        return denials.get();
    }

    /** Returns why its clients may not send a request, or create an object. */
    Denial denial() {
        if (!state.isUsable()) {
            String sentence = "the lease " + id() + " has ended (" + cause + "); open another one";
            return Denial.of(Reason.LEASE_ENDED, 403, sentence);
        }
        String why = record.isIncomplete()
                ? "cannot be recorded on the disk of the proxy, so that it makes no objects; open another lease"
                : "has made " + LeaseRecord.MOST_OBJECTS + " objects; remove some, or open another lease";
        return Denial.of(Reason.LEASE_FULL, 403, "the lease " + id() + " " + why);
    }

    synchronized void removed(Kind kind) {
        removed.merge(kind, 1, Integer::sum);
    }

    synchronized Map<Kind, Integer> removed() {
        return new EnumMap<>(removed);
    }

    void fails(String why) {
        problem = why;
    }

    /** Returns what the last attempt to remove its objects could not do; or empty. */
    String problem() {
        return problem;
    }
}
