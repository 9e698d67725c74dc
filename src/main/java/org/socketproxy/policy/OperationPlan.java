package org.socketproxy.policy;

import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.policy.create.NamedImage;
import org.socketproxy.policy.scope.ScopeRule;
import org.socketproxy.policy.scope.ScopedBody;
import org.socketproxy.policy.self.SelfRule;

/**
 * All that a profile knows about the requests of one operation, except time limits, learn mode and the objects of the daemon.
 *
 * <p>Threading: thread-safe; immutable except for the decisions, which are made at their first use.
 */
public final class OperationPlan {
    private static final Set<Verb> OF_BUILDS = Set.of(Verb.OPEN_SESSION, Verb.BUILD, Verb.CANCEL_BUILD);

    private static final Set<Verb> OF_REGISTRIES =
            Set.of(Verb.PULL, Verb.PUSH, Verb.ASK_REGISTRY, Verb.SEARCH_REGISTRY, Verb.WRITE_SERVICE, Verb.BUILD);

    private final Profile profile;
    private final Operation operation;
    private final int concerns;
    private final boolean hasEnd;
    private final boolean isMasked;
    private final boolean isJudgedByHead;
    private final boolean isConfined;
    private final boolean isTransformed;
    private final @Nullable Reason denialOfReads;
    private final @Nullable Reason denialOfWrites;
    private volatile @Nullable Decision read;
    private volatile @Nullable Decision write;
    private volatile @Nullable Decision unconfinedRead;
    private volatile @Nullable Decision unconfinedWrite;

    /** The steps of a decision, in their order, and which requests they concern. */
    @SuppressWarnings("ImmutableEnumChecker") // the predicates have no state
    public enum Concern {
        LIMIT((profile, operation) -> profile.origin().isOfFile()),
        TARGET(Profile::hasObjectRules),
        RESPONSE_SCOPE((profile, operation) -> profile.targets() != null),
        EXEC(Profile::limitsExec),
        OWN_MOUNTS((profile, operation) ->
                profile.create() != null && profile.create().binds().own() != null),
        SELF((profile, operation) -> !profile.selfRules(operation).isEmpty()),
        CONTAINER((profile, operation) -> profile.create() != null || SelfRule.has(operation, SelfRule.Kind.EXEC)),
        BODY((profile, operation) ->
                profile.bodyJudge(operation) != null || !SelfRule.of(operation).isEmpty()),
        API_VERSION((profile, operation) -> profile.isTranslating() && ApiTranslation.concernsBody(operation)),
        TOTALS((profile, operation) -> profile.get(Totals.KEY).concerns(operation)),
        BODY_TARGETS((profile, operation) -> ScopedBody.isOf(operation) && profile.hasObjectRules(operation)),
        BODY_OBJECTS((profile, operation) -> profile.create() != null
                || profile.exec() != null && profile.exec().isNonRootRequired()),
        BINDS((profile, operation) ->
                profile.create() != null && profile.create().isProtecting(operation)),
        IMAGES((profile, operation) -> isOfRegistries(profile, operation)
                || profile.create() != null && NamedImage.isPinning(profile.create(), operation)),
        SIGNATURES((profile, operation) -> profile.create() != null
                && !profile.create().images().signed().isEmpty()
                && NamedImage.isPinning(profile.create(), operation)),
        ARCHIVE(Archives::concerns),
        BUILD((profile, operation) -> operation.isGrpc() || OF_BUILDS.contains(operation.verb()));

        private final BiPredicate<Profile, Operation> isConcerned;

        Concern(BiPredicate<Profile, Operation> isConcerned) {
            this.isConcerned = isConcerned;
        }

        @SuppressWarnings("EnumOrdinal") // the concerns of an operation are bits of one number
        private int bit() {
            return 1 << ordinal();
        }

        public boolean isIn(int concerns) {
            return (concerns & bit()) != 0;
        }
    }

    /** Returns true if the profile changes the passwords for registries in requests of an operation. */
    private static boolean isOfRegistries(Profile profile, Operation operation) {
        boolean isLimited =
                profile.create() != null && profile.create().images().isLimited();
        return OF_REGISTRIES.contains(operation.verb())
                && (isLimited || !profile.get(RegistryLogins.KEY).isEmpty());
    }

    OperationPlan(Profile profile, Operation operation) {
        this.profile = profile;
        this.operation = operation;
        int bits = 0;
        for (Concern concern : Concern.values()) {
            bits |= concern.isConcerned.test(profile, operation) ? concern.bit() : 0;
        }
        this.concerns = bits;
        this.hasEnd = profile.policy().hasEnd(operation);
        this.isMasked = !profile.mask().groups().isEmpty();
        this.isJudgedByHead = profile.create() != null && profile.create().concerns(operation);
        this.isConfined = profile.hasObjectRules(operation);
        this.isTransformed = profile.isTransformed(operation);
        this.denialOfReads = denial(false);
        this.denialOfWrites = denial(true);
    }

    /** Returns why the operation is denied although the variables allow it, or null. */
    private @Nullable Reason denial(boolean isWrite) {
        if (profile.writes().isReachingProtected(operation)) {
            return Reason.OBJECT_PROTECTED;
        }
        boolean isUnconfined =
                profile.targets() != null && ScopeRule.of(operation).isDenied()
                        || profile.writes().isUnconfined(operation, isWrite);
        return isUnconfined && !profile.policy().isAllowedById(operation) ? Reason.OPERATION_UNCONFINED : null;
    }

    Operation operation() {
        return operation;
    }

    /** Returns the steps that concern permitted requests, as bits; see {@link Concern#isIn}. */
    public int concerns() {
        return concerns;
    }

    /** Returns true if the profile masks values in responses, so that filters must not compare them. */
    boolean isMasked() {
        return isMasked;
    }

    /** Returns true if {@code CREATE=safe} judges parameters and headers. */
    boolean isJudgedByHead() {
        return isJudgedByHead;
    }

    boolean isConfined() {
        return isConfined;
    }

    boolean isTransformed() {
        return isTransformed;
    }

    /** Decides by variables, exceptions and the end of a permission. */
    Decision byVariables(boolean isWrite) {
        PermissionEnd past = hasEnd ? profile.policy().past(operation, isWrite) : null;
        if (past != null) {
            return Decision.ended(past, operation, isWrite);
        }
        Decision known = isWrite ? write : read;
        if (known == null) {
            known = profile.remedies().complete(profile.policy().decideForever(operation, isWrite));
            if (isWrite) {
                write = known;
            } else {
                read = known;
            }
        }
        return known;
    }

    /** Denies an operation that could reach objects beyond the rules of the profile. */
    Decision confined(Decision decision) {
        Reason denial = denialBeyond(decision.isWrite());
        return denial != null && Profile.mayBeForwarded(decision) ? denied(denial, decision.isWrite()) : decision;
    }

    /** Returns why no variable allows the operation, or null. */
    @Nullable
    Reason denialBeyond(boolean isWrite) {
        return isWrite ? denialOfWrites : denialOfReads;
    }

    private Decision denied(Reason reason, boolean isWrite) {
        Decision known = isWrite ? unconfinedWrite : unconfinedRead;
        if (known == null) {
            Decision denial = Decision.denied(reason, operation, isWrite);
            known = reason == Reason.OPERATION_UNCONFINED
                    ? denial.with(profile.remedies().byId(operation))
                    : denial;
            if (isWrite) {
                unconfinedWrite = known;
            } else {
                unconfinedRead = known;
            }
        }
        return known;
    }

    /** Decides without parameters, headers and body. */
    Decision decide(boolean isWrite) {
        return confined(byVariables(isWrite));
    }
}
