package org.socketproxy.decide;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.socketproxy.decide.Inquiry.Refusal;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.scope.Confinement.Subject;
import org.socketproxy.policy.scope.InspectedObject;
import org.socketproxy.policy.scope.InspectedPod;
import org.socketproxy.policy.scope.NamedObject;
import org.socketproxy.policy.scope.ObjectIdentity;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopeQuery;

/**
 * Inspects the pod that a confined client changes. If the pod has containers, all of them must belong to the profile.
 *
 * <p>Threading: never blocks; runs on the thread that reads the answer of the daemon.
 */
final class WrittenPod {
    private final Inquiry question;
    private final Exchange exchange;
    private final Scope rules;
    private final NamedObject named;
    private final Refusal refusal;
    private final Runnable denial;

    /**
     * Creates the question about a pod.
     *
     * @param refusal the next step without a description
     * @param denial answers that the pod does not exist
     */
    WrittenPod(Inquiry question, Scope rules, NamedObject named, Refusal refusal, Runnable denial) {
        this.question = question;
        this.exchange = question.exchange();
        this.rules = rules;
        this.named = named;
        this.refusal = refusal;
        this.denial = denial;
    }

    void ask() {
        question.ask(
                named.question(exchange.operation(), exchange.target()),
                Subject.POD.noun(),
                found -> {
                    InspectedPod pod = found.pod();
                    pod.object()
                            .ifPresent(
                                    object -> question.remember(NamedObject.question(Subject.POD, object.id()), found));
                    judge(pod);
                },
                refusal);
    }

    private void judge(InspectedPod pod) {
        Optional<InspectedObject> own =
                pod.object().filter(object -> object.isNamed(named.name()) && rules.isOwn(object.object()));
        if (own.isEmpty()) {
            denial.run();
        } else if (pod.members().isEmpty()) {
            passOn(own.get());
        } else if (rules.selector(ObjectKind.CONTAINER) == null) {
            refuse();
        } else {
            InspectedObject kept = own.get().withoutLabels();
            ScopeQuery list = new ScopeQuery(rules, ObjectKind.CONTAINER);
            question.ask(
                    list.target(),
                    ObjectKind.CONTAINER.noun(),
                    found -> judge(pod.members(), kept, found.objects(list)));
        }
    }

    private void judge(Collection<String> members, InspectedObject own, Optional<List<ObjectIdentity>> containers) {
        Set<String> ids =
                containers.orElse(List.of()).stream().map(ObjectIdentity::id).collect(Collectors.toSet());
        if (ids.containsAll(members)) {
            passOn(own);
        } else {
            refuse();
        }
    }

    private void passOn(InspectedObject pod) {
        question.passOn(named.withId(exchange.target(), pod.id()));
    }

    private void refuse() {
        String sentence = exchange.operation().id() + " reaches containers in this pod that are not of this profile";
        question.deny("target-outside", new ErrorReply(403, sentence));
    }
}
