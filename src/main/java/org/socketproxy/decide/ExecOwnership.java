package org.socketproxy.decide;

import java.util.Optional;
import org.socketproxy.decide.Inquiry.Refusal;
import org.socketproxy.policy.create.ContainerVerdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.scope.Confinement.Subject;
import org.socketproxy.policy.scope.InspectedObject;
import org.socketproxy.policy.scope.NamedObject;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.Scope;

/**
 * Inspects the exec that a confined client starts, and its container. Each description tells whose the container is, and whether
 * the client may enter it.
 *
 * <p>Threading: never blocks; runs on the thread that reads the answer of the daemon.
 */
final class ExecOwnership {
    private final Inquiry question;
    private final Scope rules;
    private final NamedObject named;
    private final DaemonObjects objects;
    private final Refusal refusal;
    private final Runnable denial;

    /**
     * Creates the question about an exec.
     *
     * @param refusal the next step without a description
     * @param denial answers that the exec does not exist
     */
    ExecOwnership(
            Inquiry question,
            Scope rules,
            NamedObject named,
            DaemonObjects objects,
            Refusal refusal,
            Runnable denial) {
        this.question = question;
        this.rules = rules;
        this.named = named;
        this.objects = objects;
        this.refusal = refusal;
        this.denial = denial;
    }

    void ask() {
        question.ask(
                objects.ownedExecs(),
                question.rules(),
                NamedObject.question(Subject.EXEC, named.raw()),
                Subject.EXEC.noun(),
                this::judge,
                refusal);
    }

    private void judge(OwnedExec exec) {
        Optional<InspectedObject> part = exec.object().filter(object -> object.isNamed(named.name()));
        if (part.isEmpty()) {
            denial.run();
            return;
        }
        String container = part.get().owner();
        objects.execContainers().put(named.name(), container);
        if (objects.own().isAllowed(rules, container)) {
            enter(exec.verdict());
        } else {
            question.ask(
                    objects.owned(),
                    question.rules(),
                    NamedObject.question(Subject.CONTAINER, container),
                    Subject.CONTAINER.noun(),
                    owner -> judgeOwner(owner, container, exec.verdict()),
                    refusal);
        }
    }

    private void judgeOwner(OwnedContainer owner, String id, ContainerVerdict exec) {
        boolean isOwn = owner.object()
                .filter(object -> object.id().equals(id) && rules.isOwn(object.object()))
                .isPresent();
        if (!isOwn) {
            denial.run();
            return;
        }
        if (rules.isByLabelsOnly(ObjectKind.CONTAINER)) {
            objects.own().allow(rules, id);
        }
        if (owner.isEnterable()) {
            objects.judged().allow(question.rules(), id);
        }
        enter(exec);
    }

    /** The container filter judges a container that is not known to be harmless. */
    private void enter(ContainerVerdict exec) {
        CreateRules create = question.rules();
        if (!exec.violations().isEmpty()) {
            question.deny(exec.violations());
            return;
        }
        if (objects.judged().isAllowed(create, exec.id())) {
            question.exchange().notes().judgeEntering();
        } else {
            question.exchange().notes().judgeExec(exec.id());
        }
        question.passOn(question.exchange().target());
    }
}
