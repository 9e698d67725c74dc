package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementEditor.Replace;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.ElementParser;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.Rewriter;
import org.socketproxy.json.Splices;
import org.socketproxy.json.StrictJson;

/**
 * Removes objects of other profiles from the response of {@code /system/df}, in the form before and since API version 1.52.
 * Totals become the totals of the profile's objects, computed as dockerd does for all objects; zero if the response has no list of
 * them. Members that the proxy does not know become null.
 *
 * <p>Threading: one thread; used for one response.
 */
final class DiskUsage {
    private static final Map<String, ObjectKind> LISTS =
            Map.of("Images", ObjectKind.IMAGE, "Containers", ObjectKind.CONTAINER, "Volumes", ObjectKind.VOLUME);
    private static final Map<String, ObjectKind> USAGES = Map.of(
            "ImageUsage", ObjectKind.IMAGE, "ContainerUsage", ObjectKind.CONTAINER, "VolumeUsage", ObjectKind.VOLUME);

    /** The daemon's number for objects that it has not counted. */
    private static final long UNCOUNTED = -1;

    private static final String ITEMS = ".Items";
    private static final String BUILDS = "BuildCache";
    private static final String BUILD_USAGE = "BuildCacheUsage";
    private static final String SIZE = "Size";
    private static final List<String> RUNNING = List.of("running", "paused", "restarting");

    private final Scope scope;
    private final Map<ObjectKind, List<Item>> objects = new EnumMap<>(ObjectKind.class);
    /** Number of the profile's containers by the id of their image, and by the name of a volume. */
    private final Map<String, Long> usersOfImages = new HashMap<>();

    private final Map<String, Long> usersOfVolumes = new HashMap<>();

    /** Numbers of one kind; sizes in bytes. */
    private record Totals(long total, long active, long size, long reclaimable) {}

    /**
     * Size and references of an object of the profile.
     *
     * @param size in bytes; for an image without the layers that it shares with other images
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

    private DiskUsage(Scope scope) {
        this.scope = scope;
    }

    /**
     * Returns the splitter of one response: what is not of the profile is removed first, so that only the profile's objects count for the
     * limit of the response.
     */
    static JsonElements elements(Scope scope) {
        Map<String, ObjectKind> kinds = new HashMap<>(LISTS);
        USAGES.forEach((name, kind) -> kinds.put(name + ITEMS, kind));
        Set<String> lists = new HashSet<>(kinds.keySet());
        lists.addAll(List.of(BUILDS, BUILD_USAGE + ITEMS));
        ElementEditor own = ElementEditor.withHead(scope.head(), (list, element) -> {
            ObjectKind kind = kinds.get(list);
            return kind != null && scope.isOwn(ObjectReader.read(kind, element)) ? Edit.KEEP : Edit.DROP;
        });
        return JsonElements.members(lists, JsonElements.MAX_ELEMENT_BYTES, own)
                .then(JsonElements.value(JsonElements.MAX_ELEMENT_BYTES, (list, response) -> {
                    DiskUsage usage = new DiskUsage(scope);
                    usage.read(response);
                    return usage.rewriter().edit(list, response);
                }));
    }

    private void read(ByteBuffer response) throws ElementException {
        Rewriter reader = Rewriter.object();
        LISTS.forEach((name, kind) -> reader.at(name, (parser, splices) -> readList(kind, parser, splices)));
        USAGES.forEach((name, kind) -> reader.at(name + ITEMS, (parser, splices) -> readList(kind, parser, splices)));
        reader.edit("", response);
        for (Item container : objects(ObjectKind.CONTAINER)) {
            usersOfImages.merge(container.image(), 1L, Long::sum);
            container.volumes().forEach(volume -> usersOfVolumes.merge(volume, 1L, Long::sum));
        }
    }

