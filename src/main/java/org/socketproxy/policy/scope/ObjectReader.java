package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.ElementParser;

/**
 * Reads id, names and labels of an object from its element in a list of the daemon.
 *
 * <p>Security: an element without an id, or with labels of another form, is malformed.
 */
final class ObjectReader {
    private final ObjectKind kind;
    private final List<String> names = new ArrayList<>(2);
    private final Map<String, String> labels = new HashMap<>();
    private @Nullable String id;
    private boolean hasLabels;

    private ObjectReader(ObjectKind kind) {
        this.kind = kind;
    }

    /** @throws ElementException if the element is not an object of the kind */
    static ObjectIdentity read(ObjectKind kind, ByteBuffer element) throws ElementException {
        return ElementParser.read(element, parser -> {
            ObjectReader reader = new ObjectReader(kind);
            ElementParser.members(parser, reader::member);
            ElementParser.require(reader.id != null);
            return new ObjectIdentity(kind, Objects.requireNonNull(reader.id), reader.names, reader.labels);
        });
    }

    /** Objects of a swarm have their names and labels in {@code Spec}. */
    private boolean hasSpec() {
        return kind == ObjectKind.SERVICE || kind == ObjectKind.SECRET || kind == ObjectKind.CONFIG;
    }

    private void member(String name, JsonParser value) throws IOException, ElementException {
        if (isId(name)) {
            ElementParser.require(id == null);
            id = ElementParser.text(value);
        }
        if (!hasSpec()) {
            named(name, value);
        } else if (name.equals("Spec")) {
            ElementParser.members(value, this::named);
        }
    }

    private void named(String name, JsonParser value) throws IOException, ElementException {
        if (name.equals("Labels") || name.equals("labels") && kind == ObjectKind.NETWORK) {
            labels(value);
        } else if (isNames(name)) {
            names(value);
        }
    }

    /** Members of a network are in lower case in the libpod API. */
    private boolean isId(String name) {
        return switch (kind) {
            case CONTAINER, IMAGE, POD -> name.equals("Id");
            case NETWORK -> name.equals("Id") || name.equals("id");
            case VOLUME -> name.equals("Name");
            case SERVICE, SECRET, CONFIG -> name.equals("ID");
        };
    }

    private boolean isNames(String name) {
        return switch (kind) {
            case CONTAINER -> name.equals("Names");
            case IMAGE -> name.equals("RepoTags") || name.equals("RepoDigests");
            case NETWORK -> name.equals("Name") || name.equals("name");
            case VOLUME, SERVICE, SECRET, CONFIG, POD -> name.equals("Name");
        };
    }

    private void names(JsonParser parser) throws IOException, ElementException {
        switch (parser.currentToken()) {
            case START_ARRAY -> {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    add(ElementParser.text(parser));
                }
            }
            case VALUE_STRING -> add(parser.getText());
            default -> ElementParser.require(parser.currentToken() == JsonToken.VALUE_NULL);
        }
    }

    /** Leaves out the aliases of a container below the name of another one, such as {@code /web/db}. */
    private void add(String name) {
        if (kind != ObjectKind.CONTAINER) {
            names.add(name);
            return;
        }
        String own = name.startsWith("/") ? name.substring(1) : name;
        if (own.indexOf('/') < 0) {
            names.add(own);
        }
    }

    private void labels(JsonParser parser) throws IOException, ElementException {
        ElementParser.require(!hasLabels);
        hasLabels = true;
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        ElementParser.members(
                parser, (name, value) -> ElementParser.require(labels.put(name, ElementParser.text(value)) == null));
    }
}
