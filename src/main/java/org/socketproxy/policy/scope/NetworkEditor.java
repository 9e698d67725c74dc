package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Map;
import org.socketproxy.json.ElementException;

/** Removes the containers of others, the services and the nodes from the description of a network. */
final class NetworkEditor extends ParsedElementEditor {
    private static final Map<String, String> REPLACED = Map.of("Services", "{}", "Peers", "[]");

    private final ObjectIndex own;

    /** @param own the own containers */
    NetworkEditor(ObjectIndex own) {
        this.own = own;
    }

    @Override
    void edit(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        ObjectReader.require(parser.currentToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            String by = REPLACED.get(name);
            if (by != null) {
                edits.replaceValue(parser, by);
            } else if (isContainers(name) && value == JsonToken.START_OBJECT) {
                keepOwn(parser, edits);
            } else if (isContainers(name)) {
                edits.replaceValue(parser, "{}");
            } else {
                parser.skipChildren();
            }
        }
    }

    /** The libpod API writes the member in lower case. */
    private static boolean isContainers(String name) {
        return name.equals("Containers") || name.equals("containers");
    }

    private void keepOwn(JsonParser parser, ElementEdits edits) throws IOException {
        ElementEdits.Selection selection = edits.new Selection(parser);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            int begin = ElementEdits.begin(parser);
            boolean isOwn = own.has(ObjectKind.CONTAINER, parser.currentName());
            parser.nextToken();
            parser.skipChildren();
            selection.add(begin, parser, isOwn ? Edit.KEEP : Edit.DROP);
        }
        selection.finish(parser);
    }
}
