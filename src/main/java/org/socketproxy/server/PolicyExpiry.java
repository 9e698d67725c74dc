package org.socketproxy.server;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.audit.PolicyChange;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.policy.LearnMode;

/**
 * Writes the log line and the audit record of the end of learn mode: that of the environment, and that of each profile of
 * a policy file, also if a reload has added it. The record of a reload that removes a learn mode is its last one.
 *
 * <p>Threading: thread-safe.
 */
final class PolicyExpiry implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PolicyExpiry.class);

    private final ProxyComponents parts;
    private final Scheduler scheduler;
    private final Map<String, LearnMode> scheduled = new HashMap<>();
    private final List<Scheduler.Task> tasks = new ArrayList<>();

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
        for (ConfiguredProfile each : profiles.all()) {
            LearnMode mode = each.profile().learning();
            boolean isNew = each.profile().origin().isOfFile() && mode != scheduled.get(each.name());
            if (isNew && mode.hasBegun()) {
                scheduled.put(each.name(), mode);
                schedule(mode, () -> end(each.name(), mode));
            }
        }
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

    /** Cancels the records of learn modes that are still on. */
    @Override
    public synchronized void close() {
        tasks.forEach(Scheduler.Task::cancel);
    }
}
