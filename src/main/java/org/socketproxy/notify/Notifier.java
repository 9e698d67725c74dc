package org.socketproxy.notify;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.AuditEntry;
import org.socketproxy.audit.AuditRecord;
import org.socketproxy.audit.BeginRecord;
import org.socketproxy.audit.Outcome;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.config.NotifySettings;
import org.socketproxy.dockerapi.Actions;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.notify.Notification.Cause;
import org.socketproxy.notify.Notification.Kind;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.advice.ProfileRisks;
import org.socketproxy.usage.Usage;

/**
 * Reports new kinds of denials, reloads after which clients can become root, and a lost daemon.
 *
 * <p>Threading: thread-safe; no method blocks.
 */
public final class Notifier implements AutoCloseable {
    private static final String NO_PROFILE = "";

    private final OperationCatalogue catalogue;
    private final MessageQueue queue;
    private final DeniedKinds kinds;
    private Set<String> roots = Set.of();
    private boolean isStarted;
    private boolean isDaemonLost;

    private Notifier(OperationCatalogue catalogue, MessageQueue queue, DeniedKinds kinds) {
        this.catalogue = catalogue;
        this.queue = queue;
        this.kinds = kinds;
    }

    /** Starts the thread that sends. */
    public static Notifier start(NotifySettings settings, OperationCatalogue catalogue) {
        return start(Webhook.of(settings), catalogue);
    }

    static Notifier start(Webhook webhook, OperationCatalogue catalogue) {
        DeniedKinds kinds = new DeniedKinds();
        return new Notifier(catalogue, MessageQueue.start(message -> send(message, webhook, kinds)), kinds);
    }

    private static Webhook.Result send(Notification message, Webhook webhook, DeniedKinds kinds) {
        Webhook.Result result = webhook.send(message);
        if (result.isSent() && !message.cause().denied().isEmpty()) {
            kinds.sent(message.profile(), message.cause().denied());
        }
        return result;
    }

    /** Takes the denials that a profile had before the start, which are not new. */
    public void knows(ConfiguredProfile profile, Usage usage) {
        kinds.add(key(profile.profile().origin().isOfFile() ? profile.name() : null), usage);
    }

    /** Takes each record of the audit log. */
    public void seen(AuditEntry entry) {
        if (entry instanceof AuditRecord ended && ended.begun().outcome() == Outcome.DENY) {
            BeginRecord denied = ended.begun();
            String profile = key(denied.profile());
            Cause cause = new Cause(denied.client().name(), DeniedKinds.kind(denied));
            if (kinds.isNew(profile, cause.client(), cause.denied())) {
                queue.put(new Notification(Instant.now(), Kind.DENIED, profile, cause, sentence(denied)));
            }
        }
    }

    private static String key(@Nullable String profile) {
        return profile == null ? NO_PROFILE : profile;
    }

    private static String sentence(BeginRecord denied) {
        String client = denied.client().name();
        return (denied.profile() == null ? "" : "profile " + denied.profile() + ": ")
                + (denied.operation() == null
                        ? "a request outside the API"
                        : Actions.of(denied.operation()) + " (" + denied.operation() + ")")
                + " was denied to "
                + (denied.container() == null ? client : denied.container() + " (" + client + ")")
                + ": " + denied.reason();
    }

    /** Takes the profiles at the start and after each reload. */
    public synchronized void replaced(ConfiguredProfiles profiles) {
        ProfileRisks risks = new ProfileRisks(profiles, catalogue);
        Set<String> now = new HashSet<>();
        for (ConfiguredProfile each : profiles.all()) {
            Risk risk = risks.risk(each);
            if (risk.isRoot()) {
                now.add(each.name());
                if (isStarted && !roots.contains(each.name())) {
                    String of = each.profile().origin().isOfFile() ? "profile " + each.name() + ": " : "";
                    queue.put(new Notification(
                            Instant.now(),
                            Kind.ROOT,
                            each.profile().origin().isOfFile() ? each.name() : NO_PROFILE,
                            of + "its clients can become root on the host since a reload. " + risk.answer()));
                }
            }
        }
        roots = now;
        isStarted = true;
    }

    /**
     * Takes the state of the daemon.
     *
     * @param problem why the daemon does not answer; empty if it answers
     */
    public synchronized void daemon(String problem) {
        if (isDaemonLost == problem.isEmpty()) {
            isDaemonLost = !isDaemonLost;
            queue.put(new Notification(
                    Instant.now(),
                    isDaemonLost ? Kind.DAEMON_LOST : Kind.DAEMON_BACK,
                    NO_PROFILE,
                    isDaemonLost ? "the daemon does not answer: " + problem : "the daemon answers again"));
        }
    }

    /** Returns the counts of messages as a sentence, without the address. */
    public String summary() {
        return queue.summary();
    }

    @Override
    public void close() {
        queue.close();
    }
}
