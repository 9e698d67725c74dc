package org.socketproxy.policy.create;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.create.Requirements.Requirement;
import org.socketproxy.policy.create.Violation.Kind;

/**
 * Checks the requirements on networks: those of a container, and new ones.
 *
 * <p>Security: a network is compared as text, because a daemon reads other texts as an id, or as the beginning of one. No client gives a
 * new network the name of a required one, which an administrator may have removed.
 */
final class NetworkRequirements {
    private static final String MODE = "HostConfig.NetworkMode";
    private static final String ENDPOINTS = "NetworkingConfig.EndpointsConfig";
    private static final String NETWORK_ID = "NetworkID";

    private final SortedSet<String> allowed;

    private NetworkRequirements(Requirements requirements) {
        this.allowed = requirements.networks();
    }

    /** Judges a body. */
    static void check(BodyValue body, Operation operation, @Nullable BodyShape shape) {
        Requirements requirements = body.rules().requirements();
        if (requirements.has(Requirement.ISOLATED)) {
            IsolatedNetworks.check(body, operation, shape);
        }
        boolean isInternal = requirements.has(Requirement.INTERNAL);
        boolean isLimited = requirements.has(Requirement.NETWORK);
        if (!isInternal && !isLimited) {
            return;
        }
        if (shape != null) {
            String word = (isLimited ? Requirement.NETWORK : Requirement.INTERNAL).word();
            hosts(body, shape.kind()).strings().stream()
                    .filter(NetworkChecks::isGateway)
                    .forEach(host -> host.report(
                            Kind.REQUIRED, host.dotted() + " uses host-gateway, and CREATE_REQUIRE has " + word));
        }
        NetworkRequirements networks = isLimited ? new NetworkRequirements(requirements) : null;
        switch (operation.verb()) {
            case CREATE_NETWORK -> {
                boolean isLibpod = operation.isLibpod();
                created(
                        body.member(isLibpod ? "name" : "Name"),
                        body.member(isLibpod ? "internal" : "Internal"),
                        isLibpod ? "podman" : "docker",
                        isInternal,
                        networks);
            }
            case CONNECT -> {
                if (networks != null) {
                    networks.id(body.at("EndpointConfig.NetworkID"));
                }
            }
            default -> {
                if (networks != null && shape != null) {
                    networks.container(body, shape.kind());
                }
            }
        }
    }

    /** Judges a new network. */
    private static void created(
            BodyValue name,
            BodyValue internal,
            String program,
            boolean isInternal,
            @Nullable NetworkRequirements networks) {
        if (isInternal && !internal.isTrue()) {
            internal.report(
                    Kind.REQUIRED,
                    internal.dotted() + " must be true, because CREATE_REQUIRE has internal: " + program
                            + " network create --internal");
        }
        if (networks != null) {
            networks.newName(name);
        }
    }

    private static BodyValue hosts(BodyValue body, BodyShape.Kind kind) {
        return body.at(
                switch (kind) {
                    case SERVICE -> "TaskTemplate.ContainerSpec.Hosts";
                    case LIBPOD_CONTAINER, POD -> "hostadd";
                    default -> "HostConfig.ExtraHosts";
                });
    }

    /** A daemon removes blanks around a name, and Podman chooses a missing one. */
    private void newName(BodyValue name) {
        String letters = name.text().replaceAll("[^a-zA-Z0-9_.-]", "");
        if (letters.isEmpty() || allowed.contains(letters)) {
            name.report(
                    Kind.REQUIRED,
                    name.dotted() + " must be another name than " + names()
                            + ", because CREATE_REQUIRE has network, and must not be empty");
        }
    }

    private void container(BodyValue body, BodyShape.Kind kind) {
        switch (kind) {
            case CONTAINER -> {
                require(body.at(MODE), body.at(MODE).text(), ": docker run --network " + allowed.first());
                for (BodyValue endpoint : body.at(ENDPOINTS).members()) {
                    require(endpoint, String.valueOf(endpoint.name()), "");
                    id(endpoint.member(NETWORK_ID));
                }
            }
            case LIBPOD_CONTAINER -> libpod(body);
            case POD -> {
                if (!body.member("no_infra").isTrue()) {
                    libpod(body);
                }
            }
            case SERVICE -> service(body);
            default -> {}
        }
    }

    /** Only the mode {@code bridge} takes the networks of the body. */
    private void libpod(BodyValue body) {
        BodyValue mode = body.at("netns.nsmode");
        List<BodyValue> networks = body.member("Networks").members();
        if (!mode.text().equals("bridge") || networks.isEmpty()) {
            require(
                    mode,
                    networks.isEmpty() && mode.text().equals("none") ? "none" : "",
                    ": podman run --network " + allowed.first());
        }
        networks.forEach(network -> require(network, String.valueOf(network.name()), ""));
    }

    /** Since API version 1.44 the networks beside the template have no effect. */
    private void service(BodyValue body) {
        BodyValue ofTasks = body.at("TaskTemplate.Networks");
        List<BodyValue> networks = new ArrayList<>(ofTasks.elements());
        if (networks.isEmpty()) {
            require(ofTasks, "", ": docker service create --network " + allowed.first());
        }
        networks.addAll(body.member("Networks").elements());
        networks.forEach(network -> require(network, network.text("Target"), ""));
    }

    private void id(BodyValue value) {
        if (!value.isZero()) {
            require(value, value.text(), "");
        }
    }

    private void require(BodyValue value, String name, String option) {
        if (!allowed.contains(name)) {
            value.report(Kind.REQUIRED, value.dotted() + unmet() + option);
        }
    }

    private String unmet() {
        return " must be " + names() + ", because CREATE_REQUIRE has network";
    }

    private String names() {
        return String.join(" or ", allowed);
    }

    /** Returns why an operation is denied on Podman, as the end of a sentence; or an empty text. */
    static String denialOnPodman(Operation operation, Requirements requirements) {
        return operation.verb() == Verb.CREATE_NETWORK && requirements.has(Requirement.ISOLATED)
                ? "networks cannot be isolated, and CREATE_REQUIRE has isolated"
                : operation.rules().createDenialOnPodman();
    }

    /** Judges the network to which a container is connected. */
    static void connect(BodyValidation validation, Operation operation, RequestTarget target) {
        Requirements requirements = validation.rules().requirements();
        List<String> path = target.segments();
        if (operation.verb() == Verb.CONNECT
                && requirements.has(Requirement.ISOLATED)
                && !IsolatedNetworks.isOther(path.get(path.size() - 2))) {
            String problem = "the network is one of the daemon, and CREATE_REQUIRE has isolated";
            validation.violations().add(new Violation(Kind.REQUIRED, "", problem, null));
        }
        if (operation.verb() == Verb.CONNECT && requirements.has(Requirement.NETWORK)) {
            NetworkRequirements networks = new NetworkRequirements(requirements);
            if (!networks.allowed.contains(path.get(path.size() - 2))) {
                validation.violations().add(new Violation(Kind.REQUIRED, "", "the network" + networks.unmet(), null));
            }
        }
    }
}
