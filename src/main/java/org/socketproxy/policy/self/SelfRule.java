package org.socketproxy.policy.self;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.PathTemplate;
import org.socketproxy.dockerapi.RequestTarget;

/**
 * One way in which an operation can harm the proxy, or a client of another profile: an element of the column {@code self} of {@code operation-rules.tsv}.
 *
 * @param object kind of the object that the request names
 * @param place where the request names it
 * @param parameter of the query, or of the body, in lower case; empty for other places
 * @param isRecreation whether an updater with {@code CREATE_ALLOW=recreate} may do it by the name of the container
 */
public record SelfRule(Kind object, Place place, String parameter, boolean isRecreation) {
    /** Kind of a named object. */
    public enum Kind {
        CONTAINER,
        /** An exec; only the daemon knows its container. */
        EXEC,
        /** A pod of Podman; only the daemon knows its containers. */
        POD,
        /** The request gives a container a name that other containers can resolve. */
        CONTAINER_NAME,
        NETWORK,
        /** The request connects a container, or creates a network for containers. */
        JOINED_NETWORK,
        IMAGE,
        VOLUME,
        SERVICE,
        NODE,
        /** The request names nothing: it changes the node of the proxy. */
        SWARM,
        /** A created object mounts a volume or path of the proxy. */
        MOUNT
    }

    /** Place of a name in a request. */
    public enum Place {
        /** The first parameter of the path template. */
        PATH,
        QUERY,
        /** The parameters {@code repo} and {@code tag}. */
        REPOSITORY,
        /** A member of the body, see {@link #parameter}. */
        BODY,
        /** The whole body, and the parameter {@code name}; judged only with {@code CREATE=safe}. */
        CREATE,
        /** A message of BuildKit, or a document in an archive of images. */
        MESSAGE,
        /** The operation names no object. */
        ANY
    }

    /** A beginning of an id that can be the name of a container. */
    private static final Pattern BEGINNING = Pattern.compile("[0-9a-f]{2,63}");

    private static final String RECREATE = "!recreate";
    private static final Map<String, List<SelfRule>> BY_ID = new HashMap<>();

    static {
        OperationRules.all()
                .forEach((id, rules) ->
                        BY_ID.put(id, rules.self().stream().map(SelfRule::parse).toList()));
    }

    /** @param text object and place, such as {@code container@query:container}, and {@code !recreate} */
    private static SelfRule parse(String text) {
        boolean isRecreation = text.endsWith(RECREATE);
        String plain = isRecreation ? text.substring(0, text.length() - RECREATE.length()) : text;
        int at = plain.indexOf('@');
        int colon = plain.indexOf(':', at);
        return new SelfRule(
                Kind.valueOf(plain.substring(0, at).replace('-', '_').toUpperCase(Locale.ROOT)),
                Place.valueOf(plain.substring(at + 1, colon < 0 ? plain.length() : colon)
                        .toUpperCase(Locale.ROOT)),
                colon < 0 ? "" : plain.substring(colon + 1),
                isRecreation);
    }

    /** Returns the rules of an operation; empty for one that cannot harm the proxy. */
    public static List<SelfRule> of(Operation operation) {
        return BY_ID.getOrDefault(operation.id(), List.of());
    }

    /** Returns true if the operation acts on such an object, and only the daemon knows its containers. */
    public static boolean has(Operation operation, Kind kind) {
        return of(operation).stream().anyMatch(rule -> rule.object == kind);
    }

    /**
     * Returns true if a request names a protected object in its path or query.
     *
     * @param isUpdater whether the profile may recreate containers; it may recreate that of the proxy
     */
    public boolean isBroken(ProtectedSubject subject, Operation operation, RequestTarget target, boolean isUpdater) {
        if (place == Place.ANY) {
            return subject.isProxy() && subject.containers().stream().anyMatch(ProxyContainer::isInSwarm);
        }
        for (String name : names(operation, target)) {
            boolean isAllowed = isRecreation
                    && isUpdater
                    && subject.isProxy()
                    && subject.containers().get(0).names().contains(References.withoutSlash(name));
            if (isProtected(subject, name) && !isAllowed) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns the name by which a request names a container that may be a protected one, or another one: the beginning of an id
     * can be the name of another container, which the daemon finds first. Returns null if there is no doubt.
     */
    public @Nullable String doubtfulName(ProxyContainer own, Operation operation, RequestTarget target) {
        boolean isNamed = object == Kind.CONTAINER && isInTarget();
        List<String> names = isNamed ? names(operation, target) : List.of();
        return names.size() == 1
                        && BEGINNING.matcher(names.get(0)).matches()
                        && own.id().startsWith(names.get(0))
                        && !own.names().contains(names.get(0))
                ? names.get(0)
                : null;
    }

    /**
     * Returns the target with the id of another container in place of a doubtful name, or null if the daemon could read the name
     * from it all the same.
     */
    public @Nullable RequestTarget withId(Operation operation, RequestTarget target, String name, String id) {
        if (place == Place.QUERY) {
            return target.withParameter(parameter, name, id);
        }
        PathTemplate.Match match = operation.path().match(target);
        return match == null || match.to() - match.from() != 1
                ? null
                : target.withSegments(match.from(), match.to(), id);
    }

    /** Returns true if the path or the query names the object. */
    public boolean isInTarget() {
        return place == Place.PATH || place == Place.QUERY;
    }

    /** Returns true if a reference may mean a protected object. */
    public boolean isProtected(ProtectedSubject subject, String reference) {
        return switch (object) {
            case CONTAINER -> subject.hasContainer(reference);
            case CONTAINER_NAME -> subject.hasName(reference);
            case NETWORK -> subject.hasNetwork(reference);
            case JOINED_NETWORK -> subject.networks().isJoinedBy(reference);
            case IMAGE -> subject.containers().stream().anyMatch(each -> each.hasImage(reference));
            case VOLUME -> subject.hasVolume(reference);
            case SERVICE -> subject.containers().stream().anyMatch(each -> each.isOfService(reference));
            case NODE -> subject.isProxy() && subject.containers().stream().anyMatch(each -> each.isOnNode(reference));
            case EXEC, POD, SWARM, MOUNT -> false;
        };
    }

    /** Returns the names of this kind of object in the path and the query. */
    public List<String> names(Operation operation, RequestTarget target) {
        return switch (place) {
            case PATH -> pathNames(operation.path().match(target));
            case QUERY ->
                object == Kind.JOINED_NETWORK ? BodyNames.networks(target.values(parameter)) : target.values(parameter);
            case REPOSITORY ->
                References.images(
                        target.parameters().getOrDefault("repo", List.of()),
                        target.parameters().getOrDefault("tag", List.of()));
            case CREATE ->
                object == Kind.CONTAINER_NAME ? target.parameters().getOrDefault("name", List.of()) : List.of();
            case BODY, MESSAGE, ANY -> List.of();
        };
    }

    private static List<String> pathNames(PathTemplate.@Nullable Match match) {
        return match == null ? List.of() : List.of(decode(match.text()));
    }

    /** The target has only valid escapes. */
    private static String decode(String segment) {
        return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
