package org.socketproxy.security;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.socketproxy.security.OwnedWorld.Kind;
import org.socketproxy.security.OwnedWorld.Thing;

/**
 * Says what a confined client may do, from the documentation alone: it has no class of the proxy.
 *
 * @param elements the elements of {@code TARGETS}
 */
record ConfinementOracle(List<Element> elements, OwnedWorld world) {
    /**
     * An element of {@code TARGETS}.
     *
     * @param kind null for all kinds
     * @param type {@code label}, {@code project}, {@code name} or {@code reference}
     */
    record Element(Kind kind, String type, String text) {
        @Override
        public String toString() {
            return (kind == null ? "" : kind.path() + ":") + type + ":" + text;
        }
    }

    String targets() {
        return elements.stream().map(Element::toString).collect(Collectors.joining(","));
    }

    private static Kind owned(Kind kind) {
        return kind == Kind.EXEC ? Kind.CONTAINER : kind == Kind.TASK ? Kind.SERVICE : kind;
    }

    private List<Element> elements(Kind kind) {
        List<Element> special =
                elements.stream().filter(element -> element.kind == owned(kind)).toList();
        List<Element> general =
                elements.stream().filter(element -> element.kind == null).toList();
        boolean isNamed = general.stream().anyMatch(element -> element.type.equals("name"));
        return !special.isEmpty() ? special : kind == Kind.IMAGE && isNamed ? List.of() : general;
    }

    private List<String> texts(Kind kind, String type) {
        return elements(kind).stream()
                .filter(element -> element.type.equals(type))
                .map(Element::text)
                .toList();
    }

    /** The labels that each own object has, and each new one gets. */
    Map<String, String> labels(Kind kind) {
        Map<String, String> labels = new TreeMap<>();
        texts(kind, "label").forEach(label -> labels.put(label.split("=", 2)[0], label.split("=", 2)[1]));
        texts(kind, "project").forEach(project -> labels.put("com.docker.compose.project", project));
        return labels;
    }

    boolean isSelected(Kind kind) {
        return !elements(kind).isEmpty();
    }

    boolean isByLabels(Kind kind) {
        return isSelected(kind)
                && texts(kind, "name").isEmpty()
                && texts(kind, "reference").isEmpty();
    }

    private static boolean isMatch(String pattern, String text) {
        return text.matches(pattern.replace(".", "\\.").replace("**", ".+").replace("*", "[^/]*"));
    }

    boolean isName(Kind kind, String name) {
        List<String> patterns = texts(kind, "name");
        return isSelected(kind)
                && (patterns.isEmpty() || patterns.stream().anyMatch(pattern -> isMatch(pattern, name)));
    }

    /** Returns true if a new container may have the name. */
    boolean isNewName(String name) {
        return isName(Kind.CONTAINER, name) && !name.matches("[0-9a-f]{12,64}");
    }

    boolean isLimitedToReferences() {
        return !texts(Kind.IMAGE, "reference").isEmpty();
    }

    boolean isReference(String reference) {
        String tagged = reference.contains(":") ? reference : reference + ":latest";
        List<String> patterns = texts(Kind.IMAGE, "reference");
        return patterns.isEmpty()
                || patterns.stream()
                        .anyMatch(pattern -> isMatch(
                                pattern, pattern.contains(":") ? tagged : tagged.substring(0, tagged.indexOf(':'))));
    }

    boolean isOwn(Thing thing) {
        return switch (thing.kind()) {
            case EXEC -> isOwn(find(Kind.CONTAINER, thing.parts().get(0)));
            case TASK -> isOwn(find(Kind.SERVICE, thing.parts().get(0)));
            case IMAGE -> hasLabels(thing) && thing.names().stream().anyMatch(this::isReference);
            case CONTAINER, NETWORK, VOLUME, SERVICE, SECRET, CONFIG ->
                hasLabels(thing) && isName(thing.kind(), thing.names().get(0));
        };
    }

    private Thing find(Kind kind, String id) {
        return world.find(kind, id).get(0);
    }

    private boolean hasLabels(Thing thing) {
        return isSelected(thing.kind())
                && thing.labels().entrySet().containsAll(labels(thing.kind()).entrySet());
    }

    /** Returns the own object that a term means, or null. An image must be own by the name in the request. */
    Thing own(Kind kind, String term, boolean isRemoval) {
        List<Thing> found = world.find(kind, term);
        if (found.size() != 1) {
            return null;
        }
        Thing thing = found.get(0);
        if (kind != Kind.IMAGE) {
            return isOwn(thing) ? thing : null;
        }
        boolean isById = OwnedWorld.isImageId(thing, term);
        boolean isOwn = !isById && term.matches("(?:sha256:)?[0-9a-f]+")
                ? false // the daemon reads a name, and the proxy an id
                : OwnedWorld.isReference(thing, term) && !isById
                        ? isReference(term)
                        : isRemoval
                                ? thing.names().stream().allMatch(this::isReference)
                                : thing.names().stream().anyMatch(this::isReference);
        return hasLabels(thing) && isOwn ? thing : null;
    }

    /** Returns true if a container may have the image. A name that is own without labels needs no image. */
    boolean isUsableImage(String term) {
        boolean isByNameAlone = labels(Kind.IMAGE).isEmpty()
                && !texts(Kind.IMAGE, "reference").isEmpty()
                && !term.matches("(?:sha256:)?[0-9a-f]+")
                && isReference(term);
        return isByNameAlone || own(Kind.IMAGE, term, false) != null;
    }

    /** Returns true if the container, or that of an exec, has no rights of the host. */
    boolean isEnterable(Thing thing) {
        return thing.kind() == Kind.EXEC
                ? !find(Kind.CONTAINER, thing.parts().get(0)).isPrivileged()
                : !thing.isPrivileged();
    }

    /** Returns the ids in the description of an own object. */
    Set<String> visible(Thing thing) {
        Stream<String> parts = thing.parts().stream()
                .filter(part -> thing.kind() != Kind.NETWORK || isOwn(find(Kind.CONTAINER, part)));
        return Stream.concat(Stream.of(thing.id()), parts).collect(Collectors.toSet());
    }

    /** Returns the ids in a list: the own objects that the filters of the client select. */
    Set<String> listed(Kind kind, Map<String, List<String>> filters) {
        return world.select(kind, filters).stream()
                .filter(this::isOwn)
                .flatMap(thing -> kind == Kind.NETWORK ? Stream.of(thing.id()) : visible(thing).stream())
                .collect(Collectors.toSet());
    }

    /** Returns the ids in events: an image has the first of its names in its event. */
    Set<String> streamed() {
        Predicate<Thing> isInEvent = thing -> thing.kind() != Kind.EXEC
                && thing.kind() != Kind.TASK
                && isOwn(thing)
                && (thing.kind() != Kind.IMAGE || isReference(thing.names().get(0)));
        return world.things().stream()
                .filter(isInEvent)
                .flatMap(thing -> visible(thing).stream())
                .collect(Collectors.toSet());
    }
}
