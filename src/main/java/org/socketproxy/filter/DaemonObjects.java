package org.socketproxy.filter;

import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.policy.create.ContainerVerdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.VolumeVerdict;

/**
 * Objects of the daemon as the filters of {@code CREATE=safe} know them: questions about them, and records of containers.
 *
 * <p>Threading: safe for any number of threads.
 */
public final class DaemonObjects {
    private final SharedQuestions<InspectedContainer> containers;
    private final SharedQuestions<ContainerVerdict> execs;
    private final SharedQuestions<VolumeVerdict> volumes;
    private final JudgedContainers judged = new JudgedContainers();
    private final ContainerRecords records = new ContainerRecords();

    public DaemonObjects(DaemonQuery daemon) {
        this.containers = new SharedQuestions<>(daemon, InspectedContainer::read);
        this.execs = new SharedQuestions<>(daemon, CreateRules::judgeExec);
        this.volumes = new SharedQuestions<>(daemon, CreateRules::judgeVolume);
    }

    SharedQuestions<InspectedContainer> containers() {
        return containers;
    }

    SharedQuestions<ContainerVerdict> execs() {
        return execs;
    }

    SharedQuestions<VolumeVerdict> volumes() {
        return volumes;
    }

    JudgedContainers judged() {
        return judged;
    }

    ContainerRecords records() {
        return records;
    }
}
