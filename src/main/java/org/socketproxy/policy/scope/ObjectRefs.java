package org.socketproxy.policy.scope;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.ListFilters;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.PathTemplate;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/** Finds the objects that a request target names. */
public final class ObjectRefs {
    /** Filter of a list of containers by an image. */
    static final String ANCESTOR = "ancestor";
    /** Lists with more objects in their filters are denied, because the proxy asks the daemon about each. */
    private static final int MOST_FILTERED = 16;
    /** Requests that name more objects in a parameter are denied. */
    private static final int MOST_REPEATED = 64;

    private static final List<String> POSITIONS = List.of("before", "since");
    private static final String CONTAINER = "container";
    private static final String NETWORK_MODE = "networkmode";
    /** Place of an object in the column {@code self} of {@code operation-rules.tsv}. */
    private static final String IN_PATH = "@path";

    private ObjectRefs() {}

    /**
     * Returns the objects that a request names; empty if none of them belongs to a profile.
     *
     * @param target a target that {@link ScopedRequest#of} has accepted
     */
    public static List<ObjectRef> of(Operation operation, RequestTarget target) {
        List<ObjectRef> listed = listed(operation, target);
        ObjectRef named = listed.isEmpty() ? named(operation, target) : null;
        return named == null ? listed : List.of(named);
    }

    /** Returns the objects that a request names and changes, also of an operation that cannot be confined. A pull changes none. */
    public static List<ObjectRef> changed(Operation operation, RequestTarget target) {
        if (operation.verb() == Verb.PULL) {
            return List.of();
        }
        List<ObjectRef> named = of(operation, target);
        return named.isEmpty()
                ? Stream.of(Subject.values())
                        .filter(subject -> operation.rules().self().contains(subject.noun() + IN_PATH))
                        .flatMap(subject -> Stream.ofNullable(inPath(subject, operation, target)))
                        .toList()
                : named;
    }

    /**
     * Returns the only container that path and query name, if the daemon can be asked for it by this name; or null. With {@code link} the
     * path names a link.
     */
    public static @Nullable ObjectRef container(Operation operation, RequestTarget target) {
        List<ObjectRef> containers = changed(operation, target).stream()
                .filter(each -> each.subject() == Subject.CONTAINER)
                .toList();
        return containers.size() != 1 || !containers.get(0).isPlain() || target.isQueryFlagSet("link")
                ? null
                : containers.get(0);
    }

    /** Returns the object in the path, or in the query of a commit, of a build or of a pull of Podman; null for other requests. */
    public static @Nullable ObjectRef named(Operation operation, RequestTarget target) {
        Verb verb = operation.verb();
        if (verb == Verb.COMMIT) {
            return new ObjectRef(
                    Subject.CONTAINER, committed(target), new Place.Query(CONTAINER), operation.isLibpod());
        }
        if (verb == Verb.PULL && operation.isLibpod()) {
            String image = LibpodPull.lookup(target);
            return image == null
                    ? null
                    : new ObjectRef(Subject.IMAGE, image, new Place.Query(LibpodPull.REFERENCE), true);
        }
        if (verb == Verb.BUILD) {
            return ofBuild(target);
        }
        Subject subject = ScopeRule.of(operation).subject();
        return subject == Subject.NONE ? null : inPath(subject, operation, target);
    }

    /** Returns the network that the steps of a build join; null for those that the daemon has from the start. */
    private static @Nullable ObjectRef ofBuild(RequestTarget target) {
        List<String> modes = target.values(NETWORK_MODE);
        return modes.stream().allMatch(mode -> !ContainerBody.isNetwork(mode))
                ? null
                : new ObjectRef(
                        Subject.NETWORK, modes.size() == 1 ? modes.get(0) : "", new Place.Query(NETWORK_MODE), false);
    }

    private static @Nullable ObjectRef inPath(Subject subject, Operation operation, RequestTarget target) {
        PathTemplate.Match match = operation.path().match(target);
        if (match == null) {
            return null;
        }
        String name = ObjectRef.decoded(match.text());
        String tag = tag(operation.verb(), operation, name, target);
        return new ObjectRef(
                subject, name, new Place.Path(match.from(), match.to(), match.text() + tag), operation.isLibpod());
    }

