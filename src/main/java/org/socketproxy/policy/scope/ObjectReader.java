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
 * Reads what decides about an object from its element in a list of the daemon. It reads the tokens once.
 *
 * <p>Threading: one thread; used for one element.
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

    /**
     * Reads an element of a list.
     *
     * @throws ElementException if it is not an object of the kind
     */
    static ObjectIdentity read(ObjectKind kind, ByteBuffer element) throws ElementException {
        return ElementParser.read(element, parser -> {
            ObjectReader reader = new ObjectReader(kind);
            ElementParser.require(parser.currentToken() == JsonToken.START_OBJECT);
            reader.members(parser, false);
            ElementParser.require(reader.id != null);
            return new ObjectIdentity(kind, Objects.requireNonNull(reader.id), reader.names, reader.labels);
        });
    }

    private void members(JsonParser parser, boolean isSpec) throws IOException, ElementException {
        boolean hasSpec = kind == ObjectKind.SERVICE || kind == ObjectKind.SECRET || kind == ObjectKind.CONFIG;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "Spec" -> {
                    if (hasSpec && !isSpec) {
                        ElementParser.require(parser.currentToken() == JsonToken.START_OBJECT);
                        members(parser, true);
                    } else {
                        parser.skipChildren();
                    }
                }
                case "Labels", "labels" -> {
                    if (hasSpec == isSpec && (name.equals("Labels") || kind == ObjectKind.NETWORK)) {
                        labels(parser);
                    } else {
                        parser.skipChildren();
                    }
                }
                default -> {
                    if (!isSpec && isId(name)) {
                        ElementParser.require(id == null);
                        id = ElementParser.text(parser);
                    }
                    if (hasSpec == isSpec && isNames(name)) {
                        names(parser);
                    } else {
                        parser.skipChildren();
                    }
                }
            }
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
        ElementParser.require(parser.currentToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            ElementParser.require(labels.put(name, ElementParser.text(parser)) == null);
        }
    }
}
