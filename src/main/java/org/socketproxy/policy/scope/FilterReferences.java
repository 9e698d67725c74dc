package org.socketproxy.policy.scope;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.ListFilters;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.scope.Confinement.Subject;

/** Objects that the filters of a list name: {@code ancestor}, {@code before} and {@code since}. The daemon looks them up. */
public final class FilterReferences {
    /** Lists with more objects in their filters are denied, because the proxy inspects each. */
    static final int MOST = 16;

    private static final String ANCESTOR = "ancestor";
    private static final List<String> POSITIONS = List.of("before", "since");
    private static final String ID_PREFIX = "sha256:";

    private FilterReferences() {}

    /**
     * One value of a filter.
     *
     * @param filter name of the filter
     */
    public record FilterReference(String filter, Reference reference) implements QueryReference {
        /**
         * Returns true if the list is empty without the object. Without the object of another filter the daemon answers with an
         * error.
         */
        boolean isOptional() {
            return filter.equals(ANCESTOR);
        }

        @Override
        public boolean isOwn(Scope scope, InspectedObject object) {
            return reference.isOwn(scope, object);
        }

        @Override
        public MissingObject missing() {
            return MissingObject.ofFilter(this);
        }

        @Override
        public RequestTarget resolved(RequestTarget target, InspectedObject object) {
            // Podman compares an ancestor with ids without a prefix, and dockerd reads them.
            String id = object.id().startsWith(ID_PREFIX) ? object.id().substring(ID_PREFIX.length()) : object.id();
            return filters(target)
                    .without(filter, reference.name())
                    .with(filter, id)
                    .in(target);
        }

        @Override
        public @Nullable RequestTarget removed(RequestTarget target) {
            if (!isOptional()) {
                return null;
            }
            ListFilters left = filters(target).without(filter, reference.name());
            return left.values(filter).isEmpty() ? null : left.in(target);
        }
    }

    /**
     * Returns the objects that the filters of a list name.
     *
     * @param target a target that {@link Confinement#confine} has accepted
     */
    public static List<FilterReference> of(Operation operation, RequestTarget target) {
        return switch (OperationRules.verb(operation)) {
            case LIST_CONTAINERS -> of(filters(target), Subject.CONTAINER);
            case LIST_IMAGES -> of(filters(target), Subject.IMAGE);
            default -> List.of();
        };
    }

    /** Begins with the references that must exist. */
    private static List<FilterReference> of(ListFilters filters, Subject listed) {
        List<FilterReference> references = new ArrayList<>();
        for (String position : POSITIONS) {
            add(references, filters, position, listed);
        }
        if (listed == Subject.CONTAINER) {
            add(references, filters, ANCESTOR, Subject.IMAGE);
        }
        return references;
    }

    private static void add(List<FilterReference> references, ListFilters filters, String filter, Subject subject) {
        filters.values(filter)
                .forEach(name -> references.add(new FilterReference(filter, new Reference(subject, name))));
    }

    /** @throws OutOfScopeException if the filters of a list name too many objects */
    static void check(Operation operation, RequestTarget target) throws OutOfScopeException {
        if (of(operation, target).size() > MOST) {
            throw new OutOfScopeException("the filters name more than " + MOST + " objects");
        }
    }

    private static ListFilters filters(RequestTarget target) {
        try {
            return ListFilters.of(target);
        } catch (BadTargetException impossible) { // the permission filter has read them
            throw new IllegalStateException(impossible);
        }
    }
}
