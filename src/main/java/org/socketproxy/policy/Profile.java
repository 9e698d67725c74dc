package org.socketproxy.policy;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.ResponseTransform.ChainedTransform;
import org.socketproxy.policy.ResponseTransform.ElementTransform;
import org.socketproxy.policy.ResponseTransform.ErrorTransform;
import org.socketproxy.policy.build.BuildRules;
import org.socketproxy.policy.build.BuildRules.ImageLabels;
import org.socketproxy.policy.build.SessionNames;
import org.socketproxy.policy.create.BindResponses;
import org.socketproxy.policy.create.BodyEdits;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.CreateSummary;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.mask.MaskRules;
import org.socketproxy.policy.scope.ConflictEditor;
import org.socketproxy.policy.scope.ObjectRule;
import org.socketproxy.policy.scope.OutOfScopeException;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopeRule;
import org.socketproxy.policy.scope.ScopedRequest;
import org.socketproxy.policy.scope.ScopedResponses;
import org.socketproxy.policy.scope.WriteRules;
import org.socketproxy.policy.self.SelfRule;
import org.socketproxy.policy.value.ProfileValues;

/**
 * Permissions of one kind of client.
 *
 * <p>Threading: thread-safe; immutable except for the plans, at most one for each operation.
 */
public final class Profile {
    private final ProfileParts parts;
    private final BodyRules bodies;
    private final boolean isTranslating;
    private final boolean isRateLimited;
    private final Remedies remedies = new Remedies(this);
    private final Map<Operation, OperationPlan> plans = new ConcurrentHashMap<>();

    Profile(ProfileParts parts) {
        this.parts = parts;
        this.bodies = parts.judges();
        this.isTranslating = parts.values.get(ApiTranslation.KEY).isOn();
        this.isRateLimited = limits().requests() != null;
    }

    /** Begins a profile; {@code policy} decides about operations and parameters. */
    public static ProfileParts of(ProfileOrigin origin, Policy policy) {
        return new ProfileParts(origin, policy);
    }

    /** Begins another profile with the same parts. */
    public ProfileParts edit() {
        return parts.copy();
    }

    /** Returns the profile with exactly these variables and without learn mode, for advice; it judges no bodies. */
    public Profile granting(Set<String> names) {
        ProfileParts edited = edit().bodies(BodyRules.none()).learning(LearnMode.off());
        edited.policy = parts.policy.granting(names);
        edited.create = parts.create == null ? null : parts.create.granting(names);
        return edited.build();
    }

    /** Returns what the profile knows about an operation before a request. */
    public OperationPlan plan(Operation operation) {
        OperationPlan known = plans.get(operation); // computeIfAbsent may lock even if the key is present
        return known != null ? known : plans.computeIfAbsent(operation, asked -> new OperationPlan(this, asked));
    }

    /** Returns the finder of settings beside variables; for advice. */
    public Remedies remedies() {
        return remedies;
    }

    public ProfileOrigin origin() {
        return parts.origin;
    }

    public Policy policy() {
        return parts.policy;
    }

    /** Returns the rules of {@code CREATE=safe}, or null. */
    public @Nullable CreateRules create() {
        return parts.create;
    }

    /** Returns what the proxy writes into judged bodies. */
    public BodyEdits edits() {
        return parts.edits();
    }

    /** Returns the rules of {@code EXEC_ALLOW}, or null. */
    public @Nullable ExecRules exec() {
        return parts.exec;
    }

    /** Returns the objects of the profile, or null for all. */
    public @Nullable Scope targets() {
        return parts.targets;
    }

    public MaskRules mask() {
        return parts.mask;
    }

    public LearnMode learning() {
        return parts.learning;
    }

    public ProfileLimits limits() {
        return get(ProfileLimits.KEY);
    }

    public <T> T get(ProfileValues.ProfileKey<T> key) {
        return parts.values.get(key);
    }

    public ProfileValues values() {
        return parts.values;
    }

    /** Returns true if the commands of a build pass as raw bytes. */
    public boolean isTunnellingBuilds() {
        return get(Builds.KEY) == Builds.TUNNEL;
    }

    public WriteRules writes() {
        return parts.writes;
    }

    public boolean isTranslating() {
        return isTranslating;
    }

    public boolean isRateLimited() {
        return isRateLimited;
    }

    /** Returns true if volumes of the proxy replace binds. */
    public boolean isReplacingBinds() {
        return parts.create != null && parts.create.isReplacingBinds();
    }

    /** Returns a name that is unique among the profiles in force. */
    public String name() {
        return parts.origin.name();
    }

