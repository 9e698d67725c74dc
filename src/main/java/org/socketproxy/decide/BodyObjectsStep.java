package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Inquiry.EndOfRun;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.Archives;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.DaemonDefaults.DefaultClaim;
import org.socketproxy.policy.create.PodVerdict;
import org.socketproxy.policy.create.Unjudged;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.scope.InspectedObject;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRefs;
import org.socketproxy.policy.scope.ScopeRule.Subject;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.policy.self.ProxyContainer;
import org.socketproxy.protect.SelfProtection;
import org.socketproxy.recreate.RecreateRecord;

/**
 * With {@code CREATE=safe}, asks the daemon about the existing objects that a judged body names, and denies the request if one of
 * them has more than the rules allow: the volumes of a container or service, the volume that an archive fills, the pod of a container, the daemon's defaults,
 * and with {@code CREATE_ALLOW=recreate} the container that is connected to a network. Also denies a build if the daemon is Podman. Where no command may run as
 * root, also asks for the user of the container of an exec.
 */
final class BodyObjectsStep implements Step {

    private final DaemonObjects objects;
    private final SelfProtection self;

    /** @param self knows the proxy's container; no container is added to its pod */
    BodyObjectsStep(DaemonObjects objects, SelfProtection self) {
        this.self = self;
        this.objects = objects;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        CreateRules rules = trial.profile().create();
        List<DefaultClaim> ofQuery = rules == null ? List.of() : rules.claims(trial.operation(), trial.target());
        if (!ofQuery.isEmpty()) {
            trial.leave(trial.unjudged().withClaims(ofQuery));
        }
        if (rules != null && Archives.isFillingVolume(trial.operation())) {
            trial.leave(trial.unjudged()
                    .withVolumes(ObjectRefs.changed(trial.operation(), trial.target()).stream()
                            .map(ObjectRef::lookup)
                            .toList()));
        }
        List<Violation> ofUser = trial.unjudged().claims().stream()
                .filter(claim -> claim.kind() == DefaultClaim.Kind.CONTAINER_USER)
                .map(DefaultClaim::violation)
                .toList();
        if (!ofUser.isEmpty()) {
            return inquiry.judge(() -> judgeUser(inquiry, ofUser));
        }
        return trial.unjudged().isEmpty()
                ? null
                : inquiry.judge(() -> judge(inquiry, new AccessJudge(inquiry, objects, self)));
    }

    /** Judges an exec without a user, which has that of the container that it enters: by its id, because names can change. */
    private static Verdict judgeUser(Inquiry inquiry, List<Violation> ofRoot) throws EndOfRun {
        Trial trial = inquiry.trial();
        ObjectRef entered = ObjectRefs.entered(trial.operation(), trial.target());
        if (entered == null) {
            return inquiry.denied(ofRoot);
        }
        String id = inquiry.inspect(
                "/containers/" + entered.lookup() + "/json",
                AccessJudge.CONTAINER,
                found -> found.isOfNonRoot()
                        ? found.object(Subject.CONTAINER)
                                .map(InspectedObject::id)
                                .orElse("")
                        : "");
        RequestTarget byId = id.isEmpty() ? null : entered.withId(trial.target(), id);
        return byId == null ? inquiry.denied(ofRoot) : inquiry.passed(byId);
    }

    private Verdict judge(Inquiry inquiry, AccessJudge access) throws EndOfRun {
        Unjudged unjudged = inquiry.trial().unjudged();
        List<DefaultClaim> claims = unjudged.claims();
        List<Violation> ofClaims = claims.isEmpty()
                ? List.of()
                : inquiry.inspect("/info", "daemon", found -> found.defaults().violations(claims));
        Unjudged.Endpoint endpoint = unjudged.endpoint();
        if (!ofClaims.isEmpty()) {
            return decide(inquiry, ofClaims);
        }
        if (!unjudged.pod().isEmpty()) {
            return joined(inquiry, access);
        }
        return endpoint == null
                ? decide(inquiry, access.ofVolumes(unjudged.volumes(), true))
                : connected(
                        inquiry, endpoint, access.inspect(endpoint.container()).description());
    }

    private static Verdict joined(Inquiry inquiry, AccessJudge access) throws EndOfRun {
        Unjudged unjudged = inquiry.trial().unjudged();
        PodVerdict pod = access.pod(unjudged.pod());
        List<Violation> violations = access.violations(pod, false);
        if (violations.isEmpty()) {
            List<Violation> ofVolumes = access.ofVolumes(unjudged.volumes(), true);
            violations = join(inquiry, pod.id());
            if (violations.isEmpty()) {
                return decide(inquiry, ofVolumes);
            }
        }
        return inquiry.denied(violations);
    }

    /** Puts the id of the judged pod into the body: the client could remove the pod, and Podman would take its name for the start of another id. */
    private static List<Violation> join(Inquiry inquiry, String pod) {
        Trial trial = inquiry.trial();
        Map<String, JsonValue> members =
                new LinkedHashMap<>(JsonBody.of(trial.heldBody()).object().members());
        members.put("pod", new JsonString(pod));
        ByteBuffer joined = JsonText.write(new JsonObject(members));
        List<Violation> violations = inquiry.rules().judgeBody(trial.operation(), JsonBody.of(joined.duplicate()));
        if (violations.isEmpty()) {
            trial.hold(joined);
        }
        return violations;
    }

    private static Verdict decide(Inquiry inquiry, List<Violation> violations) {
        Trial trial = inquiry.trial();
        RecreateRecord replaced = trial.replaced();
        if (violations.isEmpty()) {
            return inquiry.passed(trial.target());
        }
        if (replaced == null || !replaced.isCreatedBy(inquiry.rules(), trial.heldBody(), violations)) {
            return inquiry.denied(violations);
        }
        trial.recreates();
        return inquiry.passed(trial.target());
    }

    /** An updater connects the new container with the address that the daemon gave the old one. */
    private Verdict connected(Inquiry inquiry, Unjudged.Endpoint endpoint, @Nullable RecreateRecord described) {
        Trial trial = inquiry.trial();
        RecreateRecord before =
                described == null ? null : objects.ended().find(trial.profile().recordingScope(), described.name());
        String network = trial.target().segments().get(1);
        if (described != null
                && before != null
                && described.hasRightsOf(before)
                && before.isConnectedBy(network, trial.heldBody())) {
            trial.recreates();
            return inquiry.passed(trial.target());
        }
        if (!endpoint.violations().isEmpty()) {
            return inquiry.denied(endpoint.violations());
        }
        ProxyContainer own = Objects.requireNonNull(self.container()); // an alias of it
        return new Verdict.Denied(SelfStep.denial(trial, ProtectedSubject.of(own)));
    }
}
