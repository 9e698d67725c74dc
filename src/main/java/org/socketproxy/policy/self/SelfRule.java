package org.socketproxy.policy.self;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.PathTemplate;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.table.Table;

/**
 * One way in which an operation can harm the proxy: a row of {@code self-protection.tsv}.
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
        /** An exec, whose container only the daemon knows. */
        EXEC,
        /** The request gives the name to another container. */
        CONTAINER_NAME,
        NETWORK,
        IMAGE,
        VOLUME,
        SERVICE,
        NODE,
        /** The request names nothing: it changes the node of the proxy. */
        SWARM,
        /** A created object mounts what the proxy mounts. */
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
        /** The whole body, which is judged only with {@code CREATE=safe}. */
        CREATE,
        /** The operation names no object. */
        ANY
    }

    private record Row(String operation, SelfRule rule) {}

    private static final Table<Row> TABLE =
            new Table<>("self-protection.tsv", "operation object place except", SelfRule::row);
    /** A beginning of an id that can be the name of a container. */
    private static final Pattern BEGINNING = Pattern.compile("[0-9a-f]{2,63}");

    private static final String RECREATE = "recreate";
    private static final Map<String, List<SelfRule>> BY_ID = new HashMap<>();

    static {
        TABLE.load(SelfRule.class)
                .forEach(row -> BY_ID.computeIfAbsent(row.operation, id -> new ArrayList<>())
                        .add(row.rule));
    }

    private static Row row(String[] cells) {
        int colon = cells[2].indexOf(':');
        String place = colon < 0 ? cells[2] : cells[2].substring(0, colon);
        if (!cells[3].equals(RECREATE) && !cells[3].equals("-")) {
            throw new IllegalArgumentException("except is " + RECREATE + " or -, not " + cells[3]);
        }
        return new Row(
                cells[0],
                new SelfRule(
                        Kind.valueOf(cells[1].replace('-', '_').toUpperCase(Locale.ROOT)),
                        Place.valueOf(place.toUpperCase(Locale.ROOT)),
                        colon < 0 ? "" : cells[2].substring(colon + 1),
                        cells[3].equals(RECREATE)));
    }

    /** Returns the rules of an operation; empty for one that cannot harm the proxy. */
    public static List<SelfRule> of(Operation operation) {
        return BY_ID.getOrDefault(operation.id(), List.of());
    }

    /** Returns the ids of the operations that have a rule. */
    static Iterable<String> operations() {
        return BY_ID.keySet();
    }

    /**
     * Returns true if a request names an object of the proxy in its path or query.
     *
     * @param isUpdater whether the profile may recreate containers
     */
    public boolean isBroken(OwnContainer own, Operation operation, RequestTarget target, boolean isUpdater) {
        if (place == Place.ANY) {
            return own.isInSwarm();
        }
        for (String name : names(operation, target)) {
            boolean isAllowed =
                    isRecreation && isUpdater && own.names().contains(ContainerReference.withoutSlash(name));
            if (isOwn(own, name) && !isAllowed) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns the name by which a request names a container that may be the proxy's own, or another one: the beginning of the own id
     * can be the name of another container, which the daemon finds first. Returns null if there is no doubt.
     */
    public @Nullable String doubtfulName(OwnContainer own, Operation operation, RequestTarget target) {
        boolean isNamed = object == Kind.CONTAINER && (place == Place.PATH || place == Place.QUERY);
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

    /** Returns true if a reference means an object of the proxy. */
    public boolean isOwn(OwnContainer own, String reference) {
        return switch (object) {
            case CONTAINER -> own.isNamed(reference);
            case CONTAINER_NAME -> own.names().contains(ContainerReference.withoutSlash(reference));
            case NETWORK -> own.hasNetwork(reference);
            case IMAGE -> own.hasImage(reference);
            case VOLUME -> own.volumes().contains(reference);
            case SERVICE -> own.isOfService(reference);
            case NODE -> own.isOnNode(reference);
            case EXEC, SWARM, MOUNT -> false;
        };
    }

    private List<String> names(Operation operation, RequestTarget target) {
        return switch (place) {
            case PATH -> pathNames(operation.path().match(target));
            case QUERY -> target.parameters().getOrDefault(parameter, List.of());
            case REPOSITORY ->
                ImageReferences.canonical(
                        target.parameters().getOrDefault("repo", List.of()),
                        target.parameters().getOrDefault("tag", List.of()));
            case BODY, CREATE, ANY -> List.of();
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
