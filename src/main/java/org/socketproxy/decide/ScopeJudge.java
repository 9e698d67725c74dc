package org.socketproxy.decide;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.Denial;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Inquiry.EndOfRun;
import org.socketproxy.inquiry.Inspection;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.scope.InspectedObject;
import org.socketproxy.policy.scope.InspectedPod;
import org.socketproxy.policy.scope.LibpodPull;
import org.socketproxy.policy.scope.MissingObject;
import org.socketproxy.policy.scope.ObjectIdentity;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRule;
import org.socketproxy.policy.scope.Place;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopeQuery;
import org.socketproxy.policy.scope.ScopeRule.Subject;
import org.socketproxy.policy.self.SelfRule;

/**
 * Judges by a rule the objects that a request names: allowed ones get their ids. With {@code TARGETS}, others do not exist for the
 * client; other rules deny them with 403.
 *
 * <p>Security: with {@code TARGETS}, a missing object, an object of another profile and a name with several meanings have the same
 * response.
 */
final class ScopeJudge {
    /** The proxy asks the daemon about each name. */
    private static final int MOST_CLAIMED = 64;

    private static final String INVALID_NAME = "{\"message\":\"invalid reference format";

    private final Inquiry inquiry;
    private final Trial trial;
    private final Operation operation;
    private final ObjectRule rule;
    private final Scope scope;
    private final DaemonObjects objects;

    /**
     * The daemon's answer about an object.
     *
     * @param own null if it is missing, or not one of the profile
     * @param isAbsent whether no object has the name
     * @param isShared whether other profiles can have containers on the network
     * @param fault why the rule denies the object, as the end of a sentence; null if it does not, or hides the object
     */
    record Found(
            @Nullable Own own,
            boolean isAbsent,
            boolean isShared,
            @Nullable String fault) {
        private static final Found ABSENT = new Found(null, true, false, null);
        private static final Found OTHER = new Found(null, false, false, null);
    }

    /**
     * An object of the profile, without its labels and without the other names of an image, which can have some MiB.
     *
     * @param name its first name; empty without one
     * @param owner id of the container of an exec, or of the service of a task
     * @param resolved its name in the forwarded request
     */
    record Own(String id, String name, String owner, String resolved) {
        private static Own of(ObjectRef named, InspectedObject object) {
            String name = object.names().isEmpty() ? "" : object.names().get(0);
            return new Own(object.id(), name, object.owner(), named.resolved(object));
        }
    }

    ScopeJudge(Inquiry inquiry, ObjectRule rule, DaemonObjects objects) {
        this.inquiry = inquiry;
        this.trial = inquiry.trial();
        this.operation = trial.operation();
        this.rule = rule;
        this.scope = rule.scope();
        this.objects = objects;
    }

    /** Returns true if the name is the full id of a container that belongs to the profile, or of an exec in one. */
    boolean isKnown(ObjectRef named) {
        if (rule.isProtecting() || !(named.place() instanceof Place.Path || named.place() instanceof Place.Query)) {
            return false;
        }
        String container = switch (named.subject()) {
            case CONTAINER -> named.lookup();
            case EXEC -> objects.execContainers().find(trial.profile().name(), named.lookup());
            default -> null;
        };
        return container != null && objects.own().isAllowed(scope, container);
    }

    /** Judges the objects that path and query name. */
    Verdict target(List<ObjectRef> named) throws EndOfRun {
        for (ObjectRef each : named) { // all queries first: what follows runs once
            if (own(each) == null && !each.isOptional() && !isPull()) {
                MissingObject missing = MissingObject.of(operation, each, trial.target());
                throw isAbsent(each) ? Inquiry.absent(missing) : Inquiry.outside(missing);
            }
        }
        if (rule.isProtecting()) {
            checkClaimed(named);
        }
        RequestTarget target = trial.target();
        for (ObjectRef each : named) {
            RequestTarget resolved = isPull() ? pulled(each) : resolved(each, target);
            if (resolved == null) {
                throw Inquiry.outside(MissingObject.of(operation, each, trial.target()));
            }
            target = resolved;
        }
        return inquiry.passed(target);
    }

    /** Returns true if no object has the name, of this client or another one. */
    private boolean isAbsent(ObjectRef named) throws EndOfRun {
        boolean isChangedPod = named.subject() == Subject.POD && operation.is(Trait.REACHES_MEMBERS);
        return rule.isHiding() && named.isPlain() && !isChangedPod && find(named).isAbsent;
    }

    /** Denies a request that takes a name from a protected image, or removes what a protected container uses. */
    private void checkClaimed(List<ObjectRef> named) throws EndOfRun {
        checkImages(claimedImages());
        List<String> ids = new ArrayList<>();
        for (ObjectRef each : named) {
            Own own = own(each);
            if (own != null) {
                ids.add(own.id);
            }
        }
        String use = new ProtectedUses(inquiry, rule).ofTarget(ids);
        if (use != null) {
            throw new EndOfRun(denied(use));
        }
    }

