package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.decide.Inquiry.EndOfRun;
import org.socketproxy.exchange.CreateNotes;
import org.socketproxy.exchange.CreateNotes.UnjudgedEndpoint;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.Archives;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.DaemonDefaults.DefaultClaim;
import org.socketproxy.policy.create.PodVerdict;
import org.socketproxy.policy.create.RecreateRecord;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRefs;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.policy.self.ProxyContainer;

/**
 * With {@code CREATE=safe}, asks the daemon about the existing objects that a judged body names, and denies the request if one of
 * them has more than the rules allow: the volumes of a container or service, the volume that an archive fills, the pod of a container, the daemon's defaults, the user
 * of the container of an exec, and with {@code CREATE_ALLOW=recreate} the container that is connected to a network. Also denies a build if the daemon is Podman.
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
    public @Nullable CompletableFuture<Verdict> run(Inquiry question) {
        Exchange exchange = question.exchange();
        CreateNotes notes = exchange.notes();
        List<DefaultClaim> ofQuery = question.rules().claims(exchange.operation(), exchange.target());
        if (!ofQuery.isEmpty()) {
            notes.claims(ofQuery);
        }
        if (Archives.isFillingVolume(exchange.operation())) {
            notes.names(ObjectRefs.changed(exchange.operation(), exchange.target()).stream()
                    .map(ObjectRef::lookup)
                    .toList());
        }
        boolean isUnjudged = !notes.volumes().isEmpty()
                || !notes.claims().isEmpty()
                || notes.endpoint() != null
                || !notes.pod().isEmpty();
        return isUnjudged ? question.judge(() -> judge(question, new AccessJudge(question, objects, self))) : null;
    }

    private Verdict judge(Inquiry question, AccessJudge access) throws EndOfRun {
        CreateNotes notes = question.exchange().notes();
        List<Violation> ofUser = access.ofUser(notes.claims());
        if (!ofUser.isEmpty()) {
            return question.denied(ofUser);
        }
        List<DefaultClaim> claims = notes.claims().stream()
                .filter(claim -> claim.kind() != DefaultClaim.Kind.CONTAINER_USER)
                .toList();
        List<Violation> ofClaims = claims.isEmpty()
                ? List.of()
                : question.inspect("/info", "daemon", found -> found.defaults().violations(claims));
        UnjudgedEndpoint endpoint = notes.endpoint();
        if (!ofClaims.isEmpty()) {
            return decide(question, ofClaims);
        }
        if (!notes.pod().isEmpty()) {
            return joined(question, access);
        }
        return endpoint == null
                ? decide(question, access.ofVolumes(notes.volumes(), true))
                : connected(
                        question, endpoint, access.inspect(endpoint.container()).description());
    }

    private static Verdict joined(Inquiry question, AccessJudge access) throws EndOfRun {
        CreateNotes notes = question.exchange().notes();
        PodVerdict pod = access.pod(notes.pod());
        List<Violation> violations = access.violations(pod, false);
        if (violations.isEmpty()) {
            List<Violation> ofVolumes = access.ofVolumes(notes.volumes(), true);
            violations = join(question, pod.id());
            if (violations.isEmpty()) {
                return decide(question, ofVolumes);
            }
        }
        return question.denied(violations);
    }

    /** Puts the id of the judged pod into the body: the client could remove the pod, and Podman would take its name for the start of another id. */
    private static List<Violation> join(Inquiry question, String pod) {
        Exchange exchange = question.exchange();
        ByteBuffer joined = JsonText.write(CreateRules.withPod(JsonBody.of(exchange.heldBody()), pod));
        List<Violation> violations = question.rules().judgeBody(exchange.operation(), JsonBody.of(joined.duplicate()));
        if (violations.isEmpty()) {
            exchange.replaceBody(joined);
        }
        return violations;
    }

    private static Verdict decide(Inquiry question, List<Violation> violations) {
        Exchange exchange = question.exchange();
        RecreateRecord replaced = exchange.notes().replaced();
        if (violations.isEmpty()) {
            return question.passed(exchange.target());
        }
        if (replaced == null || !replaced.isCreatedBy(question.rules(), exchange.heldBody(), violations)) {
            return question.denied(violations);
        }
        exchange.notes().recreates();
        return question.passed(exchange.target());
    }

    /** An updater connects the new container with the address that the daemon gave the old one. */
    private Verdict connected(Inquiry question, UnjudgedEndpoint endpoint, @Nullable RecreateRecord described) {
        Exchange exchange = question.exchange();
        RecreateRecord before = described == null
                ? null
                : objects.records().find(exchange.profile().recordingScope(), described.name());
        String network = exchange.target().segments().get(1);
        if (described != null
                && before != null
                && described.hasRightsOf(before)
                && before.isConnectedBy(network, exchange.heldBody())) {
            exchange.notes().recreates();
            return question.passed(exchange.target());
        }
        if (!endpoint.violations().isEmpty()) {
            return question.denied(endpoint.violations());
        }
        ProxyContainer own = Objects.requireNonNull(self.container()); // an alias of it
        return new Verdict.Denied(SelfStep.denial(exchange, ProtectedSubject.of(own)));
    }
}