    /** API version 1.52 sends each list in two forms: the last one counts. */
    private void readList(ObjectKind kind, JsonParser parser, Splices splices) throws IOException, ElementException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        List<Item> items = new ArrayList<>();
        splices.readElements(parser, element -> {
            if (scope.isOwn(ObjectReader.read(kind, element))) {
                items.add(Item.of(kind, object(element)));
            }
        });
        objects.put(kind, items);
    }

    private static JsonObject object(ByteBuffer element) throws ElementException {
        try {
            if (StrictJson.read(element) instanceof JsonObject object) {
                return object;
            }
        } catch (InvalidJsonException duplicate) {
            // the element is malformed too
        }
        throw ElementParser.unexpected();
    }

    private Rewriter rewriter() {
        Rewriter rewriter = Rewriter.object()
                .at("*", "null")
                .at("BuilderSize", "0")
                .at(BUILDS, "[]")
                .at(BUILD_USAGE, "{}")
                .at("LayersSize", Long.toString(layersSize()));
        LISTS.forEach((name, kind) -> rewriter.elements(name, editor(kind)));
        USAGES.forEach((name, kind) -> {
            Totals totals = totals(kind);
            rewriter.elements(name + ITEMS, editor(kind))
                    .at(name + ".TotalCount", Long.toString(totals.total()))
                    .at(name + ".ActiveCount", Long.toString(totals.active()))
                    .at(name + ".TotalSize", Long.toString(totals.size()))
                    .at(name + ".Reclaimable", Long.toString(totals.reclaimable()))
                    .at(name + ".*", "0");
        });
        return rewriter;
    }

    /** Keeps the profile's objects; images and volumes get the number of the profile's containers that use them. */
    private ElementEditor editor(ObjectKind kind) {
        ScopeSelector selector = scope.selector(kind);
        ElementEditor names = selector != null && selector.references().isLimited()
                ? ScopedResponses.image(selector.references(), true)
                : ScopedList.UNCHANGED;
        ScopedList scoped = new ScopedList(kind, scope, Integer.MAX_VALUE, names);
        return (list, element) -> {
            Edit kept = scoped.edit(list, element);
            if (kept == Edit.DROP || kind == ObjectKind.CONTAINER) {
                return kept;
            }
            String id = ObjectReader.read(kind, element).id();
            Rewriter counts = kind == ObjectKind.IMAGE
                    ? Rewriter.object().at("Containers", Long.toString(usersOfImage(id)))
                    : Rewriter.object().at("UsageData.RefCount", Long.toString(usersOfVolume(id)));
            Edit counted = counts.edit(list, kept instanceof Replace replaced ? replaced.bytes() : element);
            return counted == Edit.KEEP ? kept : counted;
        };
    }

    private List<Item> objects(ObjectKind kind) {
        return objects.getOrDefault(kind, List.of());
    }

    private long usersOfImage(String id) {
        return objects.containsKey(ObjectKind.CONTAINER) ? usersOfImages.getOrDefault(id, 0L) : UNCOUNTED;
    }

    private long usersOfVolume(String name) {
        return objects.containsKey(ObjectKind.CONTAINER) ? usersOfVolumes.getOrDefault(name, 0L) : UNCOUNTED;
    }

    /** Returns the unique sizes of the images, and the largest size that one of them shares with other images. */
    private long layersSize() {
        long unique = 0;
        long shared = 0;
        for (Item image : objects(ObjectKind.IMAGE)) {
            unique += image.size();
            shared = Math.max(shared, image.shared());
        }
        return unique + shared;
    }

    private Totals totals(ObjectKind kind) {
        long active = 0;
        long size = 0;
        long used = 0;
        for (Item item : objects(kind)) {
            boolean isActive = isActive(kind, item);
            active += isActive ? 1 : 0;
            used += isActive ? item.size() : 0;
            size += item.size();
        }
        long all = kind == ObjectKind.IMAGE ? layersSize() : size;
        return new Totals(objects(kind).size(), active, all, Math.max(0, all - used));
    }

    private boolean isActive(ObjectKind kind, Item item) {
        return switch (kind) {
            case CONTAINER -> item.isRunning();
            case IMAGE -> usersOfImage(item.id()) > 0;
            default -> usersOfVolume(item.id()) > 0;
        };
    }

    /** Returns a size, or zero for none: the daemon writes -1 for a size that it has not computed. */
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
