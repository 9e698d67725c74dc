package org.socketproxy.decide;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Inquiry.EndOfRun;
import org.socketproxy.inquiry.Inspection;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.Recreation;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.recreate.RecreateRecord;

/**
 * Judges whether a profile could create a container again that a request stops, renames or removes, and records it. An updater stops
 * or removes a running container before it asks for the new one.
 */
final class RecreateJudge {
    private final Inquiry inquiry;
    private final Trial trial;
    private final CreateRules rules;
    private final DaemonObjects objects;
    private final AccessJudge access;
    /** True if the judgement only informs the administrator: the client then gets the errors of the daemon. */
    private final boolean isWatchedOnly;

    /** @param access judges the volumes */
    RecreateJudge(Inquiry inquiry, DaemonObjects objects, AccessJudge access) {
        this.inquiry = inquiry;
        this.trial = inquiry.trial();
        this.rules = inquiry.rules();
        this.objects = objects;
        this.access = access;
        this.isWatchedOnly = !rules.isRecreateAllowed() && !rules.isRecreatableRequired();
    }

    Verdict judge(ObjectRef ended) throws EndOfRun {
        Inspection.Container inspected = inquiry.find(
                ended.query(), AccessJudge.CONTAINER, found -> found.container(rules), error -> isWatchedOnly);
        String name = inspected == null ? "" : inspected.recreation().name();
        noteRemoval(name.isEmpty() ? ended.name() : name);
        List<Violation> obstacles = inspected == null ? null : obstacles(inspected);
        if (inspected == null || obstacles == null) {
            return inquiry.passed(trial.target());
        }
        if (!obstacles.isEmpty() && rules.isRecreatableRequired()) {
            return inquiry.denied(Recreation.denials(obstacles));
        }
        RecreateRecord described = described(inspected.description());
        String id = inspected.verdict().id();
        if (!obstacles.isEmpty()) {
            warn(id, obstacles.get(0));
        }
        if (described != null) {
            record(described);
        }
        RequestTarget byId = isWatchedOnly || id.isEmpty() ? null : ended.withId(trial.target(), id);
        return inquiry.passed(byId == null ? trial.target() : byId);
    }

    /** Remembers the name of a removed container: a denial of the next one tells what an updater needs. */
    private void noteRemoval(String name) {
        if (trial.operation().verb() == Verb.DELETE_CONTAINER
                && !trial.profile().isUpdater()) {
            String profile = trial.profile().name();
            String client = trial.client().limitKey();
            trial.onSuccess(() -> objects.ended().removedBy(profile, client, name));
        }
    }

    /** Returns what keeps the profile from creating the container again, or null if the daemon does not tell. */
    private @Nullable List<Violation> obstacles(Inspection.Container inspected) throws EndOfRun {
        Recreation recreation = inspected.recreation();
        boolean isRecorded = inspected.description() != null && recreation.hasAllowedImage();
        if (!recreation.isRunning() || isRecorded || !trial.profile().mayCreateContainers()) {
            return List.of();
        }
        List<Violation> obstacles = recreation.claims().isEmpty()
                ? recreation.obstacles()
                : inquiry.find(
                        "/info", "daemon", found -> recreation.obstacles(found.defaults()), error -> isWatchedOnly);
        if (obstacles == null) {
            return null;
        }
        List<Violation> all = new ArrayList<>(obstacles);
        all.addAll(access.ofVolumes(inspected.verdict().volumes(), true));
        return all;
    }

    /** Adds the configuration of the image, from which the container has values that the client need not repeat. */
    private @Nullable RecreateRecord described(@Nullable RecreateRecord container) throws EndOfRun {
        if (container == null || container.image().isEmpty()) {
            return container;
        }
        RecreateRecord complete = inquiry.find(
                "/images/" + container.image() + "/json",
                "image",
                found -> container.withImage(found.image()),
                error -> true);
        return complete == null ? container : complete;
    }

    /** Tells the administrator of the container when the daemon has ended it. */
    private void warn(String id, Violation obstacle) {
        String profile = trial.profile().name();
        String client = trial.client().name();
        String container = ObjectIds.shorten(id);
        trial.onSuccess(() -> objects.ended().warn(profile, client, container, obstacle));
    }

    /** Records the container when the daemon has ended it. The rules can deny fields that the daemon has added to it. */
    private void record(RecreateRecord container) {
        Object scope = trial.profile().recordingScope();
        String client = trial.client().limitKey();
        trial.onSuccess(() -> objects.ended().record(scope, client, container));
    }
}
