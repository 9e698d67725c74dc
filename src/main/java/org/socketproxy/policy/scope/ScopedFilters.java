package org.socketproxy.policy.scope;

import java.math.BigInteger;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.ListFilters;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/**
 * Restricts lists, prunes and events to the objects of a profile. The daemon filters by the labels of the profile, as far as it
 * can; the proxy checks the elements if a daemon reads the labels in another way, or if names select the objects.
 *
 * <p>Security: the filters of the client can only make a list shorter.
 */
final class ScopedFilters {
    private static final String LABEL = "label";
    private static final String EXCLUDED_LABEL = "label!";
    private static final int MAX_BYTES = JsonElements.MAX_ELEMENT_BYTES;
    /** Queries that name an object by which the list begins or ends, in old versions of the API. */
    private static final List<String> POSITIONS = List.of("before", "since");
    /** Parameters by which Podman lists the newest containers only. It lists them last, so that the proxy cannot count them. */
    private static final List<String> NEWEST = List.of("last", "limit");

    private static final int LONGEST_SHOWN = 32;

    private final Scope scope;
    private final Operation operation;
    private final ObjectKind kind;
    private final RequestTarget target;
    private ListFilters filters;
    /** The client asks for a value of a label that no object of the profile has. */
    private boolean isContradiction;

    private ScopedFilters(Scope scope, Operation operation, RequestTarget target)
            throws BadTargetException, OutOfScopeException {
        this.scope = scope;
        this.operation = operation;
        this.kind = ScopeRule.of(operation).subject().kind();
        this.target = target;
        this.filters = ListFilters.of(target);
        checkNames(operation, filters);
    }

    /** Restricts a list. */
    static ScopedRequest list(Scope scope, Operation operation, RequestTarget target)
            throws BadTargetException, OutOfScopeException {
        ScopedFilters lists = new ScopedFilters(scope, operation, target);
        return operation.isLibpod() ? lists.ofLibpod() : lists.ofDocker();
    }

    /** Restricts a prune by the labels of the profile. The daemon selects the objects, so that names are not possible. */
    static ScopedRequest prune(Scope scope, Operation operation, RequestTarget target)
            throws BadTargetException, OutOfScopeException {
        ScopedFilters lists = new ScopedFilters(scope, operation, target);
        @Nullable ScopeSelector selector = scope.selector(lists.kind);
        if (selector == null || !selector.isByLabelsOnly()) {
            throw new OutOfScopeException("the daemon selects what it removes by labels, and the profile selects "
                    + (selector == null ? "no " : "other ") + lists.kind.word());
        }
        // Podman removes an image with any of several labels.
        if (lists.kind == ObjectKind.IMAGE && selector.labels().size() > 1) {
            throw new OutOfScopeException("a daemon could remove images with only one of the labels of the profile");
        }
        new TreeMap<>(selector.labels()).forEach(lists::addLabel);
        return new ScopedRequest(lists.filters.in(target), null);
    }

    /**
     * Excludes protected objects from a prune by their label. The daemon spares an object that has all labels of the filter, so that
     * one label is possible.
     */
    static RequestTarget sparing(List<Scope> guarded, Operation operation, RequestTarget target)
            throws BadTargetException, OutOfScopeException {
        ObjectKind kind = ScopeRule.of(operation).subject().kind();
        Set<String> labels = new TreeSet<>();
        for (Scope each : guarded) {
            ScopeSelector selector = each.selector(kind);
            if (selector != null && !selector.isByLabelsOnly()) {
                throw new OutOfScopeException(
                        "PROTECT selects " + kind.word() + " by names, which a prune cannot spare");
            }
            if (selector != null) {
                selector.labels().forEach((key, value) -> labels.add(key + "=" + value));
            }
        }
        if (labels.isEmpty()) {
            return target;
        }
        ListFilters filters = ListFilters.of(target);
        checkNames(operation, filters);
        // Podman applies only one of the filters label and label! to volumes.
        boolean isOverruled = kind == ObjectKind.VOLUME && filters.names().contains(LABEL);
        if (labels.size() > 1 || isOverruled || filters.names().contains(EXCLUDED_LABEL)) {
            throw new OutOfScopeException("the daemon could prune " + kind.word() + " that PROTECT selects");
        }
        return filters.with(EXCLUDED_LABEL, labels.iterator().next()).in(target);
    }

    /** Checks the filters of a request for events. Hides all events until the profile's objects are loaded. */
    static ScopedRequest events(Scope scope, Operation operation, RequestTarget target)
            throws BadTargetException, OutOfScopeException {
        ListFilters filters = ListFilters.of(target);
        checkNames(operation, filters);
        return new ScopedRequest(filters.in(target), () -> new ScopedEvents(scope, new ObjectIndex()).elements());
    }

    /** Podman gives several labels different meanings in its lists, so that the proxy checks each element. */
    private ScopedRequest ofLibpod() throws BadTargetException, OutOfScopeException {
        for (String name : NEWEST) {
            if (target.onlyNumber(name) > 0) {
                throw new OutOfScopeException("the parameter " + name + " counts the containers of others");
            }
        }
        RequestTarget checked = filters.in(target);
        if (kind == ObjectKind.POD) {
            return new ScopedRequest(checked, () -> ScopedResponses.pods(scope, new ObjectIndex()));
        }
        ScopeSelector selector = scope.selector(kind);
        ElementEditor editor = kind == ObjectKind.IMAGE && selector != null
                ? ScopedResponses.libpodImage(selector.references())
                : ScopedList.UNCHANGED;
        return new ScopedRequest(
                checked, () -> JsonElements.array(MAX_BYTES, new ScopedList(kind, scope, Integer.MAX_VALUE, editor)));
    }

