package org.socketproxy.policy.mask;

import java.util.List;
import java.util.Set;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.JsonElements;

/** How the JSON of a response is split into elements, found from the paths of its operation. */
enum ResponseShape {
    /** One object, which is held as a whole. */
    VALUE,
    /** An array of elements. */
    ARRAY,
    /** An object whose members are arrays of elements. */
    MEMBERS,
    /** Values one after the other. */
    STREAM;

    /** Number of steps before the path inside of an element. */
    int prefix() {
        return switch (this) {
            case VALUE, STREAM -> 0;
            case ARRAY -> 1;
            case MEMBERS -> 2;
        };
    }

    static ResponseShape of(Operation operation, List<SecretPath> paths) {
        if (operation.kind() == Operation.Kind.STREAM) {
            return STREAM;
        }
        List<List<String>> steps = paths.stream().map(SecretPath::steps).toList();
        if (steps.stream().allMatch(path -> path.get(0).equals("[]"))) {
            return ARRAY;
        }
        boolean isMembers =
                steps.stream().allMatch(path -> path.size() > 2 && path.get(1).equals("[]"))
                        && steps.stream().map(path -> path.get(0)).distinct().count() == 1;
        return isMembers ? MEMBERS : VALUE;
    }

    /** Returns the name of the list in which an element with this path is. */
    String list(SecretPath path) {
        return this == MEMBERS ? path.steps().get(0) : "";
    }

    JsonElements split(Set<String> lists, int maxBytes, ElementEditor editor) {
        return switch (this) {
            case VALUE -> JsonElements.value(maxBytes, editor);
            case ARRAY -> JsonElements.array(maxBytes, editor);
            case MEMBERS -> JsonElements.members(lists, maxBytes, editor);
            case STREAM -> JsonElements.stream(maxBytes, editor);
        };
    }
}
