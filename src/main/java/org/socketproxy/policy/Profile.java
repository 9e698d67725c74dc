package org.socketproxy.policy;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.ResponseTransform.ChainedTransform;
import org.socketproxy.policy.ResponseTransform.ElementTransform;
import org.socketproxy.policy.ResponseTransform.ErrorTransform;
import org.socketproxy.policy.build.BuildRules;
import org.socketproxy.policy.build.BuildRules.ImageLabels;
import org.socketproxy.policy.create.BindResponses;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.CreateSummary;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.mask.MaskRules;
import org.socketproxy.policy.scope.Confinement;
import org.socketproxy.policy.scope.ConflictEditor;
import org.socketproxy.policy.scope.ObjectRule;
import org.socketproxy.policy.scope.OutOfScopeException;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopedRequest;
import org.socketproxy.policy.scope.ScopedResponses;
import org.socketproxy.policy.scope.WriteRules;

/**
 * Permissions of one kind of client.
 *
 * <p>Threading: thread-safe.
 *
 * @param policy decides about operation and parameters
 * @param create the rules of {@code CREATE=safe}, or null
 * @param exec the rules of {@code EXEC_ALLOW}, or null
 * @param targets the objects of the profile, or null for all
 * @param bodies judge request bodies (stage 3)
 * @param mask masks values in responses
 * @param learning learn mode
 * @param transforms change responses
 * @param limits limits of open connections and exchanges
 * @param translation forwards requests of old clients with a newer API version
 * @param builds whether the gRPC calls of a build are judged
 * @param writes conditions on the objects that requests change
 */