    /** Judges the names that a build gives to images. */
    Verdict images(List<String> names) throws EndOfRun {
        checkImages(names.stream()
                .map(name -> ObjectRef.ofBody(Subject.IMAGE, name, operation.isLibpod()))
                .toList());
        return Verdict.Passed.INSTANCE;
    }

    private void checkImages(List<ObjectRef> claimed) throws EndOfRun {
        if (claimed.size() > MOST_CLAIMED) {
            throw new EndOfRun(denied("it gives an image more than " + MOST_CLAIMED + " names"));
        }
        for (ObjectRef image : claimed) {
            if (!image.isPlain()) {
                throw new EndOfRun(denied("it names an image in a way that the daemon cannot be asked about"));
            }
            find(image);
        }
    }

    /** Returns the names that the request gives to an image. */
    private List<ObjectRef> claimedImages() {
        return SelfRule.of(operation).stream()
                .filter(each -> each.object() == SelfRule.Kind.IMAGE && each.place() != SelfRule.Place.PATH)
                .flatMap(each -> each.names(operation, trial.target()).stream())
                .filter(name -> !name.isEmpty() && !name.startsWith(":"))
                .distinct()
                .map(name -> ObjectRef.ofBody(Subject.IMAGE, name, operation.isLibpod()))
                .toList();
    }

    /** Returns the target with the id of an object, or without an object that a list does not need; null if it is missing. */
    private @Nullable RequestTarget resolved(ObjectRef named, RequestTarget target) throws EndOfRun {
        Own own = own(named);
        if (own == null) {
            return named.removed(target);
        }
        // Volumes have no id. A client can depend on the name of an image.
        boolean isByName = named.subject() == Subject.VOLUME || named.subject() == Subject.IMAGE && !named.isLibpod();
        if (named.subject() == Subject.EXEC || isByName && !(named.place() instanceof Place.Filter)) {
            return target;
        }
        boolean isRemovedNetwork = operation.verb() == Verb.DELETE_NETWORK && isOfPodman(own.id);
        return Objects.requireNonNull(named.withId(target, isRemovedNetwork ? own.name : own.resolved));
    }

    /**
     * Podman finds the containers of a network only by its name. Removal by id succeeds even if containers use the network. They would then
     * join the next network with this name, also one of another profile. Only Podman has the network on its own API.
     */
    private boolean isOfPodman(String network) throws EndOfRun {
        return operation.isLibpod()
                || inquiry.find(
                                ObjectRef.podmanNetwork(network),
                                Subject.NETWORK.noun(),
                                found -> true,
                                error -> error.status() == HttpStatus.NOT_FOUND_404)
                        != null;
    }

    /** Returns the object; null if it is missing, or not one of the profile. An exec belongs to its container, a task to its service. */
    private @Nullable Own own(ObjectRef named) throws EndOfRun {
        if (!named.isPlain()) {
            return null;
        }
        if (named.subject() == Subject.POD && operation.is(Trait.REACHES_MEMBERS)) {
            return changedPod(named);
        }
        Own own = find(named).own;
        if (own == null) {
            return null;
        }
        return switch (named.subject()) {
            case EXEC -> {
                objects.execContainers().put(trial.profile().name(), named.lookup(), own.owner);
                boolean isKnown = !rule.isProtecting() && objects.own().isAllowed(scope, own.owner);
                yield isKnown || isOwner(Subject.CONTAINER, own.owner) ? own : null;
            }
            case TASK -> isOwner(Subject.SERVICE, own.owner) ? own : null;
            default -> own;
        };
    }

    private boolean isOwner(Subject subject, String id) throws EndOfRun {
        Own owner = find(ObjectRef.ofBody(subject, id, false)).own;
        return owner != null && owner.id.equals(id);
    }

    /** Inspects an object with a plain name. */
    Found find(ObjectRef named) throws EndOfRun {
        Found found = inquiry.read(named.query(), named.subject().noun(), answer -> {
            if (answer.isDescribed()) {
                return described(named, answer);
            }
            if (!rule.isHiding() && !(named.place() instanceof Place.Body)) {
                return null; // the client gets the daemon's error
            }
            return !isMissing(named, answer)
                    ? null
                    : answer.status() == HttpStatus.NOT_FOUND_404 ? Found.ABSENT : Found.OTHER;
        });
        if (found.fault != null) {
            throw new EndOfRun(denied(found.fault));
        }
        return found;
    }

    /** Denies a request for an object that the client may see. */
    Verdict denied(String fault) {
        return new Verdict.Denied(Denial.of(
                trial.decision().deny(rule.isProtecting() ? Reason.OBJECT_PROTECTED : Reason.WRITE_TARGET),
                DenialMessage.ofObject(rule, operation, fault, trial.profile().origin())));
    }

