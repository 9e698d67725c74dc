package org.socketproxy.filter;

import java.util.List;
import java.util.Optional;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.policy.create.ContainerVerdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.DaemonDefaults;
import org.socketproxy.policy.create.ImageConfig;
import org.socketproxy.policy.create.PodVerdict;
import org.socketproxy.policy.create.PodmanContainer;
import org.socketproxy.policy.create.VolumeVerdict;
import org.socketproxy.policy.target.Confinement.Subject;
import org.socketproxy.policy.target.InspectedObject;
import org.socketproxy.policy.target.InspectedPod;
import org.socketproxy.policy.target.OwnList;
import org.socketproxy.policy.target.TargetObject;

/**
 * Objects of the daemon as the filters know them: questions about them, and records of containers.
 *
 * <p>Threading: safe for any number of threads.
 */
public final class DaemonObjects {
    private final DaemonQuery query;
    private final SharedQuestions<CreateRules, InspectedContainer> containers;
    private final SharedQuestions<CreateRules, ContainerVerdict> execs;
    private final SharedQuestions<CreateRules, PodmanContainer> podmanContainers;
    private final SharedQuestions<CreateRules, PodVerdict> judgedPods;
    private final SharedQuestions<CreateRules, VolumeVerdict> volumes;
    private final SharedQuestions<CreateRules, ImageConfig> images;
    private final SharedQuestions<CreateRules, DaemonDefaults> defaults;
    private final SharedQuestions<Subject, Optional<InspectedObject>> described;
    private final SharedQuestions<Subject, InspectedPod> pods;
    private final SharedQuestions<CreateRules, OwnedContainer> owned;
    private final SharedQuestions<CreateRules, OwnedExec> ownedExecs;
    private final SharedQuestions<OwnList, Optional<List<TargetObject>>> lists;
    private final JudgedContainers judged = new JudgedContainers();
    private final JudgedContainers own = new JudgedContainers();
    private final ContainersOfExecs execContainers = new ContainersOfExecs();
    private final ContainerRecords records = new ContainerRecords();
    private final UnrecreatableContainers unrecreatable;
    private final RecentRemovals recentRemovals = new RecentRemovals();
    private final Removals removals = new Removals();

    public DaemonObjects(DaemonQuery daemon) {
        this(daemon, new UnrecreatableContainers());
    }

    /** @param unrecreatable shows on the status page what clients could not create again */
    public DaemonObjects(DaemonQuery daemon, UnrecreatableContainers unrecreatable) {
        this.unrecreatable = unrecreatable;
        this.query = daemon;
        this.containers = new SharedQuestions<>(daemon, InspectedContainer::read);
        this.execs = new SharedQuestions<>(daemon, CreateRules::judgeExec);
        this.podmanContainers = new SharedQuestions<>(daemon, PodmanContainer::read);
        this.judgedPods = new SharedQuestions<>(daemon, CreateRules::judgePod);
        this.volumes = new SharedQuestions<>(daemon, CreateRules::judgeVolume);
        this.images = new SharedQuestions<>(daemon, (rules, inspect) -> ImageConfig.read(inspect));
        this.defaults = new SharedQuestions<>(daemon, (rules, info) -> DaemonDefaults.read(info));
        this.owned = new SharedQuestions<>(daemon, OwnedContainer::read);
        this.ownedExecs = new SharedQuestions<>(daemon, OwnedExec::read);
        this.lists = new SharedQuestions<>(daemon, OwnList::read);
        this.pods = new SharedQuestions<>(daemon, InspectedPod::read);
        this.described = new SharedQuestions<>(daemon, InspectedObject::read);
    }

    DaemonQuery query() {
        return query;
    }

    SharedQuestions<CreateRules, InspectedContainer> containers() {
        return containers;
    }

    SharedQuestions<CreateRules, ContainerVerdict> execs() {
        return execs;
    }

    /** Returns questions about containers to Podman's own API. */
    SharedQuestions<CreateRules, PodmanContainer> podmanContainers() {
        return podmanContainers;
    }

    /** Returns questions about pods of Podman and what the rules allow. */
    SharedQuestions<CreateRules, PodVerdict> judgedPods() {
        return judgedPods;
    }

    SharedQuestions<CreateRules, VolumeVerdict> volumes() {
        return volumes;
    }

    /** Returns questions about images of containers. */
    SharedQuestions<CreateRules, ImageConfig> images() {
        return images;
    }

    /** Returns questions about what the daemon gives a container by itself. */
    SharedQuestions<CreateRules, DaemonDefaults> defaults() {
        return defaults;
    }

    SharedQuestions<Subject, Optional<InspectedObject>> described() {
        return described;
    }

    /** Returns questions about pods whose containers a request changes. */
    SharedQuestions<Subject, InspectedPod> pods() {
        return pods;
    }

    /** Returns questions for all objects of a profile; an answer is empty if it cannot be read. */
    SharedQuestions<OwnList, Optional<List<TargetObject>>> lists() {
        return lists;
    }

    /** Returns questions about containers that confined clients enter. */
    SharedQuestions<CreateRules, OwnedContainer> owned() {
        return owned;
    }

    /** Returns questions about execs that confined clients start. */
    SharedQuestions<CreateRules, OwnedExec> ownedExecs() {
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
    Removals removals() {
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
