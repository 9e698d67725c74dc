package org.socketproxy.policy.create;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.create.BodyShape.Part;
import org.socketproxy.policy.create.DaemonDefaults.DefaultClaim;

/**
 * Objects and values in an allowed body that are not judged before the daemon has described them.
 *
 * @param volumes names of volumes
 * @param claims values that are allowed only if the daemon sets them by itself
 * @param pod name or id of the pod that gets the new container; empty for none
 * @param endpoint endpoint of a container; null for other requests
 */
public record Unjudged(
        List<String> volumes,
        List<DefaultClaim> claims,
        String pod,
        @Nullable Endpoint endpoint) {
    public static final Unjudged NONE = new Unjudged(List.of(), List.of(), "", null);

    public Unjudged {
        volumes = List.copyOf(volumes);
        claims = List.copyOf(claims);
    }

    /**
     * An endpoint of a network that the rules deny, unless the container is one that was created again.
     *
     * @param container full id
     * @param violations violations of the rules
     */
    public record Endpoint(String container, List<Violation> violations) {
        public Endpoint {
            violations = List.copyOf(violations);
        }
    }

    /** The claims of a judged body. They depend only on the operation, the permissions and the requirements. */
    record Claims(
            Operation operation, CreateAllowances permissions, Requirements requirements, List<DefaultClaim> claims) {
        boolean isOf(CreateRules rules, Operation judged) {
            return operation.equals(judged)
                    && permissions.equals(rules.permissions())
                    && requirements.equals(rules.requirements());
        }
    }

    public boolean isEmpty() {
        return equals(NONE);
    }

    /** Returns what a body names, with the same endpoint. */
    public Unjudged of(CreateRules rules, Operation operation, JsonBody body) {
        BodyShape shape = BodyShape.of(operation.id());
        String named = shape == null ? "" : BodyShape.text(body.object(), shape.path(Part.POD));
        return new Unjudged(CreateRules.volumes(operation, body), rules.claims(operation, body), named, endpoint);
    }

    public Unjudged withVolumes(List<String> named) {
        return new Unjudged(named, claims, pod, endpoint);
    }

    /** Adds the user of the container of an exec, with the denial if it is root. */
    public Unjudged withUser(Violation denial) {
        return withClaims(List.of(new DefaultClaim(DefaultClaim.Kind.CONTAINER_USER, List.of(), denial)));
    }

    public Unjudged withClaims(List<DefaultClaim> made) {
        return new Unjudged(volumes, made, pod, endpoint);
    }

    public Unjudged withEndpoint(Endpoint connected) {
        return new Unjudged(volumes, claims, pod, connected);
    }
}
