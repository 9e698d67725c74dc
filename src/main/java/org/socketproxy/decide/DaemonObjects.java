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
    private final Inspector<CreateRules, InspectedContainer> containers;
    private final Inspector<CreateRules, ContainerVerdict> execs;
    private final Inspector<CreateRules, PodmanContainer> podmanContainers;
    private final Inspector<CreateRules, PodVerdict> judgedPods;
    private final Inspector<CreateRules, VolumeVerdict> volumes;
    private final Inspector<CreateRules, ImageConfig> images;
    private final Inspector<CreateRules, DaemonDefaults> defaults;
    private final Inspector<Subject, Optional<InspectedObject>> described;
    private final Inspector<Subject, InspectedPod> pods;
    private final Inspector<CreateRules, OwnedContainer> owned;
    private final Inspector<CreateRules, OwnedExec> ownedExecs;
    private final Inspector<ScopeQuery, Optional<List<ObjectIdentity>>> lists;
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
        this.containers = new Inspector<>(daemon, InspectedContainer::read);
        this.execs = new Inspector<>(daemon, CreateRules::judgeExec);
        this.podmanContainers = new Inspector<>(daemon, PodmanContainer::read);
        this.judgedPods = new Inspector<>(daemon, CreateRules::judgePod);
        this.volumes = new Inspector<>(daemon, CreateRules::judgeVolume);
        this.images = new Inspector<>(daemon, (rules, inspect) -> ImageConfig.read(inspect));
        this.defaults = new Inspector<>(daemon, (rules, info) -> DaemonDefaults.read(info));
        this.owned = new Inspector<>(daemon, OwnedContainer::read);
        this.ownedExecs = new Inspector<>(daemon, OwnedExec::read);
        this.lists = new Inspector<>(daemon, ScopeQuery::read);
        this.pods = new Inspector<>(daemon, InspectedPod::read);
        this.described = new Inspector<>(daemon, InspectedObject::read);
    }

    DaemonQuery query() {
        return query;
    }

    Inspector<CreateRules, InspectedContainer> containers() {
        return containers;
    }

    Inspector<CreateRules, ContainerVerdict> execs() {
        return execs;
    }

    /** Returns questions about containers to Podman's own API. */
    Inspector<CreateRules, PodmanContainer> podmanContainers() {
        return podmanContainers;
    }

    /** Returns questions about pods of Podman and what the rules allow. */
    Inspector<CreateRules, PodVerdict> judgedPods() {
        return judgedPods;
    }

    Inspector<CreateRules, VolumeVerdict> volumes() {
        return volumes;
    }

    /** Returns questions about images of containers. */
    Inspector<CreateRules, ImageConfig> images() {
        return images;
    }

    /** Returns questions about what the daemon gives a container by itself. */
    Inspector<CreateRules, DaemonDefaults> defaults() {
        return defaults;
    }

    Inspector<Subject, Optional<InspectedObject>> described() {
        return described;
    }

    /** Returns questions about pods whose containers a request changes. */
    Inspector<Subject, InspectedPod> pods() {
        return pods;
    }

    /** Returns questions for all objects of a profile; an answer is empty if it cannot be read. */
    Inspector<ScopeQuery, Optional<List<ObjectIdentity>>> lists() {
        return lists;
    }

    /** Returns questions about containers that confined clients enter. */
    Inspector<CreateRules, OwnedContainer> owned() {
        return owned;
    }

    /** Returns questions about execs that confined clients start. */
    Inspector<CreateRules, OwnedExec> ownedExecs() {
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