public record Profile(
        ProfileOrigin origin,
        Policy policy,
        @Nullable CreateRules create,
        @Nullable ExecRules exec,
        @Nullable Scope targets,
        BodyRules bodies,
        MaskRules mask,
        LearnMode learning,
        ResponseTransform.Factory transforms,
        ProfileLimits limits,
        ApiTranslation translation,
        Builds builds,
        WriteRules writes) {
    /** Creates a profile without {@code EXEC_ALLOW} that judges builds, and forwards each request with its own API version. */
    public Profile(
            ProfileOrigin origin,
            Policy policy,
            @Nullable CreateRules create,
            @Nullable Scope targets,
            BodyRules bodies,
            MaskRules mask,
            LearnMode learning,
            ResponseTransform.Factory transforms,
            ProfileLimits limits) {
        this(
                origin,
                policy,
                create,
                null,
                targets,
                bodies,
                mask,
                learning,
                transforms,
                limits,
                ApiTranslation.NONE,
                Builds.JUDGED,
                WriteRules.NONE);
    }

    /**
     * Creates a profile of settings.
     *
     * @param mask masks responses; a body with a masked value is denied
     * @param maxBodyBytes limit of a judged body
     */
    public Profile(
            ProfileOrigin origin,
            Policy policy,
            @Nullable CreateRules create,
            @Nullable Scope targets,
            MaskRules mask,
            int maxBodyBytes,
            LearnMode learning,
            ProfileLimits limits) {
        this(
                origin,
                policy,
                create,
                targets,
                bodies(create, targets, mask, maxBodyBytes),
                mask,
                learning,
                (operation, target) -> elementwise(mask.elements(operation)),
                limits);
    }

    /** Returns the same profile with another translation of API versions, and another way to forward builds. */
    public Profile forwarding(ApiTranslation versions, Builds grpc) {
        return with(exec, bodies, versions, grpc, writes);
    }

    /** Returns the same profile with the rules of {@code EXEC_ALLOW}; null for none. */
    public Profile limitingExec(@Nullable ExecRules rules) {
        return with(rules, rules == null ? bodies : bodies.judgingExec(rules), translation, builds, writes);
    }

    /** Returns the same profile with other conditions on the objects that requests change. */
    public Profile writing(WriteRules other) {
        BodyRules judged = other.equals(WriteRules.NONE)
                ? bodies
                : create == null ? bodies.judgingConnections() : bodies.judgingDisconnect();
        return with(exec, judged, translation, builds, other);
    }

    /** Returns the same profile that shows binds in place of the volumes by which the proxy replaces them. */
    public Profile showingBinds() {
        ResponseTransform.Factory others = transforms;
        ResponseTransform.Factory showing =
                (operation, target) -> ChainedTransform.of(binds(operation), others.of(operation, target));
        return new Profile(
                origin,
                policy,
                create,
                exec,
                targets,
                bodies,
                mask,
                learning,
                showing,
                limits,
                translation,
                builds,
                writes);
    }

    private static @Nullable ResponseTransform binds(Operation operation) {
        ResponseTransform shown = elementwise(BindResponses.elements(operation));
        return shown != null && BindResponses.isOfErrors(operation) ? new ErrorTransform(shown) : shown;
    }

    private Profile with(
            @Nullable ExecRules execs, BodyRules judged, ApiTranslation versions, Builds grpc, WriteRules changes) {
        return new Profile(
                origin,
                policy,
                create,
                execs,
                targets,
                judged,
                mask,
                learning,
                transforms,
                limits,
                versions,
                grpc,
                changes);
    }

    /** Returns the profile with exactly these variables and without learn mode, for advice; it judges no bodies. */
    public Profile granting(Set<String> names) {
        CreateRules rules = create == null ? null : create.granting(names);
        BodyRules none = BodyRules.none();
        return new Profile(
                        origin, policy.granting(names), rules, targets, none, mask, LearnMode.off(), transforms, limits)
                .with(exec, none, translation, builds, writes);
    }

    private static BodyRules bodies(
            @Nullable CreateRules create, @Nullable Scope targets, MaskRules mask, int maxBodyBytes) {
        BodyRules created = create == null ? BodyRules.none() : BodyRules.of(create);
        BodyRules rules = targets == null ? created : created.judgingDisconnect();
        return mask.groups().isEmpty() ? rules : rules.refusingMaskedValues(maxBodyBytes);
    }

    /** Returns a name that is unique among the profiles in force. */
    public String name() {
        return origin.name();
    }

    /**
     * Decides everything but the body: by the policy, the mask, then by the rules of {@code CREATE=safe}.
     *
     * @param operation null if the catalogue does not have it
     */
    public Decision decide(@Nullable Operation operation, RequestTarget target, RequestHead head) {
        if (origin.isNone()) {
            return Decision.denied(Reason.NO_PROFILE, operation, operation != null && operation.isWrite(target));
        }
        Decision decision = confined(policy.decide(operation, target, head));
        if (operation != null && mayBeForwarded(decision)) {
            decision = decision.orAsking(mask.problem(operation, target));
        }
        if (create == null || operation == null || !mayBeForwarded(decision) || !create.concerns(operation)) {
            return decision;
        }
        List<Violation> violations = create.judgeHead(
                operation, target, head.values("Content-Type"), head.values("Content-Encoding"), head.hasBody());
        return violations.isEmpty() ? decision : Decision.exceeding(violations, decision);
    }

    /** Returns true also for a missing variable, because learn mode forwards such a request. */
    private static boolean mayBeForwarded(Decision decision) {
        return decision.isAllowed() || decision.reason() == Reason.VARIABLE_MISSING;
    }

    private Decision confined(Decision decision) {
        Operation operation = decision.operation();
        if (operation == null || !mayBeForwarded(decision)) {
            return decision;
        }
        if (writes.isReachingProtected(operation)) {
            return Decision.denied(Reason.OBJECT_PROTECTED, operation, decision.isWrite());
        }
        boolean isUnconfined = targets != null && Confinement.of(operation).isDenied()
                || writes.isUnconfined(operation, decision.isWrite());
        return isUnconfined && !policy.isAllowedById(operation)
                ? Decision.denied(Reason.UNCONFINED, operation, decision.isWrite())
                : decision;
    }

    /**
     * Restricts an allowed request to the targets, unless the profile allows the operation by its id.
     *
     * @throws BadTargetException if two parsers could read a parameter in different ways
     * @throws OutOfScopeException if it cannot be restricted
     */
    public ScopedRequest confine(Operation operation, RequestTarget target)
            throws BadTargetException, OutOfScopeException {
        ScopedRequest seen = targets == null || isUnconfined(operation)
                ? new ScopedRequest(target, null)
                : ScopedRequest.of(targets, operation, target);
        return writes.concerns(operation) ? writes.confine(operation, seen) : seen;
    }

    /**
     * Returns the conditions on the objects of a request, in the order of their evaluation.
     *
     * @param isWrite whether the request is a write, by its method or a parameter
     */
    public List<ObjectRule> objectRules(Operation operation, boolean isWrite) {
        List<ObjectRule> ofWrites = writes.of(operation, isWrite);
        return targets == null
                ? ofWrites
                : Stream.concat(Stream.of(ObjectRule.ofTargets(targets)), ofWrites.stream())
                        .toList();
    }

    /** Returns true if requests of an operation may have conditions on their objects. */
    public boolean hasObjectRules(Operation operation) {
        return targets != null || writes.concerns(operation);
    }

    /** Returns the transform that removes other profiles' objects from the response and masks the rest; null if neither applies. */
    public @Nullable ResponseTransform transform(Operation operation, ScopedRequest request) {
        if (operation.upgrade() != null) {
            return null;
        }
        Supplier<JsonElements> view = request.view();
        ResponseTransform confining = view == null ? conflicts(operation, request) : new ElementTransform(view.get());
        return ChainedTransform.of(confining, transforms.of(operation, request.target()));
    }

    /** Returns a splitter that drops the objects of other profiles from a list that the daemon has not filtered; null if none is dropped. */
    public @Nullable JsonElements unfilteredList(Operation operation) {
        return targets == null || isUnconfined(operation) ? null : ScopedResponses.unfiltered(targets, operation);
    }

    private static @Nullable ResponseTransform elementwise(@Nullable JsonElements elements) {
        return elements == null ? null : new ElementTransform(elements);
    }

    public List<String> maskNotes(OperationCatalogue catalogue) {
        return mask.notes(catalogue, operation -> allows(operation));
    }

    /** Hides other profiles' objects in the errors of an operation without a view. */
    private @Nullable ResponseTransform conflicts(Operation operation, ScopedRequest request) {
        JsonElements errors = targets == null || isUnconfined(operation)
                ? null
                : ConflictEditor.elements(operation, request.target());
        return errors == null ? null : new ErrorTransform(new ElementTransform(errors));
    }

    /** Returns true if the profile has no targets, or allows by its id an operation that cannot be confined. */
    private boolean isUnconfined(Operation operation) {
        return Confinement.of(operation).isDenied() && policy.isAllowedById(operation);
    }

    public boolean confines(Operation operation) {
        return targets != null
                && !isUnconfined(operation)
                && Confinement.of(operation).action() != Confinement.Action.PASS;
    }

    public Decision denyUnconfinable(Decision allowed) {
        return Decision.denied(Reason.TARGET_PARAMETER, allowed.operation(), allowed.isWrite());
    }

    /** Denies a request that acts on an object which the rule does not allow. */
    public Decision denyObject(ObjectRule rule, Decision allowed) {
        Reason reason = rule.isProtecting() ? Reason.OBJECT_PROTECTED : Reason.WRITE_TARGET;
        return Decision.denied(reason, allowed.operation(), allowed.isWrite());
    }

    /** Returns true if some request of the operation is allowed. Does not search for alternatives. */
    public boolean allows(Operation operation) {
        return policy.allows(operation, operation.write().isAlways())
                && decide(operation).isAllowed();
    }

    /** Decides without parameters, headers and body. */
    public Decision decide(Operation operation) {
        return decide(operation, operation.write().isAlways());
    }

    /** Decides without parameters, headers and body; {@code isWrite} if a query flag makes it a write. */
    public Decision decide(Operation operation, boolean isWrite) {
        if (origin.isNone()) {
            return Decision.denied(Reason.NO_PROFILE, operation, isWrite);
        }
        Decision decision = confined(policy.decide(operation, isWrite));
        Violation whole = create == null ? null : CreateRules.wholeDenial(operation);
        return decision.isAllowed() && whole != null ? Decision.exceeding(List.of(whole), decision) : decision;
    }

    /**
     * Denies a request that enters a container or uses a volume beyond the rules of {@code CREATE=safe}.
     *
     * @param violations at least one
     */
    public Decision denyEntering(List<Violation> violations, Decision allowed) {
        return Decision.exceeding(violations, allowed);
    }

    /** Returns the key of recorded containers: other profiles, and other rules after a reload, have another one. */
    public Object recordingScope() {
        return List.of(name(), targets == null ? Objects.requireNonNull(create) : targets);
    }

    /** Returns the rules for builds of BuildKit; null without {@code CREATE=safe}, {@code TARGETS} and {@code WRITE_TARGETS}. */
    public @Nullable BuildRules buildRules(Operation operation) {
        List<Scope> scopes = objectRules(operation, true).stream()
                .filter(rule -> !rule.isProtecting())
                .map(ObjectRule::scope)
                .toList();
        return create == null && scopes.isEmpty()
                ? null
                : new BuildRules(
                        create,
                        scopes.stream().map(Scope::imageLabels).reduce(ImageLabels.NONE, ImageLabels::and),
                        scopes.isEmpty() ? "" : name());
    }

    public @Nullable BodyJudge bodyJudge(Operation operation) {
        return bodies.judge(operation);
    }

    /** Returns the judge of the body, which also denies the binds of {@link BodyJudge#protecting}; or null. */
    public @Nullable BodyJudge bodyJudge(
            Operation operation, List<String> ownMounts, Map<String, List<String>> sockets) {
        BodyJudge judge = bodyJudge(operation);
        return judge == null || ownMounts.isEmpty() && sockets.isEmpty() ? judge : judge.protecting(ownMounts, sockets);
    }

    /** Returns true if the clients may create containers again with their earlier rights. */
    public boolean isUpdater() {
        return create != null && create.isRecreateAllowed();
    }

    public boolean mayCreateContainers() {
        return policy.allows("ContainerCreate");
    }

    /** Ignores parameters and body. */
    public boolean letsThrough(Operation operation, boolean isWrite) {
        return letsThrough(decide(operation, isWrite));
    }

    /**
     * Returns true if a stream, a tunnel or the body of a request may go on after a reload: the operation is allowed, and all rules for it are the same.
     *
     * @param judge the profile at its begin
     */
    public boolean letsContinue(Operation operation, boolean isWrite, Profile judge) {
        boolean isEntering = isWrite || operation.upgrade() != null;
        return letsThrough(operation, isWrite)
                && Scope.areAlike(targets, judge.targets)
                && writes.isSame(judge.writes, operation, isWrite)
                && mask.isSame(judge.mask, operation)
                && (!operation.isOfBuildKit() || builds == judge.builds)
                && (!isEntering || CreateSummary.areAlike(create, judge.create))
                && (!limitsExec(operation) && !judge.limitsExec(operation) || Objects.equals(exec, judge.exec));
    }

    /** Returns the denial if the permission of the operation has had an end, which has passed; else null. */
    public @Nullable Decision ended(Operation operation, boolean isWrite) {
        Decision now = decide(operation, isWrite);
        return now.reason() == Reason.PERMISSION_ENDED && !letsThrough(now) ? now : null;
    }

    /** Returns true if {@code EXEC_ALLOW} decides about the operation: it creates or starts an exec. */
    public boolean limitsExec(Operation operation) {
        return exec != null && (ExecRules.creates(operation) || operation.is(OperationRules.Trait.ENTERS_EXEC));
    }

    /** Returns true if the request is allowed, or learn mode lets the denial through. */
    public boolean letsThrough(Decision decision) {
        return decision.isAllowed() || learning.letsThrough(decision);
    }
}
