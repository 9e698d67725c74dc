package org.socketproxy.policy.scope;

import java.util.List;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.ListFilters;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.JsonElements;

/**
 * Restricts a list of the libpod API to the objects of a profile. The proxy judges each element, since Podman gives several
 * labels different meanings in its lists.
 *
 * <p>Security: the filters of the client can only make the list shorter.
 */
final class LibpodList {
    /** Parameters by which the daemon lists the newest containers only. It lists them last, so that own ones cannot be counted. */
    private static final List<String> NEWEST = List.of("last", "limit");

    private LibpodList() {}

    static ConfinedRequest confine(Scope rules, Operation operation, RequestTarget target)
            throws BadTargetException, UnconfinableException {
        ListFilters filters = ListFilters.of(target);
        FilterNames.check(operation, filters);
        for (String name : NEWEST) {
            if (target.onlyNumber(name) > 0) {
                throw new UnconfinableException("the parameter " + name + " counts the containers of others");
            }
        }
        ObjectKind kind = Confinement.of(operation).subject().kind();
        return new ConfinedRequest(filters.in(target), () -> elements(kind, rules));
    }

    private static JsonElements elements(ObjectKind kind, Scope rules) {
        return kind == ObjectKind.POD
                ? pods(rules, new ObjectIndex())
                : JsonElements.array(
                        JsonElements.MAX_ELEMENT_BYTES,
                        new ScopedList(kind, rules, Integer.MAX_VALUE, editor(kind, rules)));
    }

    private static ElementEditor editor(ObjectKind kind, Scope rules) {
        ScopeSelector selector = rules.selector(kind);
        return kind == ObjectKind.IMAGE && selector != null
                ? new LibpodImageEditor(selector.references())
                : (list, element) -> ElementEditor.Edit.KEEP;
    }

    /**
     * Returns the splitter of a list of pods.
     *
     * @param own the own containers
     */
    static JsonElements pods(Scope rules, ObjectIndex own) {
        return JsonElements.array(
                JsonElements.MAX_ELEMENT_BYTES,
                new ScopedList(ObjectKind.POD, rules, Integer.MAX_VALUE, new PodEditor(own)));
    }
}
