package org.socketproxy.server;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.audit.PolicyChange;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.PermissionEnd;
import org.socketproxy.policy.Policy;
import org.socketproxy.reload.LiveConfiguration;

/**
 * Writes the log line and the audit record of each end, once: of the learn mode of the environment, and of learn modes and permissions
 * of profiles, also if a reload has added them. The end of a permission ends the streams and tunnels that rest on it. A reload that
 * removes an end which has not passed is its last record. Polls, because a delay until the end would be wrong after a jump of the
 * system clock or a suspension of the machine.
 *
 * <p>Threading: thread-safe.
 */
final class PolicyExpiry implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PolicyExpiry.class);
    private static final long POLL_MILLIS = 250;

    private final AuditLog log;
    private final Runnable endStreams;
    private final Scheduler scheduler;
    private List<PendingEnd> pending = List.of();
    private boolean isClosed;
    private Scheduler.@Nullable Task poll;

    /** @param key equal for the same end before and after a reload */
    private record PendingEnd(Object key, BooleanSupplier isPast, boolean isOfPermission, Runnable report) {
        boolean isIn(List<PendingEnd> others) {
            return others.stream().anyMatch(other -> other.key.equals(key));
        }
    }

    private PolicyExpiry(AuditLog log, Runnable endStreams, Scheduler scheduler) {
        this.log = log;
        this.endStreams = endStreams;
        this.scheduler = scheduler;
    }

    /** @param scheduler started */
    static PolicyExpiry announcedBy(ProxyComponents parts, Scheduler scheduler) {
        return announcedBy(
                parts.learning().mode(),
                parts.configuration(),
                parts.log(),
                () -> parts.endStreams("with a permission that has ended"),
                scheduler);
    }

    /**
     * Begins to poll.
     *
     * @param ofEnvironment learn mode of the profiles that no file has
     * @param endStreams called after the record of a permission
     */
    static PolicyExpiry announcedBy(
            LearnMode ofEnvironment,
            LiveConfiguration configuration,
            AuditLog log,
            Runnable endStreams,
            Scheduler scheduler) {
        PolicyExpiry announced = new PolicyExpiry(log, endStreams, scheduler);
        configuration.whenReplaced(profiles -> report(announced.replace(ofEnvironment, profiles)));
        announced.pollLater();
        return announced;
    }

    /** Returns the ends that were pending and are not any more; only those that are past are to be reported. */
    private synchronized List<PendingEnd> replace(LearnMode ofEnvironment, ConfiguredProfiles profiles) {
        List<PendingEnd> next = new ArrayList<>();
        add(next, new PendingEnd(ofEnvironment, () -> !ofEnvironment.isOn(), false, this::endOfEnvironment));
        for (ConfiguredProfile each : profiles.all()) {
            String name = each.name();
            Policy policy = each.profile().policy();
            for (PermissionEnd end : policy.ends()) {
                add(next, new PendingEnd(List.of(name, end), () -> policy.isPast(end), true, () -> end(name, end)));
            }
            LearnMode mode = each.profile().learning();
            if (each.profile().origin().isOfFile()) {
                add(next, new PendingEnd(List.of(name, mode), () -> !mode.isOn(), false, () -> endOfLearning(name)));
            }
        }
        List<PendingEnd> before = pending;
        pending = isClosed ? List.of() : List.copyOf(next);
        // An end that is past for the new profiles is past for the earlier ones too: time does not go back.
        return before.stream().filter(end -> !end.isIn(next)).toList();
    }

    private static void add(List<PendingEnd> ends, PendingEnd end) {
        if (!end.isPast.getAsBoolean()) {
            ends.add(end);
        }
    }

    private synchronized void pollLater() {
        if (!isClosed) {
            poll = scheduler.schedule(this::poll, POLL_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void poll() {
        try {
            if (report(removePast())) {
                endStreams.run();
            }
        } finally {
            pollLater();
        }
    }

    private synchronized List<PendingEnd> removePast() {
        List<PendingEnd> past =
                pending.stream().filter(end -> end.isPast.getAsBoolean()).toList();
        if (!past.isEmpty()) {
            pending = pending.stream().filter(end -> !past.contains(end)).toList();
        }
        return past;
    }

    /** Reports those that are past; returns whether a permission is one of them. */
    private static boolean report(List<PendingEnd> ends) {
        boolean isOfPermission = false;
        for (PendingEnd end : ends) {
            if (end.isPast.getAsBoolean()) {
                end.report.run();
                isOfPermission |= end.isOfPermission;
            }
        }
        return isOfPermission;
    }

    private void end(String profile, PermissionEnd end) {
        LOG.warn("Profile {}: the permission of {} ended at {}", profile, end.subject(), end.at());
        log.write(PolicyChange.permissionEnded(Instant.now(), end.at(), profile, end.subject()));
    }

    private void endOfEnvironment() {
        LOG.warn("Learn mode has ended: the variables are now enforced");
        log.write(PolicyChange.learnOff(Instant.now()));
    }

    private void endOfLearning(String profile) {
        LOG.warn("Learn mode of profile {} has ended: its variables are now enforced", profile);
        log.write(PolicyChange.learnOff(Instant.now(), profile));
    }

    /** Cancels the records of learn modes and permissions that have not ended. */
    @Override
    public synchronized void close() {
        isClosed = true;
        pending = List.of();
        if (poll != null) {
            poll.cancel();
        }
    }
}