    /**
     * Decides everything but the body: by the policy, the mask, then by the rules of {@code CREATE=safe}.
     *
     * @param operation null if the catalogue does not have it
     */
    public Decision decide(@Nullable Operation operation, RequestTarget target, RequestHead head) {
        if (parts.origin.isNone()) {
            return Decision.denied(Reason.NO_PROFILE, operation, operation != null && operation.isWrite(target));
        }
        if (operation == null) {
            return parts.policy.decide(null, target, head);
        }
        OperationPlan plan = plan(operation);
        Decision decision = plan.confined(parts.policy.planned(plan, target, head));
        if (plan.isMasked() && mayBeForwarded(decision)) {
            decision = decision.orAsking(parts.mask.problem(operation, target));
        }
        if (!plan.isJudgedByHead() || !mayBeForwarded(decision)) {
            return decision;
        }
        List<String> types = head.values("Content-Type");
        List<Violation> violations = Objects.requireNonNull(parts.create)
                .judgeHead(operation, target, types, head.values("Content-Encoding"), head.hasBody());
        return violations.isEmpty() ? decision : Decision.exceeding(violations, decision);
    }

    /** Returns true also for a missing variable, because learn mode forwards such a request. */
    static boolean mayBeForwarded(Decision decision) {
        return decision.isAllowed() || decision.reason() == Reason.VARIABLE_MISSING;
    }

    /**
     * Restricts an allowed request to the targets, unless the profile allows the operation by its id.
     *
     * @throws BadTargetException if two parsers could read a parameter in different ways
     * @throws OutOfScopeException if it cannot be restricted
     */
    public ScopedRequest confine(Operation operation, RequestTarget target)
            throws BadTargetException, OutOfScopeException {
        if (!plan(operation).isConfined()) {
            return new ScopedRequest(target, null);
        }
        Scope scope = scope(operation);
        ScopedRequest seen =
                scope == null ? new ScopedRequest(target, null) : ScopedRequest.of(scope, operation, target);
        return parts.writes.concerns(operation) ? parts.writes.confine(operation, seen) : seen;
    }

    /**
     * Returns the conditions on the objects of a request, in the order of their evaluation.
     *
     * @param isWrite whether the request is a write, by its method or a parameter
     */
    public List<ObjectRule> objectRules(Operation operation, boolean isWrite) {
        List<ObjectRule> ofWrites = parts.writes.of(operation, isWrite);
        return parts.targets == null
                ? ofWrites
                : Stream.concat(Stream.of(ObjectRule.ofTargets(parts.targets)), ofWrites.stream())
                        .toList();
    }

    /** Returns true if requests of an operation may have conditions on their objects. */
    public boolean hasObjectRules(Operation operation) {
        return parts.targets != null || parts.writes.concerns(operation);
    }

    /** Returns the transform that removes other profiles' objects from the response and masks the rest; null if neither applies. */
    public @Nullable ResponseTransform transform(Operation operation, ScopedRequest request) {
        if (!plan(operation).isTransformed()) {
            return null;
        }
        Supplier<JsonElements> view = request.view();
        ResponseTransform confining = view == null ? conflicts(operation, request) : new ElementTransform(view.get());
        return ChainedTransform.of(confining, commonTransform(operation, request.target()));
    }

    /** Returns the transform that the response has in every profile with this mask; null for none. */
    public @Nullable ResponseTransform commonTransform(Operation operation, RequestTarget target) {
        ResponseTransform others = parts.transforms == null
                ? elementwise(parts.mask.elements(operation))
                : parts.transforms.of(operation, target);
        return parts.isShowingBinds ? ChainedTransform.of(binds(operation), others) : others;
    }

    private static @Nullable ResponseTransform binds(Operation operation) {
        ResponseTransform shown = elementwise(BindResponses.elements(operation));
        return shown != null && BindResponses.isOfErrors(operation) ? new ErrorTransform(shown) : shown;
    }

    /** Returns true if {@link #transform} can return a transform for a request of the operation. */
    boolean isTransformed(Operation operation) {
        return operation.upgrade() == null
                && (parts.transforms != null
                        || parts.mask.masks(operation)
                        || parts.isShowingBinds
                        || parts.targets != null);
    }

    /** Returns the rules for objects of the proxy; those for created objects apply only if the profile judges bodies. */
    public List<SelfRule> selfRules(Operation operation) {
        List<SelfRule> rules = SelfRule.of(operation);
        return parts.create != null
                ? rules
                : rules.stream()
                        .filter(rule -> rule.place() != SelfRule.Place.CREATE)
                        .toList();
    }

