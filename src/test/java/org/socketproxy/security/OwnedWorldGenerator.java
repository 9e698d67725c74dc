package org.socketproxy.security;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.socketproxy.security.ConfinementOracle.Element;
import org.socketproxy.security.OwnedWorld.Kind;
import org.socketproxy.security.OwnedWorld.Thing;

/** Makes random worlds, targets and names. Names look like ids, ids begin alike, and labels differ in one letter. */
record OwnedWorldGenerator(Random random) {
    private static final List<String> STARTS = List.of("ab12", "ab13", "beef", "ffff");
    private static final List<String> NAMES =
            List.of("ci-a", "ci-b", "dev-a", "web", "ab12", "ab1", "beef", "ffff", "a", "ci", "ci-ab12");
    private static final List<String> REFERENCES =
            List.of("app:1", "app:2", "app:latest", "team/app:1", "registry.local/x:1", "beef:latest", "beef:1");
    private static final List<Map.Entry<String, List<String>>> LABELS = List.of(
            Map.entry("owner", List.of("ci", "dev", "ci2", "")),
            Map.entry("com.docker.compose.project", List.of("shop", "shop2")),
            Map.entry("x", List.of("a=b", "a")));
    private static final List<String> GLOBS = List.of("ci-*", "*-a", "web*", "ab1*", "*");
    private static final List<String> PATTERNS = List.of("app", "app:1", "team/*", "registry.local/**", "**", "beef");
    private static final List<Kind> OWNED =
            List.of(Kind.CONTAINER, Kind.NETWORK, Kind.VOLUME, Kind.IMAGE, Kind.SERVICE, Kind.SECRET, Kind.CONFIG);

    <T> T any(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    boolean isOneOf(int many) {
        return random.nextInt(many) == 0;
    }

    private String letters(String alphabet, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "" + alphabet.charAt(random.nextInt(alphabet.length())))
                .collect(Collectors.joining());
    }

    String id(Kind kind) {
        return switch (kind) {
            case IMAGE -> "sha256:" + any(STARTS) + letters("0123456789abcdef", 60);
            case SERVICE, TASK, SECRET, CONFIG -> any(STARTS) + letters("0123456789abcdefghijklmnopqrstuvwxyz", 21);
            default -> any(STARTS) + letters("0123456789abcdef", 60);
        };
    }

    Map<String, String> labels() {
        Map<String, String> labels = new TreeMap<>();
        LABELS.forEach(label -> {
            if (random.nextBoolean()) {
                labels.put(label.getKey(), any(label.getValue()));
            }
        });
        return labels;
    }

    OwnedWorld world() {
        OwnedWorld world = new OwnedWorld(List.of());
        for (Kind kind : OWNED) {
            List<String> free = names(kind);
            for (int i = random.nextInt(5); i > 0 && !free.isEmpty(); i--) {
                List<String> names = new ArrayList<>();
                do {
                    String name = any(free);
                    free.remove(name);
                    names.add(name);
                } while (kind == Kind.IMAGE && random.nextBoolean() && !free.isEmpty());
                world.add(new Thing(
                        kind,
                        kind == Kind.VOLUME ? names.get(0) : id(kind),
                        names,
                        labels(),
                        kind == Kind.NETWORK ? ids(world.of(Kind.CONTAINER)) : List.of(),
                        kind == Kind.CONTAINER && isOneOf(8)));
                if (kind == Kind.CONTAINER && world.of(kind).size() == 1) {
                    free.add(world.of(kind).get(0).id());
                }
            }
        }
        parts(world, Kind.EXEC, Kind.CONTAINER);
        parts(world, Kind.TASK, Kind.SERVICE);
        return world;
    }

    /** A volume has its name as its id, so that no other object has it. */
    static List<String> names(Kind kind) {
        return new ArrayList<>(
                kind == Kind.IMAGE
                        ? REFERENCES
                        : NAMES.stream()
                                .map(name -> kind == Kind.VOLUME ? name + ".v" : name)
                                .toList());
    }

    private List<String> ids(List<Thing> things) {
        return things.stream()
                .filter(thing -> random.nextBoolean())
                .map(Thing::id)
                .toList();
    }

    private void parts(OwnedWorld world, Kind kind, Kind whole) {
        ids(world.of(whole))
                .forEach(id -> world.add(new Thing(kind, id(kind), List.of(), Map.of(), List.of(id), false)));
    }

    private Element element(Kind kind) {
        return switch (random.nextInt(4)) {
            case 0 -> new Element(kind, "label", "owner=ci");
            case 1 -> new Element(kind, "project", "shop");
            case 2 -> new Element(kind, "label", "x=a=b");
            default ->
                kind == Kind.IMAGE
                        ? new Element(kind, "reference", any(PATTERNS))
                        : new Element(kind, "name", any(GLOBS));
        };
    }

    List<Element> elements() {
        List<Element> elements = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            elements.add(element(null));
        }
        while (elements.isEmpty() || random.nextBoolean()) {
            Kind kind = any(OWNED);
            IntStream.rangeClosed(0, random.nextInt(2)).forEach(i -> elements.add(element(kind)));
        }
        return elements.stream().distinct().toList();
    }

    /** Returns an id, the start of one, or a name; often one that exists. */
    String term(OwnedWorld world, Kind kind) {
        List<Thing> things = isOneOf(5) ? world.things() : world.of(kind);
        if (things.isEmpty() || isOneOf(8)) {
            return any(names(kind));
        }
        Thing thing = any(things);
        String id = kind == Kind.IMAGE || thing.kind() != Kind.IMAGE
                ? thing.id()
                : thing.id().substring(7);
        String name = thing.names().isEmpty() ? id : any(thing.names());
        boolean isUsableName = kind == Kind.IMAGE || !name.contains(":");
        return switch (random.nextInt(4)) {
            case 0 -> id;
            case 1 -> id.substring(0, Math.min(id.length(), (id.startsWith("sha256:") ? 8 : 1) + random.nextInt(12)));
            default -> isUsableName ? name : id;
        };
    }

    /** Returns filters of a client; in one case of two none. */
    Map<String, List<String>> filters(Kind kind, boolean isPrune) {
        Map<String, List<String>> filters = new TreeMap<>();
        List<String> labels = List.of("owner=ci", "owner", "owner=dev", "x=a=b", "x", "own", "owner=");
        if (random.nextBoolean() && !(isPrune && kind == Kind.IMAGE) && kind != Kind.TASK) {
            filters.put("label", List.of(any(labels)));
        }
        boolean isNamed = kind != Kind.IMAGE && kind != Kind.TASK && !isPrune && isOneOf(3);
        if (isNamed) {
            filters.put("name", List.of(any(List.of("ci", "a", "w")), "b"));
        }
        return filters;
    }

    /** Writes filters in one of the two encodings. */
    String encode(Map<String, List<String>> filters) {
        boolean isMap = random.nextBoolean();
        return filters.entrySet().stream()
                .map(filter -> "'" + filter.getKey() + "':"
                        + filter.getValue().stream()
                                .map(value -> "'" + value + "'" + (isMap ? ":" + random.nextBoolean() : ""))
                                .collect(Collectors.joining(",", isMap ? "{" : "[", isMap ? "}" : "]")))
                .collect(Collectors.joining(",", "{", "}"));
    }
}
