package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.Denial;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Inquiry.EndOfRun;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.CreationTransform;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.scope.ImageMatch;
import org.socketproxy.policy.scope.InspectedObject;
import org.socketproxy.policy.scope.MissingObject;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRule;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopeRule.Subject;
import org.socketproxy.policy.scope.ScopedBody;

/**
 * Judges by a rule the objects that a body names, creates missing volumes, and replaces the body by the resolved one.
 *
 * <p>Security: the resolved body is read and judged again, and only it is forwarded. While the daemon is asked, the bytes of the
 * body are held, which are counted, and not its tree.
 */
final class BodyScopeJudge {

    private final Inquiry inquiry;
    private final Trial trial;
    private final ObjectRule rule;
    private final Scope scope;
    /** Has no members. */
    private final ScopedBody body;

    private final DaemonObjects objects;
    private final BodyJudge judge;
    private final ScopeJudge targets;
    private final Set<ObjectRef> references;
    /** Networks on which the body gives a container another name. */
    private final Set<ObjectRef> named;
    /** The name of a new network, if it looks like the beginning of an id. */
    private final @Nullable ObjectRef likeId;
    /** The names in the resolved body. */
    private final Map<ObjectRef, String> ids = new HashMap<>();

    /** @param judge judges the body of the client and the resolved one */
    BodyScopeJudge(Inquiry inquiry, ObjectRule rule, ScopedBody body, DaemonObjects objects, BodyJudge judge) {
        this.judge = judge;
        this.inquiry = inquiry;
        this.trial = inquiry.trial();
        this.rule = rule;
        this.scope = rule.ofCreated();
        this.body = body.withoutMembers();
        this.objects = objects;
        this.targets = new ScopeJudge(inquiry, rule, objects);
        this.named = rule.isHiding() ? body.namedNetworks() : Set.of();
        this.references = body.references();
        this.likeId = rule.isProtecting() ? null : body.nameLikeId();
        if (rule.isProtecting()) { // a service or a pod can mount others
            trial.unjudged()
                    .volumes()
                    .forEach(name -> references.add(ObjectRef.ofBody(
                            Subject.VOLUME, name, trial.operation().isLibpod())));
        }
    }

    Verdict judge() throws EndOfRun {
        if (likeId != null && isIdOfAnother(likeId)) {
            String sentence = trial.operation().id() + " needs a name with which the id of no other network begins";
            return Verdict.denied(Reason.TARGET_NAME, 403, sentence);
        }
        if (references.size() > ScopedBody.MOST) {
            return Verdict.denied(Reason.TARGET_BODY, 403, "the body names more than " + ScopedBody.MOST + " objects");
        }
        for (ObjectRef reference : references) {
            String id = ids.containsKey(reference) ? ids.get(reference) : id(reference);
            if (id == null) {
                throw Inquiry.outside(
                        body.isNewVolume()
                                ? MissingObject.takenVolume(trial.operation(), reference.name())
                                : MissingObject.of(trial.operation(), reference, trial.target()));
            }
            ids.put(reference, id);
        }
        if (rule.isProtecting()) {
            checkVolumes();
        }
        return forwarded();
    }

    /** An answer that cannot be read is one of another network. */
    private boolean isIdOfAnother(ObjectRef network) throws EndOfRun {
        return inquiry.read(
                network.query(),
                Subject.NETWORK.noun(),
                found -> found.isDescribed()
                        ? found.object(Subject.NETWORK)
                                .filter(object -> !object.id().startsWith(network.name()))
                                .isEmpty()
                        : found.status() != HttpStatus.NOT_FOUND_404);
    }

    /** Denies a volume that a protected container uses. */
    private void checkVolumes() throws EndOfRun {
        List<String> names = body.isNewVolume()
                ? List.of()
                : volumes().stream().map(ObjectRef::name).toList();
        String use = new ProtectedUses(inquiry, rule).ofVolumes(names);
        if (use != null) {
            throw new EndOfRun(targets.denied(use));
        }
    }

    private List<ObjectRef> volumes() {
        return references.stream()
                .filter(reference -> reference.subject() == Subject.VOLUME)
                .toList();
    }

    /** Returns the name in the resolved body; null if the object is missing. */
    private @Nullable String id(ObjectRef reference) throws EndOfRun {
        if (isKnown(reference)) {
            return reference.name();
        }
        if (!reference.isPlain()) {
            return null;
        }
        if (rule.isProtecting() && reference.subject() == Subject.POD) {
            return Objects.requireNonNull(targets.changedPod(reference)).resolved();
        }
        ScopeJudge.Found found = targets.find(reference);
        if (found.isAbsent() && reference.subject() == Subject.VOLUME) {
            return newVolume(reference);
        }
        ScopeJudge.Own own = found.own();
        if (own != null && found.isShared() && named.contains(reference)) {
            throw new EndOfRun(Verdict.denied(Reason.TARGET_NAME, 403, body.sharedNetwork(reference.name())));
        }
        return own == null ? null : own.resolved();
    }

    private boolean isKnown(ObjectRef reference) {
        return switch (reference.subject()) {
            case CONTAINER -> !rule.isProtecting() && objects.own().isAllowed(scope, reference.name());
            case VOLUME -> rule.isProtecting() && body.isNewVolume();
            case IMAGE ->
                // a new container changes no image
                !rule.isHiding()
                        || !reference.isLibpod()
                                && ImageMatch.isOwnByName(scope, reference.name())
                                && (!body.isNewContainer() || ImageMatch.isFull(reference.name()));
            default -> false;
        };
    }

    /** The daemon would create the volume without the labels of the profile. */
    private @Nullable String newVolume(ObjectRef volume) throws EndOfRun {
        if (body.isNewVolume() || rule.isProtecting()) {
            return volume.name();
        }
        if (!body.isVolumeCreatable(volume.name())) {
            return null;
        }
        objects.announceVolume(trial.client(), volume.name());
        boolean isCreated = inquiry.create(
                "/volumes/create",
                JsonText.write(body.newVolume(volume.name())),
                Subject.VOLUME.noun(),
                created -> isOwn(volume, created));
        return isCreated ? volume.name() : null;
    }

    private boolean isOwn(ObjectRef volume, ByteBuffer created) {
        return InspectedObject.read(Subject.VOLUME, created)
                .filter(object -> volume.isOwn(scope, trial.operation(), object))
                .isPresent();
    }

    private Verdict forwarded() {
        if (rule.isProtecting()
                && ids.entrySet().stream().allMatch(each -> each.getKey().name().equals(each.getValue()))) {
            return inquiry.passed(trial.target());
        }
        ByteBuffer resolved = JsonText.write(
                Objects.requireNonNull(BodyTargetsStep.read(trial, scope)).resolved(ids));
        Denial denial = resolved.remaining() > judge.maxBytes()
                ? BodyVerdict.tooLong(trial, judge.maxBytes())
                : BodyVerdict.judge(trial, judge, JsonBody.of(resolved));
        if (denial != null) {
            return new Verdict.Denied(denial);
        }
        if (!rule.isProtecting()) {
            checkCreation();
        }
        trial.hold(resolved);
        return inquiry.passed(trial.target());
    }

    private void checkCreation() {
        CreationCheck check = new CreationCheck(objects, scope, trial);
        List<ObjectRef> volumes = volumes();
        if (body.isNewVolume()) {
            trial.check(new CreationTransform(check::volume));
        } else if (body.isNewContainer() && !volumes.isEmpty()) {
            trial.check(new CreationTransform(response -> check.container(response, volumes)));
        }
    }
}
