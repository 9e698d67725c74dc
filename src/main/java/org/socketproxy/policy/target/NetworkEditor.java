package org.socketproxy.policy.target;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Map;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;

/** Removes the containers, services and nodes from the description of a network. */
final class NetworkEditor extends ParsedElementEditor {
    private static final Map<String, String> REPLACED = Map.of("Containers", "{}", "Services", "{}", "Peers", "[]");

    static JsonElements elements() {
        return JsonElements.value(JsonElements.MAX_ELEMENT_BYTES, new NetworkEditor());
    }

    @Override
    void edit(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        ObjectReader.require(parser.currentToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String by = REPLACED.get(parser.currentName());
            parser.nextToken();
            if (by != null) {
                edits.replaceValue(parser, by);
            } else {
                parser.skipChildren();
            }
        }
    }
}
