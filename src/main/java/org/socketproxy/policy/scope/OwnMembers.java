package org.socketproxy.policy.scope;

import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.JsonElements;

/** Responses that list the containers of an own network or pod. */
public final class OwnMembers {
    private OwnMembers() {}

    /** Returns true if the response of the operation lists members. */
    static boolean isListedBy(Operation operation) {
        return switch (operation.id()) {
            case "NetworkInspect",
                    "NetworkInspectLibpod",
                    "NetworkInspectShortLibpod",
                    "PodListLibpod",
                    "PodInspectLibpod" -> true;
            default -> false;
        };
    }

    /**
     * Returns the splitter of the response, which removes the members that are not own; null if the operation lists none.
     *
     * @param own the own containers
     */
    public static @Nullable JsonElements elements(Scope rules, Operation operation, ObjectIndex own) {
        if (!isListedBy(operation)) {
            return null;
        }
        return switch (operation.id()) {
            case "PodListLibpod" -> LibpodList.pods(rules, own);
            case "PodInspectLibpod" -> JsonElements.value(JsonElements.MAX_ELEMENT_BYTES, new PodEditor(own));
            default -> JsonElements.value(JsonElements.MAX_ELEMENT_BYTES, new NetworkEditor(own));
        };
    }
}
