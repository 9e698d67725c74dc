package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.exchange.Denial;
import org.socketproxy.exchange.HeldBody;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.SelfJudge;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.CreatedObject;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.create.Unjudged;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.mask.MaskRules;
import org.socketproxy.recreate.RecreateRecord;

/** Judges bodies, and makes the denials of bodies. */
final class BodyVerdict {
    private static final Logger LOG = LoggerFactory.getLogger(BodyVerdict.class);

    private BodyVerdict() {}

    /** Judges a whole body, and holds the bytes that are forwarded; a denied body can be judged again. */
    static Verdict of(Trial trial, BodyJudge judge, HeldBody held) {
        JsonBody body = prepare(trial, held.read());
        Denial denial = body == null ? Denial.ofFailure() : judge(trial, judge, body);
        CreateRules rules = trial.profile().create();
        boolean isRewritten = trial.isConfinedByBody()
                || rules != null && rules.isProtecting(trial.operation())
                || trial.profile().edits().concerns(trial.operation());
        if (denial == null && isRewritten && !held.reserveCopies()) {
            denial = noMemory();
        }
        if (body == null || denial != null) {
            trial.deny(held);
            return new Verdict.Denied(Objects.requireNonNull(denial));
        }
        trial.hold(body.bytes());
        return Verdict.Passed.INSTANCE;
    }

    /**
     * Returns the body that is judged and forwarded: without members that {@code CREATE=safe} removes, with the recorded values of a
     * container that is created again in place of masked ones, and with what the profile writes.
     *
     * @return null after a failure: the exchange must be denied
     */
    static @Nullable JsonBody prepare(Trial trial, ByteBuffer bytes) {
        CreateRules rules = trial.profile().create();
        if (rules == null) {
            return JsonBody.of(bytes);
        }
        RecreateRecord replaced = trial.replaced();
        MaskRules mask = trial.profile().mask();
        try {
            ByteBuffer filled = replaced == null || mask.groups().isEmpty()
                    ? null
                    : replaced.filled(rules, mask, bytes.duplicate());
            JsonBody prepared = filled != null
                    ? JsonBody.of(filled)
                    : CreateRules.withoutRemoved(trial.operation(), JsonBody.of(bytes));
            return trial.profile().edits().write(trial.operation(), prepared);
        } catch (RuntimeException | StackOverflowError broken) {
            LOG.error("Exchange {} is denied, because preparing its body failed", trial.id(), broken);
            return null;
        }
    }

    /**
     * Lets the judge decide on a whole body. An exception of the judge is a denial with status 500.
     *
     * @return null if the body is allowed
     */
    static @Nullable Denial judge(Trial trial, BodyJudge judge, JsonBody body) {
        try {
            if (trial.profile().create() != null || trial.profile().limitsExec(trial.operation())) {
                trial.creates(CreatedObject.read(trial.operation(), trial.target(), body));
            }
            Decision denial = judge.deny(trial.decision(), body);
            if (denial != null && isUndecided(trial, denial, body)) {
                return null;
            }
            if (denial != null && !isRecreated(trial, judge, denial, body)) {
                return deny(trial, denial);
            }
            noteObjects(trial, body);
            return null;
        } catch (RuntimeException | StackOverflowError broken) {
            LOG.error("Exchange {} is denied, because judging its body failed", trial.id(), broken);
            return Denial.ofFailure();
        }
    }

    /** With recreate, the endpoint of a network is decided by its container, for which {@link BodyObjectsStep} asks. */
    private static boolean isUndecided(Trial trial, Decision denial, JsonBody body) {
        CreateRules rules = trial.profile().create();
        String container = rules == null || denial.owner() != null
                ? ""
                : RecreateRecord.connected(rules, trial.operation(), body.bytes(), denial.violations());
        if (container.isEmpty()) {
            return false;
        }
        trial.leave(trial.unjudged().withEndpoint(new Unjudged.Endpoint(container, denial.violations())));
        return true;
    }

    /** A container that is created again has the volumes of the recorded one. */
    private static void noteObjects(Trial trial, JsonBody body) {
        CreateRules rules = trial.profile().create();
        if (rules != null && !trial.isRecreated()) {
            trial.leave(trial.unjudged().of(rules, trial.operation(), body));
        }
        ExecRules exec = trial.profile().exec();
        if (exec != null && exec.isOfContainerUser(trial.operation(), body)) {
            trial.leave(trial.unjudged().withUser(ExecRules.rootOfContainer()));
        }
    }

    private static boolean isRecreated(Trial trial, BodyJudge judge, Decision denial, JsonBody body) {
        CreateRules rules = trial.profile().create();
        RecreateRecord replaced = trial.replaced();
        if (rules == null
                || replaced == null
                || denial.owner() != null
                || !replaced.isCreatedBy(rules, body.bytes(), denial.violations())) {
            return false;
        }
        if (judge instanceof SelfJudge self && !self.isReplacementAllowed(replaced.id(), body)) {
            return false;
        }
        trial.recreates();
        return true;
    }

    /** Returns the denial if the permission has ended since the head of the request. */
    static @Nullable Denial ended(Trial trial) {
        Decision denial = trial.ended();
        return denial == null ? null : deny(trial, denial);
    }

    /** Returns the denial of a request without a body into which the proxy would write; or null. */
    static @Nullable Denial unwritten(Trial trial) {
        if (!trial.profile().edits().concerns(trial.operation())) {
            return null;
        }
        Violation missing = new Violation(
                Violation.Kind.FORM,
                "",
                "the request has no body, into which the proxy would write labels and limits of its profile",
                null);
        return deny(trial, Decision.exceeding(List.of(missing), trial.decision()));
    }

    static Denial tooLong(Trial trial, int maxBytes) {
        return Denial.of(
                Reason.BODY_TOO_LARGE,
                413,
                "the body of " + trial.operation().id() + " is limited to " + maxBytes + " bytes");
    }

    static Denial noMemory() {
        return Denial.of(
                Reason.BODY_MEMORY,
                503,
                "too many request bodies are held in memory at the same time: try again later");
    }

    /** A path in a body that was filled from a record is one that the mask hides from the client. */
    private static Denial deny(Trial trial, Decision denial) {
        boolean isHidden =
                trial.replaced() != null && trial.profile().mask().groups().contains(MaskGroup.PATHS);
        return trial.denial(denial, isHidden);
    }
}
