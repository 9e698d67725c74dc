package org.socketproxy.policy.scope;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.Rewriter;

/**
 * Counts the profile's objects for the response of {@code /info}, and removes the addresses of the swarm. Each number is the
 * length of a list of the daemon.
 *
 * <p>Threading: one thread at a time; used for one response.
 */
public final class InfoCounts {
    private static final String RUNNING = "running";
    private static final String PAUSED = "paused";
    /** Members of {@code Swarm} with addresses or numbers of nodes, and their replacements. */
    private static final Map<String, String> ADDRESSES = Map.of(
            "NodeAddr", "\"\"",
            "RemoteManagers", "null",
            "Nodes", "0",
            "Managers", "0",
            "Cluster", "null");

    private final Scope scope;
    private final Map<ScopeQuery, Integer> lengths = new HashMap<>();

    public InfoCounts(Scope scope) {
        this.scope = scope;
    }

    /** Returns the lists that must be counted. */
    public List<ScopeQuery> lists() {
        return List.of(containers(ScopeQuery.ANY), containers(RUNNING), containers(PAUSED), images()).stream()
                .filter(list -> scope.selector(list.kind()) != null)
                .toList();
    }

    private ScopeQuery containers(String status) {
        return new ScopeQuery(scope, ObjectKind.CONTAINER, status);
    }

    private ScopeQuery images() {
        return new ScopeQuery(scope, ObjectKind.IMAGE);
    }

    /** Records the length of a list. */
    public void count(ScopeQuery list, int length) {
        lengths.put(list, length);
    }

    private int length(ScopeQuery list) {
        return lengths.getOrDefault(list, 0);
    }

    /** Returns the splitter of the response. */
    public JsonElements elements(Operation operation) {
        int all = length(containers(ScopeQuery.ANY));
        int running = length(containers(RUNNING));
        int paused = length(containers(PAUSED));
        Rewriter info = Rewriter.object();
        if (operation.isLibpod()) {
            Map<String, Integer> containers =
                    Map.of("number", all, "running", running, "paused", paused, "stopped", all - running - paused);
            info.at("store.containerStore", json(new TreeMap<>(containers)))
                    .at("store.imageStore", json(Map.of("number", length(images()))));
        } else {
            info.at("Containers", String.valueOf(all))
                    .at("ContainersRunning", String.valueOf(running))
                    .at("ContainersPaused", String.valueOf(paused))
                    .at("ContainersStopped", String.valueOf(Math.max(0, all - running - paused)))
                    .at("Images", String.valueOf(length(images())))
                    .at("NEventsListener", "0");
            ADDRESSES.forEach((name, json) -> info.at("Swarm." + name, json));
        }
        return JsonElements.value(JsonElements.MAX_ELEMENT_BYTES, info);
    }

    private static String json(Map<String, Integer> numbers) {
        return JsonText.compact(json -> {
            json.writeStartObject();
            for (Map.Entry<String, Integer> number : numbers.entrySet()) {
                json.writeNumberField(number.getKey(), number.getValue());
            }
            json.writeEndObject();
        });
    }
}
