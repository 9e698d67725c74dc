package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;

/** Replaces the numbers of objects in the response of {@code /info}, and removes the addresses of the swarm. */
final class InfoEditor extends ParsedElementEditor {
    private static final Map<String, String> REPLACED_OF_SWARM = Map.of(
            "NodeAddr", "\"\"",
            "RemoteManagers", "null",
            "Nodes", "0",
            "Managers", "0",
            "Cluster", "null");

    private final Map<String, String> replaced = new HashMap<>(Map.of("NEventsListener", "0"));

    private InfoEditor(Map<String, Integer> numbers) {
        numbers.forEach((name, number) -> replaced.put(name, number.toString()));
    }

    /** @param numbers of own objects, by the names in the response */
    static JsonElements elements(Map<String, Integer> numbers) {
        return JsonElements.value(JsonElements.MAX_ELEMENT_BYTES, new InfoEditor(numbers));
    }

    @Override
    void edit(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        replace(parser, edits, replaced);
    }

    private static void replace(JsonParser parser, ElementEdits edits, Map<String, String> replaced)
            throws IOException, ElementException {
        ObjectReader.require(parser.currentToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            String by = replaced.get(name);
            if (by != null) {
                edits.replaceValue(parser, by);
            } else if (name.equals("Swarm") && value == JsonToken.START_OBJECT) {
                replace(parser, edits, REPLACED_OF_SWARM);
            } else {
                parser.skipChildren();
            }
        }
    }
}
