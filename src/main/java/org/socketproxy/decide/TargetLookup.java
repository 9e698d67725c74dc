package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.scope.Confinement.Subject;
import org.socketproxy.policy.scope.ImageMatch;
import org.socketproxy.policy.scope.InspectedObject;
import org.socketproxy.policy.scope.InspectedPod;
import org.socketproxy.policy.scope.LibpodPull;
import org.socketproxy.policy.scope.MissingObject;
import org.socketproxy.policy.scope.NamedObject;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.Scope;

/**
 * Inspects the object that a path names, and passes the request on if the object belongs to the profile.
 *
 * <p>Threading: never blocks; runs on the thread that reads the answer of the daemon.
 *
 * <p>Security: a missing object, an object of another profile and a name with several meanings have the same response.
 */
final class TargetLookup {
    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;
    private static final int ERROR = 500;
    private static final String INVALID_NAME = "{\"message\":\"invalid reference format";

    private final Inquiry question;
    private final Exchange exchange;
    private final Scope rules;
    private final NamedObject named;
    private final DaemonObjects objects;

    TargetLookup(Inquiry question, Scope rules, NamedObject named, DaemonObjects objects) {
        this.question = question;
        this.exchange = question.exchange();
        this.rules = rules;
        this.named = named;
        this.objects = objects;
    }

    /** Returns true if the path has the full id of a container that belongs to the profile, or of an exec in one. */
    static boolean isKnown(DaemonObjects objects, Scope rules, NamedObject named) {
        String container = switch (named.subject()) {
            case CONTAINER -> named.raw();
            case EXEC -> objects.execContainers().find(named.raw());
            default -> null;
        };
        return container != null && objects.own().isAllowed(rules, container);
    }

    void ask() {
        if (named.subject() == Subject.POD && InspectedPod.isReachedBy(exchange.operation())) {
            new WrittenPod(question, rules, named, this::isRefused, this::deny).ask();
        } else {
            ask(named.subject(), named.question(exchange.operation(), exchange.target()), this::judge);
        }
    }

    private void ask(Subject subject, String target, Consumer<Optional<InspectedObject>> next) {
        question.ask(
                target,
                subject.noun(),
                found -> {
                    Optional<InspectedObject> object = found.object(subject);
                    if (subject == Subject.CONTAINER && object.isPresent()) { // the next steps ask by the id
                        question.remember(
                                NamedObject.question(subject, object.get().id()), found);
                    }
                    next.accept(object);
                },
                this::isRefused);
    }

    /** An ambiguous name is one of an object that exists. An invalid name has no object. */
    private boolean isRefused(int status, ByteBuffer body) {
        boolean isNamed = status == NOT_FOUND
                || status == ERROR
                || status == BAD_REQUEST
                        && !(named.subject() == Subject.IMAGE
                                && StandardCharsets.UTF_8
                                        .decode(body.duplicate())
                                        .toString()
                                        .startsWith(INVALID_NAME));
        if (isNamed) {
            deny();
        }
        return isNamed;
    }

    private void judge(Optional<InspectedObject> described) {
        switch (named.subject()) {
            case EXEC ->
                judgePart(described, container -> {
                    objects.execContainers().put(named.name(), container);
                    if (objects.own().isAllowed(rules, container)) {
                        question.passOn(exchange.target());
                    } else {
                        ask(
                                Subject.CONTAINER,
                                NamedObject.question(Subject.CONTAINER, container),
                                found -> judgeOwner(found, container, exchange.target()));
                    }
                });
            case TASK ->
                judgePart(
                        described,
                        service -> ask(
                                Subject.SERVICE,
                                NamedObject.question(Subject.SERVICE, service),
                                found -> judgeOwner(found, service, byId(described.orElseThrow()))));
            default -> {
                if (isOwn(described, named.name())) {
                    remember(described);
                    passOn(described.orElseThrow());
                } else {
                    deny();
                }
            }
        }
    }

