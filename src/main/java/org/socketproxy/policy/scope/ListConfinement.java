package org.socketproxy.policy.scope;

import java.math.BigInteger;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.ListFilters;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.scope.Confinement.Subject;

/**
 * Restricts a list to the objects of a profile. If labels select them, the daemon filters: the proxy adds the labels to the
 * filters of the client. It checks each element too if names select the objects, or if a daemon could take any of several
 * labels, and each image.
 *
 * <p>Security: the filters of the client can only make the list shorter.
 */
final class ListConfinement {
    private static final String LABEL = "label";
    private static final int MAX_BYTES = JsonElements.MAX_ELEMENT_BYTES;
    /** Queries that name an object by which the list begins or ends, in old versions of the API. */
    private static final List<String> POSITIONS = List.of("before", "since");

    private final Scope rules;
    private final Operation operation;
    private final ObjectKind kind;
    private final RequestTarget target;
    private ListFilters filters;
    /** The client asks for a value of a label that no own object has. */
    private boolean isContradiction;

    private ListConfinement(Scope rules, Operation operation, RequestTarget target) throws BadTargetException {
        this.rules = rules;
        this.operation = operation;
        this.kind = Confinement.of(operation).subject().kind();
        this.target = target;
        this.filters = ListFilters.of(target);
    }

    static ConfinedRequest confine(Scope rules, Operation operation, RequestTarget target)
            throws BadTargetException, UnconfinableException {
        return new ListConfinement(rules, operation, target).confine();
    }

    private ConfinedRequest confine() throws BadTargetException, UnconfinableException {
        FilterNames.check(operation, filters);
        FilterReferences.check(operation, target);
        checkParameters();
        if (Confinement.of(operation).subject() == Subject.TASK) {
            return new ConfinedRequest(target, () -> new TaskEditor(new ObjectIndex()).elements());
        }
        ScopeSelector selector = rules.selector(kind);
        if (selector == null) {
            return ofNothing(target);
        }
        boolean isFilteredByLabel = filters.names().contains(LABEL);
        new TreeMap<>(selector.labels()).forEach(isSwarm() ? this::replaceLabel : this::addLabel);
        RequestTarget injected = filters.in(target);
        if (isContradiction) {
            return ofNothing(injected);
        }
        boolean isFilteredByDaemon = selector.isByLabelsOnly()
                && selector.labels().size() == 1
                && (!isFilteredByLabel || filters.values(LABEL).size() == 1);
        // The daemon does not filter volumes of a cluster, and reads the labels of swarm objects in its own way.
        boolean isChecked = !isFilteredByDaemon || kind == ObjectKind.VOLUME || isSwarm();
        if (kind == ObjectKind.IMAGE) {
            ElementEditor names = new ImageNames(selector.references(), false);
            return new ConfinedRequest(injected, () -> split(new ScopedList(kind, rules, Integer.MAX_VALUE, names)));
        }
        return isChecked ? checked(injected) : new ConfinedRequest(injected, null);
    }

    private boolean isSwarm() {
        return kind == ObjectKind.SERVICE || kind == ObjectKind.SECRET || kind == ObjectKind.CONFIG;
    }

    private void checkParameters() throws BadTargetException, UnconfinableException {
        for (String name : POSITIONS) {
            if (target.onlyParameter(name) != null) {
                throw new UnconfinableException("the parameter " + name + " can name objects of others");
            }
        }
        if (kind == ObjectKind.NETWORK && isBefore(target.version(), 28)) {
            throw new UnconfinableException(
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

    /** The limit of the client counts own elements, so the proxy applies it. With a limit the daemon lists all containers. */
    private ConfinedRequest checked(RequestTarget injected) throws BadTargetException {
        int limit = kind == ObjectKind.CONTAINER ? injected.onlyNumber("limit") : 0;
        RequestTarget unlimited = limit <= 0
                ? injected
                : injected.withOnlyParameter("limit", null).withOnlyParameter("all", "1");
        int most = limit <= 0 ? Integer.MAX_VALUE : limit;
        return new ConfinedRequest(unlimited, () -> split(new ScopedList(kind, rules, most)));
    }

    private ConfinedRequest ofNothing(RequestTarget shown) {
        ElementEditor none = (list, element) -> ElementEditor.Edit.DROP;
        return new ConfinedRequest(shown, () -> split(ElementEditor.withHead(ElementEditor.HEAD, none)));
    }

    private JsonElements split(ElementEditor editor) {
        return kind == ObjectKind.VOLUME
                ? JsonElements.members(Set.of("Volumes"), MAX_BYTES, editor)
                : JsonElements.array(MAX_BYTES, editor);
    }
}