    /** Returns the tag, with its colon, that the daemon adds to the name in the path; or an empty text. */
    private static String tag(Verb verb, Operation operation, String name, RequestTarget target) {
        if (verb == Verb.PUSH && !operation.isLibpod()) {
            return ":" + String.join("", target.values("tag"));
        }
        // The begin of an id would find an own image, and the registry has another one with this name. The daemon
        // refuses full ids.
        boolean isName = !ImageMatch.isTagged(name) && !ObjectIds.isFull(name.replaceFirst("^sha256:", ""));
        return verb == Verb.ASK_REGISTRY && isName ? ":latest" : "";
    }

    /** Returns the container that a commit names for every query parser, without escapes; empty if there is none. */
    static String committed(RequestTarget target) {
        List<String> names = target.values(CONTAINER);
        String name = names.size() == 1 ? names.get(0) : "";
        boolean isUsable = ObjectRef.ofBody(Subject.CONTAINER, name, false).isPlain()
                && target.withParameter(CONTAINER, name, name) != null;
        return isUsable ? name : "";
    }

    /** Returns the objects in filters, beginning with those that must exist, and in a parameter that can be repeated. */
    private static List<ObjectRef> listed(Operation operation, RequestTarget target) {
        return switch (operation.verb()) {
            case LIST_CONTAINERS ->
                Stream.concat(
                                filtered(target, POSITIONS, Subject.CONTAINER),
                                filtered(target, List.of(ANCESTOR), Subject.IMAGE))
                        .toList();
            case LIST_IMAGES -> filtered(target, POSITIONS, Subject.IMAGE).toList();
            case STATS_OF_ALL -> repeated(target, "containers", Subject.CONTAINER);
            case DELETE_IMAGES -> repeated(target, "images", Subject.IMAGE);
            default -> List.of();
        };
    }

    private static Stream<ObjectRef> filtered(RequestTarget target, List<String> names, Subject subject) {
        ListFilters filters = filters(target);
        return names.stream()
                .flatMap(filter -> filters.values(filter).stream()
                        .map(name -> new ObjectRef(subject, name, new Place.Filter(filter), false)));
    }

    private static List<ObjectRef> repeated(RequestTarget target, String parameter, Subject subject) {
        return target.values(parameter).stream()
                .distinct()
                .map(name -> new ObjectRef(subject, name, new Place.Repeated(parameter), true))
                .toList();
    }

    static ListFilters filters(RequestTarget target) {
        try {
            return ListFilters.of(target);
        } catch (BadTargetException impossible) { // the permission filter has read them
            throw new IllegalStateException(impossible);
        }
    }

    /** @throws OutOfScopeException if the filters of a list name too many objects */
    static void checkFilters(Operation operation, RequestTarget target) throws OutOfScopeException {
        if (listed(operation, target).size() > MOST_FILTERED) {
            throw new OutOfScopeException("the filters name more than " + MOST_FILTERED + " objects");
        }
    }

    /**
     * Checks a parameter that can be repeated. Without a name Podman takes all containers or images.
     *
     * @throws OutOfScopeException if a request names no objects or too many
     */
    static void checkRepeated(Operation operation, RequestTarget target) throws OutOfScopeException {
        int named = listed(operation, target).size();
        if (named == 0 || named > MOST_REPEATED) {
            throw new OutOfScopeException("the query has to name between 1 and " + MOST_REPEATED + " objects");
        }
    }

    /** Returns the container, exec or pod that a request enters, starts, changes or copies; null if the operation enters none. */
    public static @Nullable ObjectRef entered(Operation operation, RequestTarget target) {
        if (operation.is(Trait.ENTERS)) {
            return inPath(Subject.CONTAINER, operation, target);
        }
        if (operation.is(Trait.ENTERS_EXEC)) {
            return inPath(Subject.EXEC, operation, target);
        }
        if (operation.is(Trait.ENTERS_POD)) {
            return inPath(Subject.POD, operation, target);
        }
        if (!operation.is(Trait.COPIES)) {
            return null;
        }
        List<String> names = target.values(CONTAINER);
        return new ObjectRef(
                Subject.CONTAINER,
                names.size() == 1 ? names.get(0) : "",
                new Place.Query(CONTAINER),
                operation.isLibpod());
    }

    /**
     * Returns the container that a request stops, renames or removes; null for another operation. With {@code link} the last part of
     * the path is the name of a link, which has no id.
     */
    public static @Nullable ObjectRef ended(Operation operation, RequestTarget target) {
        return operation.is(Trait.ENDS) && !target.isQueryFlagSet("link")
                ? inPath(Subject.CONTAINER, operation, target)
                : null;
    }
}
