package org.socketproxy.server;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.audit.PolicyChange;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.PermissionEnd;
import org.socketproxy.policy.Policy;

/**
 * Writes the log line and the audit record of each end: of the learn mode of the environment, and of learn modes and permissions of
 * profiles, also if a reload has added them. The end of a permission ends the streams and tunnels that rest on it. The record of a
 * reload that removes an end is its last one.
 *
 * <p>Threading: thread-safe.
 */
final class PolicyExpiry implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PolicyExpiry.class);

    /** A delay until the end would be wrong after a jump of the system clock. */
    private static final long POLL_MILLIS = 250;

    private final ProxyComponents parts;
    private final Scheduler scheduler;
    private final Map<String, LearnMode> scheduled = new HashMap<>();
    private final List<Scheduler.Task> tasks = new ArrayList<>();
    private final Set<PendingEnd> pending = new LinkedHashSet<>();
    private Scheduler.@Nullable Task poll;

    private record PendingEnd(String profile, Policy policy, PermissionEnd end) {
        boolean isPast() {
            return policy.isPast(end);
        }
    }

    private PolicyExpiry(ProxyComponents parts, Scheduler scheduler) {
        this.parts = parts;
        this.scheduler = scheduler;
    }

    /** @param scheduler started */
    static PolicyExpiry announcedBy(ProxyComponents parts, Scheduler scheduler) {
        PolicyExpiry announced = new PolicyExpiry(parts, scheduler);
        LearnMode ofEnvironment = parts.learning().mode();
        if (ofEnvironment.hasBegun()) {
            announced.schedule(ofEnvironment, announced::endOfEnvironment);
        }
        parts.configuration().whenReplaced(announced::schedule);
        return announced;
    }

    private synchronized void schedule(ConfiguredProfiles profiles) {
        pending.clear();
        for (ConfiguredProfile each : profiles.all()) {
            Policy policy = each.profile().policy();
            policy.ends().stream()
                    .map(end -> new PendingEnd(each.name(), policy, end))
                    .filter(end -> !end.isPast())
                    .forEach(pending::add);
            LearnMode mode = each.profile().learning();
            boolean isNew = each.profile().origin().isOfFile() && mode != scheduled.get(each.name());
            if (isNew && mode.hasBegun()) {
                scheduled.put(each.name(), mode);
                schedule(mode, () -> end(each.name(), mode));
            }
        }
        if (poll == null) {
            pollLater();
        }
    }

    private synchronized void pollLater() {
        poll = pending.isEmpty() ? null : scheduler.schedule(this::poll, POLL_MILLIS, TimeUnit.MILLISECONDS);
    }

    private synchronized List<PendingEnd> removePassed() {
        List<PendingEnd> passed = pending.stream().filter(PendingEnd::isPast).toList();
        passed.forEach(pending::remove);
        return passed;
    }

    private void poll() {
        try {
            List<PendingEnd> passed = removePassed();
            if (!passed.isEmpty()) {
                passed.forEach(this::end);
                parts.endStreams("with a permission that has ended");
            }
        } finally {
            pollLater();
        }
    }

    private void end(PendingEnd passed) {
        PermissionEnd end = passed.end;
        LOG.warn("Profile {}: the permission of {} ended at {}", passed.profile, end.subject(), end.at());
        parts.log().write(PolicyChange.permissionEnded(Instant.now(), end.at(), passed.profile, end.subject()));
    }

    private synchronized void schedule(LearnMode mode, Runnable end) {
        tasks.add(scheduler.schedule(end, mode.left().toMillis() + 1, TimeUnit.MILLISECONDS));
    }

    private void endOfEnvironment() {
        LOG.warn("Learn mode has ended: the variables are now enforced");
        parts.log().write(PolicyChange.learnOff(Instant.now()));
    }

    private void end(String profile, LearnMode mode) {
        boolean isInForce = parts.configuration()
                .profiles()
                .find(profile)
                .filter(each -> each.profile().learning() == mode)
                .isPresent();
        if (isInForce) {
            LOG.warn("Learn mode of profile {} has ended: its variables are now enforced", profile);
            parts.log().write(PolicyChange.learnOff(Instant.now(), profile));
        }
    }

    /** Cancels the records of learn modes and permissions that have not ended. */
    @Override
    public synchronized void close() {
        pending.clear();
        if (poll != null) {
            poll.cancel();
        }
        tasks.forEach(Scheduler.Task::cancel);
    }
}