    private ScopedRequest ofDocker() throws BadTargetException, OutOfScopeException {
        ObjectRefs.checkFilters(operation, target);
        checkParameters();
        if (ScopeRule.of(operation).subject() == Subject.TASK) {
            return new ScopedRequest(target, () -> ScopedResponses.tasks(new ObjectIndex()));
        }
        ScopeSelector selector = scope.selector(kind);
        if (selector == null) {
            return ofNothing(target);
        }
        boolean isFilteredByLabel = filters.names().contains(LABEL);
        new TreeMap<>(selector.labels()).forEach(isSwarm() ? this::replaceLabel : this::addLabel);
        RequestTarget injected = filters.in(target);
        if (isContradiction) {
            return ofNothing(injected);
        }
        if (kind == ObjectKind.IMAGE) {
            return checked(injected, Integer.MAX_VALUE, ScopedResponses.image(selector.references(), false));
        }
        boolean isFilteredByDaemon = selector.isByLabelsOnly()
                && selector.labels().size() == 1
                && (!isFilteredByLabel || filters.values(LABEL).size() == 1);
        // The daemon does not filter volumes of a cluster, and reads the labels of swarm objects in its own way.
        boolean isChecked = !isFilteredByDaemon || kind == ObjectKind.VOLUME || isSwarm();
        return isChecked ? limited(injected) : new ScopedRequest(injected, null);
    }

    private boolean isSwarm() {
        return kind == ObjectKind.SERVICE || kind == ObjectKind.SECRET || kind == ObjectKind.CONFIG;
    }

    private void checkParameters() throws BadTargetException, OutOfScopeException {
        for (String name : POSITIONS) {
            if (target.onlyParameter(name) != null) {
                throw new OutOfScopeException("the parameter " + name + " can name objects of others");
            }
        }
        if (kind == ObjectKind.NETWORK && isBefore(target.version(), 28)) {
            throw new OutOfScopeException(
                    "API versions below 1.28 list the containers of each network: use v1.28 or newer, or no version");
        }
    }

    private static boolean isBefore(@Nullable String version, int minor) {
        if (version == null) {
            return false;
        }
        int dot = version.indexOf('.');
        return new BigInteger(version.substring(0, dot)).equals(BigInteger.ONE)
                && new BigInteger(version.substring(dot + 1)).compareTo(BigInteger.valueOf(minor)) < 0;
    }

    private void addLabel(String key, String value) {
        filters = filters.with(LABEL, key + "=" + value);
    }

    /** The swarm uses one value for each label, so the values of the client for this label are removed. */
    private void replaceLabel(String key, String value) {
        for (String asked : Set.copyOf(filters.values(LABEL))) {
            if (asked.equals(key) || asked.startsWith(key + "=")) {
                filters = filters.without(LABEL, asked);
                boolean isAnyValue = asked.length() <= key.length() + 1;
                isContradiction |= !isAnyValue && !asked.equals(key + "=" + value);
            }
        }
        addLabel(key, value);
    }

    /** The limit of the client counts objects of the profile, so the proxy applies it. With a limit the daemon lists all containers. */
    private ScopedRequest limited(RequestTarget injected) throws BadTargetException {
        int limit = kind == ObjectKind.CONTAINER ? injected.onlyNumber("limit") : 0;
        RequestTarget unlimited = limit <= 0
                ? injected
                : injected.withOnlyParameter("limit", null).withOnlyParameter("all", "1");
        return checked(unlimited, limit <= 0 ? Integer.MAX_VALUE : limit, ScopedList.UNCHANGED);
    }

    private ScopedRequest checked(RequestTarget forwarded, int most, ElementEditor editor) {
        return new ScopedRequest(forwarded, () -> split(new ScopedList(kind, scope, most, editor)));
    }

    private ScopedRequest ofNothing(RequestTarget shown) {
        ElementEditor none = (list, element) -> ElementEditor.Edit.DROP;
        return new ScopedRequest(shown, () -> split(ElementEditor.withHead(ElementEditor.HEAD, none)));
    }

    /** Returns the splitter of a list that the daemon has not filtered. */
    static JsonElements unfiltered(Scope scope, ObjectKind kind, Operation operation) {
        ScopedList list = new ScopedList(kind, scope, Integer.MAX_VALUE, ScopedList.UNCHANGED);
        return operation.isLibpod() ? JsonElements.array(MAX_BYTES, list) : split(kind, list);
    }

    private JsonElements split(ElementEditor editor) {
        return split(kind, editor);
    }

    private static JsonElements split(ObjectKind kind, ElementEditor editor) {
        return kind == ObjectKind.VOLUME
                ? JsonElements.members(Set.of("Volumes"), MAX_BYTES, editor)
                : JsonElements.array(MAX_BYTES, editor);
    }

    /** Other filters name objects that may belong to other profiles, and the daemon tells whether they exist. */
    private static void checkNames(Operation operation, ListFilters filters) throws OutOfScopeException {
        Set<String> known = operation.rules().filters();
        for (String name : filters.names()) {
            if (!known.contains(name)) {
                boolean isShown = name.length() <= LONGEST_SHOWN && name.matches("[a-z!_-]+");
                throw new OutOfScopeException(
                        isShown ? "the filter " + name + " can name objects of others" : "it has an unknown filter");
            }
        }
    }
}
