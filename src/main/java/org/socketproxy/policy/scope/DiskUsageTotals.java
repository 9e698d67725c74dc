package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;

/**
 * Numbers of the own objects in a response of {@code /system/df}, computed as dockerd does for all objects.
 *
 * <p>Threading: one thread; used for one response.
 */
final class DiskUsageTotals {
    /** The daemon's number for what it has not counted. */
    private static final long UNCOUNTED = -1;

    private static final String SIZE = "Size";
    private static final List<String> RUNNING = List.of("running", "paused", "restarting");

    private final Scope rules;
    private final Map<ObjectKind, List<Item>> own = new EnumMap<>(ObjectKind.class);
    /** Number of own containers by the id of their image, and by the name of a volume. */
    private final Map<String, Long> usersOfImages = new HashMap<>();

    private final Map<String, Long> usersOfVolumes = new HashMap<>();

    /** Numbers of one kind; sizes in bytes. */
    record Totals(long total, long active, long size, long reclaimable) {}

    /**
     * Size and references of an own object.
     *
     * @param size in bytes; for an image without the layers that it shares with others
     */
    private record Item(String id, long size, long shared, boolean isRunning, String image, List<String> volumes) {
        static Item of(ObjectKind kind, JsonObject object) {
            long shared = number(object, "SharedSize");
            return switch (kind) {
                case CONTAINER ->
                    new Item(
                            object.text("Id"),
                            number(object, "SizeRw"),
                            0,
                            RUNNING.contains(object.text("State")),
                            object.text("ImageID"),
                            object.elements("Mounts").stream()
                                    .map(mount -> mount.text("Name"))
                                    .filter(name -> !name.isEmpty())
                                    .distinct()
                                    .toList());
                case IMAGE ->
                    new Item(
                            object.text("Id"),
                            Math.max(0, number(object, SIZE) - shared),
                            shared,
                            false,
                            "",
                            List.of());
                default ->
                    new Item(object.text("Name"), number(object.object("UsageData"), SIZE), 0, false, "", List.of());
            };
        }
    }

    private DiskUsageTotals(Scope rules) {
        this.rules = rules;
    }

    /** Reads the lists of a response. */
    static DiskUsageTotals read(Scope rules, ElementEdits response) throws IOException, ElementException {
        DiskUsageTotals usage = new DiskUsageTotals(rules);
        try (JsonParser parser = response.parse()) {
            parser.nextToken();
            ObjectReader.require(parser.currentToken() == JsonToken.START_OBJECT);
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                ObjectKind listed = UsageEditor.LISTS.get(name);
                ObjectKind used = UsageEditor.USAGES.get(name);
                if (listed != null) {
                    usage.add(listed, parser, response);
                } else if (used != null && value == JsonToken.START_OBJECT) {
                    usage.addItems(used, parser, response);
                } else {
                    parser.skipChildren();
                }
            }
        }
        usage.countUsers();
        return usage;
    }

    private void addItems(ObjectKind kind, JsonParser parser, ElementEdits response)
            throws IOException, ElementException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            if (name.equals(UsageEditor.ITEMS)) {
                add(kind, parser, response);
            } else {
                parser.skipChildren();
            }
        }
    }

    /** API version 1.52 sends each list in two forms: the last one counts. */
    private void add(ObjectKind kind, JsonParser parser, ElementEdits response) throws IOException, ElementException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        ObjectReader.require(parser.currentToken() == JsonToken.START_ARRAY);
        List<Item> objects = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            int begin = ElementEdits.begin(parser);
            parser.skipChildren();
            ByteBuffer element = response.slice(begin, ElementEdits.end(parser));
            if (rules.isOwn(ObjectReader.read(kind, element))) {
                objects.add(Item.of(kind, object(element)));
            }
        }
        own.put(kind, objects);
    }

    private static JsonObject object(ByteBuffer element) throws ElementException {
        try {
            if (StrictJson.read(element) instanceof JsonObject object) {
                return object;
            }
        } catch (InvalidJsonException duplicate) {
            // the element is malformed too
        }
        throw ObjectReader.malformed();
    }

    private void countUsers() {
        for (Item container : own(ObjectKind.CONTAINER)) {
            usersOfImages.merge(container.image(), 1L, Long::sum);
            container.volumes().forEach(volume -> usersOfVolumes.merge(volume, 1L, Long::sum));
        }
    }

    private List<Item> own(ObjectKind kind) {
        return own.getOrDefault(kind, List.of());
    }

    /** Returns the number of own containers with an image, or -1 if the response has no containers. */
    long usersOfImage(String id) {
        return own.containsKey(ObjectKind.CONTAINER) ? usersOfImages.getOrDefault(id, 0L) : UNCOUNTED;
    }

    /** Returns the number of own containers with a volume, or -1 if the response has no containers. */
    long usersOfVolume(String name) {
        return own.containsKey(ObjectKind.CONTAINER) ? usersOfVolumes.getOrDefault(name, 0L) : UNCOUNTED;
    }

    /** Returns the unique sizes of the own images, and the largest size that one of them shares with others. */
    long layersSize() {
        long unique = 0;
        long shared = 0;
        for (Item image : own(ObjectKind.IMAGE)) {
            unique += image.size();
            shared = Math.max(shared, image.shared());
        }
        return unique + shared;
    }

    Totals totals(ObjectKind kind) {
        long active = 0;
        long size = 0;
        long used = 0;
        for (Item item : own(kind)) {
            boolean isActive = isActive(kind, item);
            active += isActive ? 1 : 0;
            used += isActive ? item.size() : 0;
            size += item.size();
        }
        long all = kind == ObjectKind.IMAGE ? layersSize() : size;
        return new Totals(own(kind).size(), active, all, Math.max(0, all - used));
    }

    private boolean isActive(ObjectKind kind, Item item) {
        return switch (kind) {
            case CONTAINER -> item.isRunning();
            case IMAGE -> usersOfImage(item.id()) > 0;
            default -> usersOfVolume(item.id()) > 0;
        };
    }

    /** Returns a size, or zero for none: the daemon writes -1 for what it has not computed. */
    private static long number(JsonObject object, String name) {
        try {
            return object.members().get(name) instanceof JsonNumber number
                    ? Math.max(0, Long.parseLong(number.text()))
                    : 0;
        } catch (NumberFormatException notWhole) {
            return 0;
        }
    }
}
