package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.exchange.CreateNotes.UnjudgedEndpoint;
import org.socketproxy.exchange.Denial;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.HeldBody;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.SelfJudge;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.CreatedObject;
import org.socketproxy.policy.create.RecreateRecord;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.mask.MaskRules;

/** Judges bodies, and makes the denials of bodies. */
final class BodyVerdict {
    private static final Logger LOG = LoggerFactory.getLogger(BodyVerdict.class);

    private BodyVerdict() {}

    /** Judges a whole body, and holds the bytes that are forwarded. */
    static Verdict of(Exchange exchange, BodyJudge judge, HeldBody held) {
        ByteBuffer body = prepare(exchange, held.read());
        Denial denial = body == null ? Denial.ofFailure() : judge(exchange, judge, body.duplicate());
        CreateRules rules = exchange.profile().create();
        boolean isRewritten =
                BodyTargetsStep.isConfinedByBody(exchange) || rules != null && rules.isProtecting(exchange.operation());
        if (denial == null && isRewritten && !held.reserveCopies()) {
            denial = noMemory();
        }
        if (body == null || denial != null) {
            return new Verdict.Denied(Objects.requireNonNull(denial));
        }
        exchange.hold(body);
        return Verdict.Passed.INSTANCE;
    }

    /**
     * Returns the body that is judged and forwarded: without members that {@code CREATE=safe} removes, and with the recorded values of
     * a container that is created again in place of masked ones.
     *
     * @return null after a failure: the exchange must be denied
     */
    static @Nullable ByteBuffer prepare(Exchange exchange, ByteBuffer bytes) {
        CreateRules rules = exchange.profile().create();
        if (rules == null) {
            return bytes;
        }
        RecreateRecord replaced = exchange.notes().replaced();
        MaskRules mask = exchange.profile().mask();
        try {
            ByteBuffer filled = replaced == null || mask.groups().isEmpty()
                    ? null
                    : replaced.filled(rules, mask, bytes.duplicate());
            return filled != null ? filled : CreateRules.withoutRemoved(exchange.operation(), bytes);
        } catch (RuntimeException | StackOverflowError broken) {
            LOG.error("Exchange {} is denied, because preparing its body failed", exchange.id(), broken);
            return null;
        }
    }

    /**
     * Lets the judge decide on a whole body. An exception of the judge is a denial with status 500.
     *
     * @return null if the body is allowed
     */
    static @Nullable Denial judge(Exchange exchange, BodyJudge judge, ByteBuffer bytes) {
        JsonBody body = JsonBody.of(bytes);
        try {
            if (exchange.profile().create() != null || exchange.profile().limitsExec(exchange.operation())) {
                exchange.notes().creates(CreatedObject.read(exchange.operation(), exchange.target(), body));
            }
            Decision denial = judge.deny(exchange.decision(), body);
            if (denial != null && isUndecided(exchange, denial, body)) {
                return null;
            }
            if (denial != null && !isRecreated(exchange, judge, denial, body)) {
                return deny(exchange, denial);
            }
            noteObjects(exchange, body);
            return null;
        } catch (RuntimeException | StackOverflowError broken) {
            LOG.error("Exchange {} is denied, because judging its body failed", exchange.id(), broken);
            return Denial.ofFailure();
        }
    }

    /** With recreate, the endpoint of a network is decided by its container, for which {@link BodyObjectsStep} asks. */
    private static boolean isUndecided(Exchange exchange, Decision denial, JsonBody body) {
        CreateRules rules = exchange.profile().create();
        String container = rules == null || denial.owner() != null
                ? ""
                : RecreateRecord.connected(rules, exchange.operation(), body.bytes(), denial.violations());
        if (container.isEmpty()) {
            return false;
        }
        exchange.notes().connects(new UnjudgedEndpoint(container, denial.violations()));
        return true;
    }

    /** A container that is created again has the volumes of the recorded one. */
    private static void noteObjects(Exchange exchange, JsonBody body) {
        CreateRules rules = exchange.profile().create();
        if (rules != null && !exchange.notes().isRecreated()) {
            exchange.notes().names(CreateRules.volumes(exchange.operation(), body));
            exchange.notes().joins(CreateRules.pod(exchange.operation(), body));
            exchange.notes().claims(rules.claims(exchange.operation(), body));
        }
    }

    private static boolean isRecreated(Exchange exchange, BodyJudge judge, Decision denial, JsonBody body) {
        CreateRules rules = exchange.profile().create();
        RecreateRecord replaced = exchange.notes().replaced();
        if (rules == null
                || replaced == null
                || denial.owner() != null
                || !replaced.isCreatedBy(rules, body.bytes(), denial.violations())) {
            return false;
        }
        if (judge instanceof SelfJudge self && !self.isReplacementAllowed(replaced.id(), body)) {
            return false;
        }
        exchange.notes().recreates();
        return true;
    }

    /** Returns the denial if the permission has ended since the head of the request. */
    static @Nullable Denial ended(Exchange exchange) {
        Decision denial = exchange.ended();
        return denial == null ? null : deny(exchange, denial);
    }

    static Denial tooLong(Exchange exchange, int maxBytes) {
        return Denial.of(
                Reason.BODY_TOO_LARGE,
                413,
                "the body of " + exchange.operation().id() + " is limited to " + maxBytes + " bytes");
    }

    static Denial noMemory() {
        return Denial.of(
                Reason.BODY_MEMORY,
                503,
                "too many request bodies are held in memory at the same time: try again later");
    }

    /** A path in a body that was filled from a record is one that the mask hides from the client. */
    private static Denial deny(Exchange exchange, Decision denial) {
        boolean isHidden = exchange.notes().replaced() != null
                && exchange.profile().mask().groups().contains(MaskGroup.PATHS);
        Decision shown = isHidden ? denial.withoutPaths() : denial;
        String sentence = DenialMessage.sentence(shown, exchange.profile().origin(), List::of);
        return Denial.of(denial, exchange.notes().isAfterRemoval() ? DenialMessage.afterRemoval(sentence) : sentence);
    }
}
