package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
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
 * The daemon's answer to a query, and the facts that were read from it. Each fact is read once, for all exchanges that share the
 * answer.
 *
 * <p>Threading: safe for any number of threads.
 */
final class Inspection {
    private static final int OK = 200;

    private final int status;
    private final ByteBuffer body;
    private final Map<Key, Object> facts = new HashMap<>();

    /** @param by argument of the reader */
    private record Key(Class<?> fact, Object by) {}

    Inspection(int status, ByteBuffer body) {
        this.status = status;
        this.body = body;
    }

    int status() {
        return status;
    }

    boolean isDescribed() {
        return status == OK;
    }

    ByteBuffer body() {
        return body.duplicate();
    }

    /** Returns the identity and the owner of an object; empty if the answer does not describe one of this kind. */
    Optional<InspectedObject> object(Subject subject) {
        return isDescribed()
                ? fact(InspectedObject.class, subject, bytes -> InspectedObject.read(subject, bytes))
                : Optional.empty();
    }

    InspectedPod pod() {
        return fact(InspectedPod.class, Subject.POD, bytes -> InspectedPod.read(Subject.POD, bytes));
    }

    /** Returns the objects of a list; empty if it cannot be read. */
    Optional<List<ObjectIdentity>> objects(ScopeQuery list) {
        return fact(ScopeQuery.class, list, list::read);
    }

    InspectedContainer container(CreateRules rules) {
        return fact(InspectedContainer.class, rules, bytes -> InspectedContainer.read(rules, bytes));
    }

    ContainerVerdict exec(CreateRules rules) {
        return fact(ContainerVerdict.class, rules, rules::judgeExec);
    }

    PodmanContainer podmanContainer(CreateRules rules) {
        return fact(PodmanContainer.class, rules, bytes -> PodmanContainer.read(rules, bytes));
    }

    PodVerdict judgedPod(CreateRules rules) {
        return fact(PodVerdict.class, rules, rules::judgePod);
    }

    VolumeVerdict volume(CreateRules rules) {
        return fact(VolumeVerdict.class, rules, rules::judgeVolume);
    }

    ImageConfig image() {
        return fact(ImageConfig.class, Subject.IMAGE, ImageConfig::read);
    }

    DaemonDefaults defaults() {
        return fact(DaemonDefaults.class, Subject.NONE, DaemonDefaults::read);
    }

    @SuppressWarnings("unchecked") // the key has the type
    private synchronized <T> T fact(Class<?> type, Object by, Function<ByteBuffer, T> reader) {
        return (T) facts.computeIfAbsent(new Key(type, by), any -> reader.apply(body()));
    }
}