    private void passOn(InspectedObject own) {
        if (isPull()) {
            question.passOn(
                    LibpodPull.ofExisting(exchange.target(), namedImage(own).resolved()));
        } else if (named.subject() == Subject.IMAGE && exchange.operation().isLibpod()) {
            question.passOn(named.withId(exchange.target(), namedImage(own).resolved()));
        } else if (isByName()) {
            question.passOn(exchange.target());
        } else if (isNetworkDeletion() && exchange.operation().isLibpod()) {
            question.passOn(byName(own));
        } else if (isNetworkDeletion()) {
            removeNetwork(own.withoutLabels());
        } else {
            question.passOn(byId(own));
        }
    }

    /** Only Podman has the network on its own API. */
    private void removeNetwork(InspectedObject own) {
        question.ask(
                NamedObject.podmanNetwork(own.id()),
                Subject.NETWORK.noun(),
                onPodman -> question.passOn(byName(own)),
                (status, body) -> {
                    boolean isMissing = status == NOT_FOUND;
                    if (isMissing) {
                        question.passOn(byId(own));
                    }
                    return isMissing;
                });
    }

    /**
     * Podman finds the containers of a network only by its name. Removal by id succeeds even if containers use the network. They would then
     * join the next network with this name, also one of another profile.
     */
    private RequestTarget byName(InspectedObject network) {
        return named.withId(exchange.target(), network.names().get(0));
    }

    private void judgePart(Optional<InspectedObject> described, Consumer<String> next) {
        Optional<InspectedObject> part = described.filter(object -> object.isNamed(named.name()));
        if (part.isPresent()) {
            next.accept(part.get().owner());
        } else {
            deny();
        }
    }

    private void judgeOwner(Optional<InspectedObject> owner, String id, RequestTarget target) {
        if (owner.filter(object -> object.id().equals(id) && rules.isOwn(object.object()))
                .isPresent()) {
            remember(owner);
            question.passOn(target);
        } else {
            deny();
        }
    }

    private boolean isOwn(Optional<InspectedObject> described, String name) {
        return described
                .filter(object -> object.subject() == Subject.IMAGE
                        ? isOwnImage(object)
                        : object.isNamed(name) && rules.isOwn(object.object()))
                .isPresent();
    }

    private boolean isOwnImage(InspectedObject object) {
        ImageMatch image = namedImage(object);
        return OperationRules.is(exchange.operation(), OperationRules.Trait.REMOVES_IMAGE)
                ? image.isRemovable(rules)
                : image.isOwn(rules);
    }

    private ImageMatch namedImage(InspectedObject object) {
        Operation operation = exchange.operation();
        return new ImageMatch(object, named.imageName(operation, exchange.target()), operation.isLibpod());
    }

    /** Labels of a container never change. A name does. */
    private void remember(Optional<InspectedObject> described) {
        described
                .filter(object -> object.subject() == Subject.CONTAINER && rules.isByLabelsOnly(ObjectKind.CONTAINER))
                .ifPresent(container -> objects.own().allow(rules, container.id()));
    }

    /** Volumes have no id. A client can depend on the name of an image. */
    private boolean isByName() {
        return named.subject() == Subject.VOLUME || named.subject() == Subject.IMAGE;
    }

    private RequestTarget byId(InspectedObject object) {
        return named.withId(exchange.target(), object.id());
    }

    /** Without an own image of the name, a name that the profile selects is pulled. */
    private void pull() {
        String fault = LibpodPull.fault(rules, exchange.target());
        if (fault == null) {
            question.passOn(LibpodPull.ofRegistry(exchange.target()));
        } else {
            question.deny(
                    "target-name", new ErrorReply(403, exchange.operation().id() + " " + fault));
        }
    }

    private boolean isPull() {
        return exchange.operation().isLibpod() && OperationRules.verb(exchange.operation()) == Verb.PULL;
    }

    private boolean isNetworkDeletion() {
        return OperationRules.verb(exchange.operation()) == Verb.DELETE_NETWORK;
    }

    private void deny() {
        if (isPull() && !LibpodPull.isNever(exchange.target())) {
            pull();
            return;
        }
        question.deny(MissingObject.of(exchange.operation(), named, exchange.target()));
    }
}