    /** Returns a splitter that drops the objects of other profiles from a list that the daemon has not filtered; null if none is dropped. */
    public @Nullable JsonElements unfilteredList(Operation operation) {
        Scope scope = scope(operation);
        return scope == null ? null : ScopedResponses.unfiltered(scope, operation);
    }

    private static @Nullable ResponseTransform elementwise(@Nullable JsonElements elements) {
        return elements == null ? null : new ElementTransform(elements);
    }

    /** Hides other profiles' objects in the errors of an operation without a view. */
    private @Nullable ResponseTransform conflicts(Operation operation, ScopedRequest request) {
        JsonElements errors = scope(operation) == null ? null : ConflictEditor.elements(operation, request.target());
        return errors == null ? null : new ErrorTransform(new ElementTransform(errors));
    }

    /** Returns the targets, or null; null too if the profile allows by its id an operation that cannot be confined. */
    private @Nullable Scope scope(Operation operation) {
        return ScopeRule.of(operation).isDenied() && parts.policy.isAllowedById(operation) ? null : parts.targets;
    }

    public boolean confines(Operation operation) {
        return scope(operation) != null && ScopeRule.of(operation).action() != ScopeRule.Action.PASS;
    }

    /** Returns true if some request of the operation is allowed. Does not search for alternatives. */
    public boolean allows(Operation operation) {
        boolean isWrite = operation.write().isAlways();
        return parts.policy.allows(operation, isWrite)
                && plan(operation).denialBeyond(isWrite) == null
                && decide(operation).isAllowed();
    }

    /** Decides without parameters, headers and body. */
    public Decision decide(Operation operation) {
        return decide(operation, operation.write().isAlways());
    }

    /** Decides without parameters, headers and body; {@code isWrite} if a query flag makes it a write. */
    public Decision decide(Operation operation, boolean isWrite) {
        if (parts.origin.isNone()) {
            return Decision.denied(Reason.NO_PROFILE, operation, isWrite);
        }
        Decision decision = plan(operation).decide(isWrite);
        Violation whole = parts.create == null ? null : parts.create.denial(operation);
        return decision.isAllowed() && whole != null ? Decision.exceeding(List.of(whole), decision) : decision;
    }

    /** Returns the key of recorded containers: other profiles, and other rules after a reload, have another one. */
    public Object recordingScope() {
        return List.of(name(), parts.targets == null ? Objects.requireNonNull(parts.create) : parts.targets);
    }

    /** Returns the rules for builds of BuildKit; null without {@code CREATE=safe}, {@code TARGETS} and {@code WRITE_TARGETS}. */
    public @Nullable BuildRules buildRules(Operation operation) {
        List<Scope> scopes = objectRules(operation, true).stream()
                .filter(rule -> !rule.isProtecting())
                .map(ObjectRule::scope)
                .toList();
        return parts.create == null && scopes.isEmpty()
                ? null
                : new BuildRules(
                        parts.create,
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
        return parts.create != null && parts.create.isRecreateAllowed();
    }

    public boolean mayCreateContainers() {
        return parts.policy.allows("ContainerCreate");
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
                && Scope.areAlike(parts.targets, judge.parts.targets)
                && parts.writes.isSame(judge.parts.writes, operation, isWrite)
                && parts.mask.isSame(judge.parts.mask, operation)
                && (!operation.isOfBuildKit()
                        || get(Builds.KEY) == judge.get(Builds.KEY)
                                && get(SessionNames.KEY).equals(judge.get(SessionNames.KEY)))
                && (!isEntering || CreateSummary.areAlike(parts.create, judge.parts.create))
                && (!limitsExec(operation) && !judge.limitsExec(operation)
                        || Objects.equals(parts.exec, judge.parts.exec));
    }

    /** Returns the denial if the permission of the operation has had an end, which has passed; else null. */
    public @Nullable Decision ended(Operation operation, boolean isWrite) {
        Decision now = decide(operation, isWrite);
        return now.reason() == Reason.PERMISSION_ENDED && !letsThrough(now) ? now : null;
    }

    /** Returns true if {@code EXEC_ALLOW} decides about the operation: it creates or starts an exec. */
    public boolean limitsExec(Operation operation) {
        return parts.exec != null && (ExecRules.creates(operation) || operation.is(OperationRules.Trait.ENTERS_EXEC));
    }

    /** Returns true if the request is allowed, or learn mode lets the denial through. */
    public boolean letsThrough(Decision decision) {
        return decision.isAllowed() || parts.learning.letsThrough(decision);
    }
}
