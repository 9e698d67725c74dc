package org.socketproxy.decide;

import java.util.List;
import java.util.Optional;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.policy.create.ContainerVerdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.DaemonDefaults;
import org.socketproxy.policy.create.PodVerdict;
import org.socketproxy.policy.create.PodmanContainer;
import org.socketproxy.policy.create.RecreateRecord.ImageConfig;
import org.socketproxy.policy.create.VolumeVerdict;
import org.socketproxy.policy.scope.Confinement.Subject;
import org.socketproxy.policy.scope.InspectedObject;
import org.socketproxy.policy.scope.InspectedPod;
import org.socketproxy.policy.scope.ObjectIdentity;
import org.socketproxy.policy.scope.ScopeQuery;

/**
 * Objects of the daemon as the filters know them: questions about them, and records of containers.
 *
 * <p>Threading: safe for any number of threads.
 */
public final class DaemonObjects {
    private final DaemonQuery query;
    private final CoalescedQueries<CreateRules, InspectedContainer> containers;
    private final CoalescedQueries<CreateRules, ContainerVerdict> execs;
    private final CoalescedQueries<CreateRules, PodmanContainer> podmanContainers;
    private final CoalescedQueries<CreateRules, PodVerdict> judgedPods;
    private final CoalescedQueries<CreateRules, VolumeVerdict> volumes;
    private final CoalescedQueries<CreateRules, ImageConfig> images;
    private final CoalescedQueries<CreateRules, DaemonDefaults> defaults;
    private final CoalescedQueries<Subject, Optional<InspectedObject>> described;
    private final CoalescedQueries<Subject, InspectedPod> pods;
    private final CoalescedQueries<CreateRules, OwnedContainer> owned;
    private final CoalescedQueries<CreateRules, OwnedExec> ownedExecs;
    private final CoalescedQueries<ScopeQuery, Optional<List<ObjectIdentity>>> lists;
    private final JudgedContainers judged = new JudgedContainers();
    private final JudgedContainers own = new JudgedContainers();
    private final ContainersOfExecs execContainers = new ContainersOfExecs();
    private final ContainerRecords records = new ContainerRecords();
    private final UnrecreatableContainers unrecreatable;
    private final RecentRemovals recentRemovals = new RecentRemovals();
    private final RemovalQueue removals = new RemovalQueue();

    public DaemonObjects(DaemonQuery daemon) {
        this(daemon, new UnrecreatableContainers());
    }

    /** @param unrecreatable shows on the status page what clients could not create again */
    public DaemonObjects(DaemonQuery daemon, UnrecreatableContainers unrecreatable) {
        this.unrecreatable = unrecreatable;
        this.query = daemon;
        this.containers = new CoalescedQueries<>(daemon, InspectedContainer::read);
        this.execs = new CoalescedQueries<>(daemon, CreateRules::judgeExec);
        this.podmanContainers = new CoalescedQueries<>(daemon, PodmanContainer::read);
        this.judgedPods = new CoalescedQueries<>(daemon, CreateRules::judgePod);
        this.volumes = new CoalescedQueries<>(daemon, CreateRules::judgeVolume);
        this.images = new CoalescedQueries<>(daemon, (rules, inspect) -> ImageConfig.read(inspect));
        this.defaults = new CoalescedQueries<>(daemon, (rules, info) -> DaemonDefaults.read(info));
        this.owned = new CoalescedQueries<>(daemon, OwnedContainer::read);
        this.ownedExecs = new CoalescedQueries<>(daemon, OwnedExec::read);
        this.lists = new CoalescedQueries<>(daemon, ScopeQuery::read);
        this.pods = new CoalescedQueries<>(daemon, InspectedPod::read);
        this.described = new CoalescedQueries<>(daemon, InspectedObject::read);
    }

    DaemonQuery query() {
        return query;
    }

    CoalescedQueries<CreateRules, InspectedContainer> containers() {
        return containers;
    }

    CoalescedQueries<CreateRules, ContainerVerdict> execs() {
        return execs;
    }

    /** Returns questions about containers to Podman's own API. */
    CoalescedQueries<CreateRules, PodmanContainer> podmanContainers() {
        return podmanContainers;
    }

    /** Returns questions about pods of Podman and what the rules allow. */
    CoalescedQueries<CreateRules, PodVerdict> judgedPods() {
        return judgedPods;
    }

    CoalescedQueries<CreateRules, VolumeVerdict> volumes() {
        return volumes;
    }

    /** Returns questions about images of containers. */
    CoalescedQueries<CreateRules, ImageConfig> images() {
        return images;
    }

    /** Returns questions about what the daemon gives a container by itself. */
    CoalescedQueries<CreateRules, DaemonDefaults> defaults() {
        return defaults;
    }

    CoalescedQueries<Subject, Optional<InspectedObject>> described() {
        return described;
    }

    /** Returns questions about pods whose containers a request changes. */
    CoalescedQueries<Subject, InspectedPod> pods() {
        return pods;
    }

    /** Returns questions for all objects of a profile; an answer is empty if it cannot be read. */
    CoalescedQueries<ScopeQuery, Optional<List<ObjectIdentity>>> lists() {
        return lists;
    }

    /** Returns questions about containers that confined clients enter. */
    CoalescedQueries<CreateRules, OwnedContainer> owned() {
        return owned;
    }

    /** Returns questions about execs that confined clients start. */
    CoalescedQueries<CreateRules, OwnedExec> ownedExecs() {
        return ownedExecs;
    }

    /** Returns the containers that clients may enter. */
    JudgedContainers judged() {
        return judged;
    }

    /** Returns the containers that belong to profiles by their labels. */
    JudgedContainers own() {
        return own;
    }

    ContainersOfExecs execContainers() {
        return execContainers;
    }

    /** Returns the removals of confined profiles that are under way. */
    RemovalQueue removals() {
        return removals;
    }

    UnrecreatableContainers unrecreatable() {
        return unrecreatable;
    }

    RecentRemovals recentRemovals() {
        return recentRemovals;
    }

    ContainerRecords records() {
        return records;
    }
}
