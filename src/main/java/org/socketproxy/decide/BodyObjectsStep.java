package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.CreateNotes;
import org.socketproxy.exchange.CreateNotes.UnjudgedEndpoint;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.DaemonDefaults.DefaultClaim;
import org.socketproxy.policy.create.RecreateRecord;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.self.ProtectedSubject;

/**
 * With {@code CREATE=safe}, asks the daemon about the existing objects that a judged body names, and denies the request if one of
 * them has more than the rules allow: the volumes of a container or service, the pod of a container, the daemon's defaults, and with
 * {@code CREATE_ALLOW=recreate} the container that is connected to a network.
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
        List<String> volumes = notes.volumes();
        List<DefaultClaim> claims = notes.claims();
        UnjudgedEndpoint endpoint = notes.endpoint();
        String pod = notes.pod();
        if (volumes.isEmpty() && claims.isEmpty() && endpoint == null && pod.isEmpty()) {
            return null;
        }
        return question.run(() -> {
            if (claims.isEmpty()) {
                judgeObjects(question, pod, volumes, endpoint);
            } else {
                question.ask("/info", "daemon", found -> {
                    List<Violation> violations = found.defaults().violations(claims);
                    if (violations.isEmpty()) {
                        judgeObjects(question, pod, volumes, endpoint);
                    } else {
                        decide(question, violations);
                    }
                });
            }
        });
    }

    private void judgeObjects(Inquiry question, String pod, List<String> volumes, @Nullable UnjudgedEndpoint endpoint) {
        if (!pod.isEmpty()) {
            new PodLookup(question, objects, self, PodLookup.Scope.INFRA, (judged, violations) -> {
                        if (violations.isEmpty()) {
                            join(question, judged.id(), volumes);
                        } else {
                            question.deny(violations);
                        }
                    })
                    .ask(pod);
        } else if (endpoint == null) {
            judgeVolumes(question, volumes);
        } else {
            question.ask(
                    "/containers/" + endpoint.container() + "/json",
                    "container",
                    found -> decide(
                            question,
                            endpoint,
                            found.container(question.rules()).description()));
        }
    }

    /** Puts the id of the judged pod into the body: the client could remove the pod, and Podman would take its name for the start of another id. */
    private void join(Inquiry question, String pod, List<String> volumes) {
        Exchange exchange = question.exchange();
        ByteBuffer joined = JsonText.write(CreateRules.withPod(JsonBody.of(exchange.heldBody()), pod));
        List<Violation> violations = question.rules().judgeBody(exchange.operation(), JsonBody.of(joined.duplicate()));
        if (violations.isEmpty()) {
            exchange.replaceBody(joined);
            judgeVolumes(question, volumes);
        } else {
            question.deny(violations);
        }
    }

    private void judgeVolumes(Inquiry question, List<String> volumes) {
        new VolumeLookup(question, volumes, true, violations -> decide(question, violations)).next();
    }

    private static void decide(Inquiry question, List<Violation> violations) {
        Exchange exchange = question.exchange();
        RecreateRecord replaced = exchange.notes().replaced();
        if (violations.isEmpty()) {
            question.passOn(exchange.target());
        } else if (replaced != null && replaced.isCreatedBy(question.rules(), exchange.heldBody(), violations)) {
            exchange.notes().recreates();
            question.passOn(exchange.target());
        } else {
            question.deny(violations);
        }
    }

    /** An updater connects the new container with the address that the daemon gave the old one. */
    private void decide(Inquiry question, UnjudgedEndpoint endpoint, @Nullable RecreateRecord described) {
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
            question.passOn(exchange.target());
        } else if (endpoint.violations().isEmpty()) { // an alias of the proxy's container
            question.answer(SelfStep.deny(exchange, ProtectedSubject.of(Objects.requireNonNull(self.container()))));
        } else {
            question.deny(endpoint.violations());
        }
    }
}
