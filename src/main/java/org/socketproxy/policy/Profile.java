package org.socketproxy.policy;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.ResponseTransform.ChainedTransform;
import org.socketproxy.policy.ResponseTransform.ErrorTransform;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.CreateSummary;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.mask.MaskRules;
import org.socketproxy.policy.scope.Confinement;
import org.socketproxy.policy.scope.ConflictEditor;
import org.socketproxy.policy.scope.OutOfScopeException;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopedRequest;

/**
 * What one kind of client may do.
 *
 * <p>Threading: safe for any number of threads.
 *
 * @param origin name of the profile, and the place that configures it
 * @param policy decides a request by its operation and its parameters
 * @param create the rules of {@code CREATE=safe}, or null without them
 * @param targets the objects that the clients are confined to, or null
 * @param bodies judge the body of a request (stage 3)
 * @param mask values that are masked in responses
 * @param learning for how long the proxy forwards requests that lack a variable
 * @param transforms change responses on their way to the client
 * @param limits of what its clients have open at the same time
 */
public record Profile(
        ProfileOrigin origin,
        Policy policy,
        @Nullable CreateRules create,
        @Nullable Scope targets,
        BodyRules bodies,
        MaskRules mask,
        LearnMode learning,
        ResponseTransform.Factory transforms,
        ProfileLimits limits) {
    /** Creates a profile that judges no body. */
    public Profile(ProfileOrigin origin, Policy policy, LearnMode learning, ResponseTransform.Factory transforms) {
        this(origin, policy, null, null, BodyRules.none(), MaskRules.NONE, learning, transforms, ProfileLimits.NONE);
    }

    /**
     * Creates a profile of settings.
     *
     * @param create judges bodies, or null without {@code CREATE=safe}
     * @param targets the objects that the clients are confined to, or null
     * @param mask masks responses; a body with a masked value is denied
     * @param maxBodyBytes limit of a body that is judged
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

    private static BodyRules bodies(
            @Nullable CreateRules create, @Nullable Scope targets, MaskRules mask, int maxBodyBytes) {
        BodyRules created = create == null ? BodyRules.none() : BodyRules.of(create);
        BodyRules rules = targets == null ? created : created.judgingDisconnect();
        return mask.groups().isEmpty() ? rules : rules.refusingMaskedValues(maxBodyBytes);
    }

    /** Returns the name, unique among the profiles in force. */
    public String name() {
        return origin.name();
    }

    /**
     * Decides everything but the body: by the policy, then by the rules of {@code CREATE=safe}.
     *
     * @param operation the operation of the request, or null if the catalogue does not have it
     */
    public Decision decide(@Nullable Operation operation, RequestTarget target, RequestHead head) {
        if (origin.isNone()) {
            return Decision.denied(Reason.NO_PROFILE, operation, operation != null && operation.isWrite(target));
        }
        Decision decision = confined(policy.decide(operation, target, head));
        // Learn mode forwards a request that lacks a variable, so the rules apply to it too.
        boolean isForwarded = decision.isAllowed() || decision.reason() == Reason.VARIABLE_MISSING;
        if (create == null || operation == null || !isForwarded || !create.concerns(operation)) {
            return decision;
        }
        List<Violation> violations = create.judgeHead(
                operation, target, head.values("Content-Type"), head.values("Content-Encoding"), head.hasBody());
        return violations.isEmpty() ? decision : Decision.exceeding(violations, operation, decision.isWrite());
    }

    /** Denies an allowed operation that cannot be confined to the targets. */
    private Decision confined(Decision decision) {
        Operation operation = decision.operation();
        boolean isForwarded = decision.isAllowed() || decision.reason() == Reason.VARIABLE_MISSING;
        if (targets == null
                || operation == null
                || !isForwarded
                || !Confinement.of(operation).isDenied()
                || policy.isAllowedById(operation)) {
            return decision;
        }
        return Decision.denied(Reason.UNCONFINED, operation, decision.isWrite());
    }

    /**
     * Restricts an allowed request to the targets.
     *
     * @return the request as it is without targets, or if the profile allows the operation by its id
     * @throws BadTargetException if two parsers could read a parameter in different ways
     * @throws OutOfScopeException if it cannot be restricted
     */
    public ScopedRequest confine(Operation operation, RequestTarget target)
            throws BadTargetException, OutOfScopeException {
        return targets == null || isUnconfined(operation)
                ? new ScopedRequest(target, null)
                : ScopedRequest.of(targets, operation, target);
    }

    /**
     * Returns the transform of the response, which removes what the client may not see and then masks the rest; null if the
     * response passes byte for byte.
     */
    public @Nullable ResponseTransform transform(Operation operation, ScopedRequest request) {
        if (operation.upgrade() != null) {
            return null;
        }
        Supplier<JsonElements> view = request.view();
        ResponseTransform confining = view == null ? conflicts(operation, request) : new ElementTransform(view.get());
        return ChainedTransform.of(confining, transforms.of(operation, request.target()));
    }

    private static @Nullable ResponseTransform elementwise(@Nullable JsonElements elements) {
        return elements == null ? null : new ElementTransform(elements);
    }

    /** Returns a note on the allowed operations whose responses cannot be masked; none without a mask. */
    public List<String> maskNotes(OperationCatalogue catalogue) {
        return mask.notes(catalogue, operation -> decide(operation).isAllowed());
    }

    /** Hides objects of others in the errors of an operation that has no view. */
    private @Nullable ResponseTransform conflicts(Operation operation, ScopedRequest request) {
        JsonElements errors = targets == null || isUnconfined(operation)
                ? null
                : ConflictEditor.elements(operation, request.target());
        return errors == null ? null : new ErrorTransform(new ElementTransform(errors));
    }

    /** Returns true if the profile has no targets for this operation: it allows what cannot be confined by its id. */
    private boolean isUnconfined(Operation operation) {
        return Confinement.of(operation).isDenied() && policy.isAllowedById(operation);
    }

    /** Returns true if the operation reaches only objects of the profile. */
    public boolean confines(Operation operation) {
        return targets != null
                && !isUnconfined(operation)
                && Confinement.of(operation).action() != Confinement.Action.PASS;
    }

    /** Returns the denial of a request that cannot be restricted to the targets. */
    public Decision denyUnconfinable(Decision allowed) {
        return Decision.denied(Reason.TARGET_PARAMETER, allowed.operation(), allowed.isWrite());
    }

    /** Decides an operation without parameters, headers and body. */
    public Decision decide(Operation operation) {
        return decide(operation, operation.write().isAlways());
    }

    private Decision decide(Operation operation, boolean isWrite) {
        if (origin.isNone()) {
            return Decision.denied(Reason.NO_PROFILE, operation, isWrite);
        }
        Decision decision = confined(policy.decide(operation, isWrite));
        Violation whole = create == null ? null : CreateRules.wholeDenial(operation);
        return decision.isAllowed() && whole != null
                ? Decision.exceeding(List.of(whole), operation, isWrite)
                : decision;
    }

    /**
     * Returns the denial of a request that enters a container, or uses a volume, beyond the rules of {@code CREATE=safe}.
     *
     * @param violations at least one
     */
    public Decision denyEntering(List<Violation> violations, Decision allowed) {
        return Decision.exceeding(violations, Objects.requireNonNull(allowed.operation()), allowed.isWrite());
    }

    /** Returns the scope in which containers are recorded: no two profiles share records, nor do other rules after a reload. */
    public Object recordingScope() {
        return List.of(name(), targets == null ? Objects.requireNonNull(create) : targets);
    }

    /** Returns the judge of the body for an operation, or null if its body is not judged. */
    public @Nullable BodyJudge bodyJudge(Operation operation) {
        return bodies.judge(operation);
    }

    /**
     * Returns the judge of the body for an operation, which also denies binds of the proxy's own mounts, and of sockets.
     *
     * @param ownMounts paths of the host that the proxy's own container mounts
     * @param sockets paths of the host at which clients of other profiles connect, each with the settings that a bind needs
     */
    public @Nullable BodyJudge bodyJudge(
            Operation operation, List<String> ownMounts, Map<String, List<String>> sockets) {
        BodyJudge judge = bodyJudge(operation);
        return judge == null || ownMounts.isEmpty() && sockets.isEmpty() ? judge : judge.protecting(ownMounts, sockets);
    }

    /** Returns true if the clients may create containers again with the rights that they had. */
    public boolean isUpdater() {
        return create != null && create.isRecreateAllowed();
    }

    /** Returns true if the profile allows to create containers, as far as the operation says. */
    public boolean mayCreateContainers() {
        return policy.allows("ContainerCreate");
    }

    /** Returns whether the proxy forwards this operation without looking at parameters and body. */
    public boolean letsThrough(Operation operation, boolean isWrite) {
        return letsThrough(decide(operation, isWrite));
    }

    /**
     * Returns whether a stream or tunnel that another profile let through may go on: the operation is allowed, and every rule on
     * which it rests is the same. A wider rule counts as another one.
     *
     * @param judge the profile by which it began
     */
    public boolean letsContinue(Operation operation, boolean isWrite, Profile judge) {
        boolean isEntering = isWrite || operation.upgrade() != null;
        return letsThrough(operation, isWrite)
                && Scope.areAlike(targets, judge.targets)
                && mask.groups(operation).equals(judge.mask.groups(operation))
                && (!isEntering || CreateSummary.areAlike(create, judge.create));
    }

    /** Returns whether the proxy forwards a request with this decision: it is allowed, or learn mode lets the denial through. */
    public boolean letsThrough(Decision decision) {
        return decision.isAllowed() || learning.letsThrough(decision);
    }
}
