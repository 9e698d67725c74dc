package org.socketproxy.policy.scope;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.JsonElements;

/**
 * Numbers of own objects in the response of {@code /info}. Each is the length of a list of the daemon.
 *
 * <p>Threading: one thread at a time; used for one response.
 */
public final class InfoCounts {
    private static final String RUNNING = "running";
    private static final String PAUSED = "paused";

    private final Scope rules;
    private final Map<OwnList, Integer> lengths = new HashMap<>();

    public InfoCounts(Scope rules) {
        this.rules = rules;
    }

    /** Returns the lists that must be counted. */
    public List<OwnList> lists() {
        return List.of(containers(OwnList.ANY), containers(RUNNING), containers(PAUSED), images()).stream()
                .filter(list -> rules.selector(list.kind()) != null)
                .toList();
    }

    private OwnList containers(String status) {
        return new OwnList(rules, ObjectKind.CONTAINER, status);
    }

    private OwnList images() {
        return new OwnList(rules, ObjectKind.IMAGE);
    }

    /** Records the length of a list. */
    public void count(OwnList list, int length) {
        lengths.put(list, length);
    }

    private int length(OwnList list) {
        return lengths.getOrDefault(list, 0);
    }

    /** Returns the splitter of the response. */
    public JsonElements elements(Operation operation) {
        int all = length(containers(OwnList.ANY));
        int running = length(containers(RUNNING));
        int paused = length(containers(PAUSED));
        if (operation.isLibpod()) {
            return LibpodInfoEditor.elements(
                    Map.of("number", all, "running", running, "paused", paused, "stopped", all - running - paused),
                    length(images()));
        }
        return InfoEditor.elements(Map.of(
                "Containers", all,
                "ContainersRunning", running,
                "ContainersPaused", paused,
                "ContainersStopped", Math.max(0, all - running - paused),
                "Images", length(images())));
    }
}
