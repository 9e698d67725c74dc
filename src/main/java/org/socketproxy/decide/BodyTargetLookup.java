package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.scope.Confinement.Subject;
import org.socketproxy.policy.scope.ImageMatch;
import org.socketproxy.policy.scope.InspectedObject;
import org.socketproxy.policy.scope.MissingObject;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.Reference;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopedBody;

/**
 * Inspects the objects that a body names, one after the other, creates missing volumes, and passes the request on with the resolved
 * body.
 *
 * <p>Threading: never blocks; runs on the thread that reads the answer of the daemon.
 *
 * <p>Security: the resolved body is read and judged again, and only it is forwarded. While the daemon is asked, the bytes of the
 * body are held, which are counted, and not its tree.
 */
final class BodyTargetLookup {
    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;
    private static final int ERROR = 500;

    private final Inquiry question;
    private final Exchange exchange;
    private final Scope rules;
    /** Has no members. */
    private final ScopedBody body;

    private final DaemonObjects objects;
    private final BodyJudge judge;
    private final Queue<Reference> references;
    /** Networks on which the body gives a container another name. */
    private final Set<Reference> named;

    private final Map<Reference, String> found = new HashMap<>();

    /** @param judge judges the body of the client and the resolved one */
    BodyTargetLookup(Inquiry question, Scope rules, ScopedBody body, DaemonObjects objects, BodyJudge judge) {
        this.judge = judge;
        this.question = question;
        this.exchange = question.exchange();
        this.rules = rules;
        this.body = body.withoutMembers();
        this.objects = objects;
        this.named = body.namedNetworks();
        this.references = new ArrayDeque<>(body.references());
    }

    void begin() {
        if (references.size() > ScopedBody.MOST) {
            question.deny(
                    "target-body", new ErrorReply(403, "the body names more than " + ScopedBody.MOST + " objects"));
        } else {
            next();
        }
    }

    private void next() {
        Reference reference = references.poll();
        while (reference != null && isKnown(reference)) {
            found.put(reference, reference.name());
            reference = references.poll();
        }
        if (reference == null) {
            forward();
        } else if (!reference.isPlain()) {
            deny(reference);
        } else {
            Reference asked = reference;
            question.ask(
                    reference.question(),
                    reference.subject().noun(),
                    found -> judge(asked, found.object(asked.subject())),
                    (status, error) -> isRefused(asked, status));
        }
    }

    private boolean isKnown(Reference reference) {
        return switch (reference.subject()) {
            case CONTAINER -> objects.own().isAllowed(rules, reference.name());
            case IMAGE ->
                !reference.isLibpod()
                        && ImageMatch.isOwnByName(rules, reference.name())
                        && (!body.isNewContainer() || ImageMatch.isFull(reference.name()));
            default -> false;
        };
    }

    private void accept(Reference reference, String id) {
        found.put(reference, id);
        next();
    }

    private void judge(Reference reference, Optional<InspectedObject> described) {
        Optional<InspectedObject> own =
                described.filter(object -> reference.isOwn(rules, object) || isOwnShort(reference, object));
        if (own.isEmpty()) {
            deny(reference);
            return;
        }
        InspectedObject object = own.get();
        if (object.subject() == Subject.CONTAINER && rules.isByLabelsOnly(ObjectKind.CONTAINER)) {
            objects.own().allow(rules, object.id());
        }
        if (named.contains(reference) && rules.isShared(object.object())) {
            question.deny("target-name", new ErrorReply(403, body.sharedNetwork(reference.name())));
            return;
        }
        accept(reference, reference.resolved(object));
    }

    /** Podman finds an image by a short name for a new container, also on the Docker API. */
    private boolean isOwnShort(Reference reference, InspectedObject object) {
        return reference.subject() == Subject.IMAGE
                && body.isNewContainer()
                && new ImageMatch(object, reference.name(), true).isOwn(rules);
    }

    private boolean isRefused(Reference reference, int status) {
        if (reference.subject() == Subject.VOLUME && status == NOT_FOUND) {
            createVolume(reference);
            return true;
        }
        boolean isMissing = status == NOT_FOUND || status == BAD_REQUEST || status == ERROR;
        if (isMissing) {
            deny(reference);
        }
        return isMissing;
    }

    /** The daemon would create the volume without the labels of the profile. */
    private void createVolume(Reference reference) {
        if (body.isNewVolume()) {
            accept(reference, reference.name());
        } else if (!body.isVolumeCreatable(reference.name())) {
            deny(reference);
        } else {
            question.create(
                    objects.query()
                            .post(
                                    "/volumes/create",
                                    JsonText.write(body.newVolume(reference.name())),
                                    exchange.clientSide()),
                    Subject.VOLUME.noun(),
                    answer -> judge(reference, InspectedObject.read(Subject.VOLUME, answer)));
        }
    }

    private void deny(Reference reference) {
        question.deny(
                body.isNewVolume()
                        ? MissingObject.takenVolume(exchange.operation(), reference.name())
                        : MissingObject.ofBody(exchange.operation(), reference.subject(), reference.name()));
    }

    private void forward() {
        ByteBuffer resolved = JsonText.write(
                Objects.requireNonNull(BodyTargetsStep.read(exchange, rules)).resolved(found));
        ErrorReply denial = resolved.remaining() > judge.maxBytes()
                ? BodyVerdict.tooLong(exchange, judge)
                : BodyVerdict.judge(exchange, judge, resolved.duplicate());
        if (denial != null) {
            question.answer(denial);
            return;
        }
        checkCreation();
        exchange.replaceBody(resolved);
        question.passOn(exchange.target());
    }

    private void checkCreation() {
        CreationCheck check = new CreationCheck(objects, rules, exchange.clientSide());
        List<Reference> volumes = found.keySet().stream()
                .filter(reference -> reference.subject() == Subject.VOLUME)
                .toList();
        if (body.isNewVolume()) {
            exchange.check(new CreationTransform(check::volume));
        } else if (body.isNewContainer() && !volumes.isEmpty()) {
            exchange.check(new CreationTransform(response -> check.container(response, volumes)));
        }
    }
}
