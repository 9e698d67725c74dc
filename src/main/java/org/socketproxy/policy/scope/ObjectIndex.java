package org.socketproxy.policy.scope;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Ids and names of a profile's objects, for one response. It has at most {@value #MOST} objects of a kind; further objects count
 * as objects of other profiles.
 *
 * <p>Threading: thread-safe.
 */
public final class ObjectIndex {
    public static final int MOST = 20_000;

    /** Memory for an entry and its strings without their characters. */
    private static final int ENTRY_BYTES = 160;

    private static final int NAME_BYTES = 60;

    /** Names by id. */
    private final Map<ObjectKind, Map<String, List<String>>> objects = new EnumMap<>(ObjectKind.class);

    private long bytes;

    public synchronized void add(ObjectIdentity object) {
        Map<String, List<String>> ofKind = objects.computeIfAbsent(object.kind(), any -> new HashMap<>());
        if (ofKind.size() < MOST) {
            bytes += bytes(object.id(), object.names()) - bytes(object.id(), ofKind.put(object.id(), object.names()));
        }
    }

    static long bytes(String id, @Nullable List<String> names) {
        return names == null
                ? 0
                : ENTRY_BYTES
                        + id.length()
                        + names.stream()
                                .mapToLong(name -> NAME_BYTES + name.length())
                                .sum();
    }

    /** Returns about how many bytes of memory the objects take. */
    public synchronized int heldBytes() {
        return (int) Math.min(Integer.MAX_VALUE / 8, bytes);
    }

    public synchronized void remove(ObjectKind kind, String id) {
        bytes -= bytes(id, objects.getOrDefault(kind, new HashMap<>()).remove(id));
    }

    public synchronized boolean has(ObjectKind kind, String id) {
        return objects.getOrDefault(kind, Map.of()).containsKey(id);
    }

    /** Returns the id of the object with this id, name or start of an id, as the daemon finds it. */
    public synchronized Optional<String> find(ObjectKind kind, String text) {
        Map<String, List<String>> ofKind = objects.getOrDefault(kind, Map.of());
        if (ofKind.containsKey(text) || text.isEmpty()) {
            return ofKind.containsKey(text) ? Optional.of(text) : Optional.empty();
        }
        List<String> byName = new ArrayList<>();
        List<String> byPrefix = new ArrayList<>();
        ofKind.forEach((id, names) -> {
            if (names.contains(text)) {
                byName.add(id);
            } else if (id.startsWith(text)) {
                byPrefix.add(id);
            }
        });
        List<String> found = byName.isEmpty() ? byPrefix : byName;
        return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
    }
}
