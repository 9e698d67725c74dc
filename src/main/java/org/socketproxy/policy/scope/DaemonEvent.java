package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.ElementException;

/**
 * An event of the daemon.
 *
 * @param type kind of the object, such as {@code container}; empty if the event has none
 * @param id id of the object; the name for a volume, and a reference for some events of images
 * @param attributes facts, and for containers and images their labels
 */
record DaemonEvent(String type, String action, String id, Map<String, String> attributes) {
    private static final String NAME = "name";
    private static final String NETWORK = "network";

    static DaemonEvent read(ByteBuffer element) throws ElementException {
        try (JsonParser parser = ObjectReader.FACTORY.createParser(
                element.array(), element.arrayOffset() + element.position(), element.remaining())) {
            parser.nextToken();
            DaemonEvent event = read(parser);
            ObjectReader.require(parser.nextToken() == null);
            return event;
        } catch (JsonProcessingException malformed) {
            throw ObjectReader.malformed();
        } catch (IOException impossible) { // the parser reads from memory
            throw new UncheckedIOException(impossible);
        }
    }

    private static DaemonEvent read(JsonParser parser) throws IOException, ElementException {
        Map<String, String> found = new HashMap<>();
        Map<String, String> attributes = new HashMap<>();
        ObjectReader.require(parser.currentToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (name.equals("Type") || name.equals("Action")) {
                ObjectReader.require(found.put(name, ObjectReader.text(parser)) == null);
            } else if (name.equals("Actor") && value == JsonToken.START_OBJECT) {
                ObjectReader.require(!found.containsKey("ID"));
                readActor(parser, found, attributes);
            } else {
                parser.skipChildren();
            }
        }
        return of(
                found.getOrDefault("Type", ""),
                found.getOrDefault("Action", ""),
                found.getOrDefault("ID", ""),
                attributes);
    }

    /** In the events of Podman, volumes have a name and no id. */
    private static DaemonEvent of(String type, String action, String id, Map<String, String> attributes) {
        boolean isVolume = type.equals("volume") && id.isEmpty();
        return new DaemonEvent(type, action, isVolume ? attributes.getOrDefault(NAME, "") : id, attributes);
    }

    private static void readActor(JsonParser parser, Map<String, String> found, Map<String, String> attributes)
            throws IOException, ElementException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (name.equals("ID")) {
                found.put(name, ObjectReader.text(parser));
            } else if (name.equals("Attributes") && value == JsonToken.START_OBJECT) {
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String key = parser.currentName();
                    parser.nextToken();
                    ObjectReader.require(attributes.put(key, ObjectReader.text(parser)) == null);
                }
            } else {
                parser.skipChildren();
            }
        }
    }

    /** Returns the kind of the object, or null if no profile can have such objects. */
    @Nullable
    ObjectKind kind() {
        return ObjectKind.of(type.toLowerCase(Locale.ROOT) + "s").orElse(null);
    }

    /** Returns the name of the object, or an empty string. Podman has the name of a network in an attribute of its own. */
    String name() {
        return attributes.getOrDefault(type.equals(NETWORK) ? NETWORK : NAME, attributes.getOrDefault(NAME, ""));
    }

    /** Returns true if the id is that of a container which Podman has connected to a network, or disconnected. */
    boolean isOfMember() {
        return type.equals(NETWORK)
                && attributes.containsKey(NETWORK)
                && (action.equals("connect") || action.equals("disconnect"));
    }

    boolean isRemoval() {
        return action.equals("destroy") || action.equals("remove") || action.equals("delete");
    }
}