    private Found described(ObjectRef named, Inspection found) {
        InspectedObject object = found.object(named.subject()).orElse(null);
        if (object == null) {
            return Found.OTHER;
        }
        boolean isPart = named.subject() == Subject.EXEC || named.subject() == Subject.TASK; // its owner decides
        boolean isOwn = isPart
                ? object.isNamed(named.name())
                : rule.allows(named, operation, object) || isReadableNetwork(named, object);
        if (named.subject() == Subject.CONTAINER) { // the next steps ask by the id
            inquiry.remember(ObjectRef.query(Subject.CONTAINER, object.id()), found);
            // labels never change
            if (isOwn && !rule.isProtecting() && scope.isByLabelsOnly(ObjectKind.CONTAINER)) {
                objects.own().allow(scope, object.id());
            }
        }
        boolean isShared = rule.isHiding() && named.subject() == Subject.NETWORK && scope.isShared(object.object());
        String fault = isPart ? null : rule.fault(named, operation, object);
        if (fault == null && named.subject() == Subject.SERVICE) {
            fault = rule.faultOfTasks(InspectedObject.taskLabels(found.body()));
        }
        return new Found(isOwn ? Own.of(named, object) : null, false, isShared, fault);
    }

    /** Clients read the networks that the daemon has from the start; the response has only own containers. */
    private boolean isReadableNetwork(ObjectRef named, InspectedObject object) {
        return rule.isHiding()
                && operation.verb() == Verb.INSPECT_NETWORK
                && object.isNamed(named.name())
                && object.isBuiltInNetwork();
    }

    /** An ambiguous name is one of an object that exists. An invalid name in a path has no object. */
    private static boolean isMissing(ObjectRef named, Inspection error) {
        boolean isOfTarget = named.place() instanceof Place.Path || named.place() instanceof Place.Query;
        boolean isInvalid = isOfTarget
                && named.subject() == Subject.IMAGE
                && StandardCharsets.UTF_8.decode(error.body()).toString().startsWith(INVALID_NAME);
        return error.status() == HttpStatus.NOT_FOUND_404
                || error.status() == HttpStatus.INTERNAL_SERVER_ERROR_500
                || error.status() == HttpStatus.BAD_REQUEST_400 && !isInvalid;
    }

    /** Judges a pod with its containers, all of which must be allowed. */
    @Nullable
    Own changedPod(ObjectRef named) throws EndOfRun {
        InspectedPod pod = inquiry.find(
                named.query(),
                Subject.POD.noun(),
                found -> ownPod(named, found),
                error -> rule.isHiding() && isMissing(named, error));
        if (pod == null) {
            return null;
        }
        InspectedObject own = pod.object().orElse(null);
        boolean isEmpty = (rule.isProtecting() ? pod.containers() : pod.members()).isEmpty();
        if (own != null && (isEmpty || areAllowed(pod))) {
            return Own.of(named, own);
        }
        if (!rule.isHiding()) {
            throw new EndOfRun(denied(
                    rule.isProtecting()
                            ? "it acts on a pod that PROTECT selects, or in which it selects a container"
                            : rule.worded("TARGETS does not select the pod and all its containers")));
        }
        if (own == null) {
            return null;
        }
        String sentence = operation.id() + " reaches containers in this pod that are not of this profile";
        throw new EndOfRun(Verdict.denied(Reason.TARGET_OUTSIDE, 403, sentence));
    }

    private boolean areAllowed(InspectedPod pod) throws EndOfRun {
        if (rule.isProtecting()) {
            return !new ProtectedUses(inquiry, rule).areAmong(pod.containers());
        }
        if (scope.selector(ObjectKind.CONTAINER) == null) {
            return false;
        }
        ScopeQuery list = new ScopeQuery(scope, ObjectKind.CONTAINER);
        return ids(inquiry.list(list, ObjectKind.CONTAINER.noun(), error -> false))
                .containsAll(pod.members());
    }

    private InspectedPod ownPod(ObjectRef named, Inspection found) {
        InspectedPod pod = found.pod();
        pod.object().ifPresent(each -> inquiry.remember(ObjectRef.query(Subject.POD, each.id()), found));
        return new InspectedPod(
                pod.object().filter(each -> rule.allows(named, operation, each)).map(InspectedObject::withoutLabels),
                pod.members(),
                pod.infra());
    }

    private static Set<String> ids(@Nullable List<ObjectIdentity> containers) {
        return containers == null
                ? Set.of()
                : containers.stream().map(ObjectIdentity::id).collect(Collectors.toSet());
    }

    private boolean isPull() {
        return operation.isLibpod() && operation.verb() == Verb.PULL;
    }

    /** Without an own image of the name, a name that the profile selects is pulled. */
    private @Nullable RequestTarget pulled(ObjectRef named) throws EndOfRun {
        RequestTarget target = trial.target();
        Own own = own(named);
        if (own != null) {
            return LibpodPull.ofExisting(target, own.resolved);
        }
        if (LibpodPull.isNever(target)) {
            return null;
        }
        String fault = LibpodPull.fault(scope, target);
        if (fault != null) {
            throw new EndOfRun(Verdict.denied(Reason.TARGET_NAME, 403, operation.id() + " " + fault));
        }
        return LibpodPull.ofRegistry(target);
    }
}
