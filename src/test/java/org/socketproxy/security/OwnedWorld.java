package org.socketproxy.security;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Objects of a daemon, and how dockerd 26.1 finds and filters them. A plain model without the classes of the proxy. */
final class OwnedWorld {
    private static final Pattern HEX_64 = Pattern.compile("[0-9a-f]{64}");

    enum Kind {
        CONTAINER,
        EXEC,
        NETWORK,
        VOLUME,
        IMAGE,
        SERVICE,
        TASK,
        SECRET,
        CONFIG;

        /** The first segment of its paths. */
        String path() {
            return this == EXEC ? "exec" : name().toLowerCase(Locale.ROOT) + "s";
        }

        boolean isOfSwarm() {
            return this == SERVICE || this == TASK || this == SECRET || this == CONFIG;
        }
    }

    /**
     * An object.
     *
     * @param id full id; the name of a volume
     * @param names references of an image
     * @param parts the container of an exec, the service of a task, the containers in a network
     */
    record Thing(
            Kind kind,
            String id,
            List<String> names,
            Map<String, String> labels,
            List<String> parts,
            boolean isPrivileged) {
        Thing named(String name) {
            return new Thing(kind, id, List.of(name), labels, parts, isPrivileged);
        }

        /** Returns true if the daemon's label filter, {@code key} or {@code key=value}, selects it. */
        boolean hasLabel(String filter) {
            String[] parts = filter.split("=", 2);
            boolean isAnyValue = parts.length == 1 || kind.isOfSwarm() && parts[1].isEmpty();
            return isAnyValue ? labels.containsKey(parts[0]) : parts[1].equals(labels.get(parts[0]));
        }
    }

    private final CopyOnWriteArrayList<Thing> things;

    OwnedWorld(List<Thing> things) {
        this.things = new CopyOnWriteArrayList<>(things);
    }

    List<Thing> things() {
        return things;
    }

    List<Thing> of(Kind kind) {
        return things.stream().filter(thing -> thing.kind == kind).toList();
    }

    OwnedWorld with(Predicate<Thing> kept) {
        return new OwnedWorld(things.stream().filter(kept).toList());
    }

    void add(Thing thing) {
        things.add(thing);
    }

    /** Removes an object with its execs or tasks, and from networks. */
    void remove(Thing thing) {
        things.removeIf(each -> each.equals(thing) || each.kind != Kind.NETWORK && each.parts.contains(thing.id));
        things.replaceAll(each -> each.parts.contains(thing.id)
                ? new Thing(
                        each.kind,
                        each.id,
                        each.names,
                        each.labels,
                        each.parts.stream()
                                .filter(part -> !part.equals(thing.id))
                                .toList(),
                        each.isPrivileged)
                : each);
    }

    void replace(Thing before, Thing after) {
        things.replaceAll(each -> each.equals(before) ? after : each);
    }

    /** Returns what a name, an id or the start of an id means to the daemon: several objects if it is ambiguous. */
    List<Thing> find(Kind kind, String term) {
        BiPredicate<Thing, String> byId = (thing, text) -> thing.id.equals(text);
        BiPredicate<Thing, String> byName = (thing, text) -> thing.names.contains(text);
        BiPredicate<Thing, String> byStart = (thing, text) -> thing.id.startsWith(text);
        List<BiPredicate<Thing, String>> steps = switch (kind) {
            case EXEC -> List.of(byId);
            case VOLUME -> List.of(byName);
            case IMAGE -> List.of((thing, text) -> isReference(thing, text), (thing, text) -> isImageId(thing, text));
            case CONTAINER, NETWORK, SERVICE, TASK, SECRET, CONFIG -> List.of(byId, byName, byStart);
        };
        return steps.stream()
                .map(step -> of(kind).stream()
                        .filter(thing -> step.test(thing, term))
                        .toList())
                .filter(found -> !found.isEmpty())
                .findFirst()
                .orElse(List.of());
    }

    static boolean isReference(Thing image, String term) {
        return !HEX_64.matcher(term).matches()
                && !term.startsWith("sha256:")
                && image.names.contains(term.contains(":") ? term : term + ":latest");
    }

    static boolean isImageId(Thing image, String term) {
        return image.id.startsWith(term.startsWith("sha256:") ? term : "sha256:" + term);
    }

    /** Returns what the daemon's filters select: labels are AND, names are OR. */
    List<Thing> select(Kind kind, Map<String, List<String>> filters) {
        return of(kind).stream()
                .filter(thing -> labels(kind, filters).stream().allMatch(thing::hasLabel))
                .filter(thing -> filters.getOrDefault("name", List.of()).isEmpty()
                        || filters.get("name").stream()
                                .anyMatch(part -> thing.names.get(0).contains(part)))
                .filter(thing -> filters.getOrDefault("service", List.of()).isEmpty()
                        || filters.get("service").contains(thing.parts.get(0)))
                .toList();
    }

    /** The swarm keeps the last of several values for a label. */
    private static List<String> labels(Kind kind, Map<String, List<String>> filters) {
        List<String> asked = filters.getOrDefault("label", List.of());
        if (!kind.isOfSwarm()) {
            return asked;
        }
        Map<String, String> last = new LinkedHashMap<>();
        asked.forEach(label -> last.put(label.split("=", 2)[0], label));
        return List.copyOf(last.values());
    }

    /** Returns the kind of a path such as {@code /containers/x/json}, or null. */
    static Kind kindOf(String path) {
        String first = path.split("/")[1];
        return Arrays.stream(Kind.values())
                .filter(kind -> kind.path().equals(first))
                .findFirst()
                .orElse(null);
    }
}
