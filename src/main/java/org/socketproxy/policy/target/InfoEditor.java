package org.socketproxy.policy.target;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Map;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;

/** Removes the numbers of objects and the addresses of the swarm from the response of {@code /info}. */
final class InfoEditor extends ParsedElementEditor {
    private static final Map<String, String> REPLACED = Map.of(
            "Containers", "0",
            "ContainersRunning", "0",
            "ContainersPaused", "0",
            "ContainersStopped", "0",
            "Images", "0",
            "NEventsListener", "0");

    private static final Map<String, String> REPLACED_OF_SWARM = Map.of(
            "NodeAddr", "\"\"",
            "RemoteManagers", "null",
            "Nodes", "0",
            "Managers", "0",
            "Cluster", "null");

    static JsonElements elements() {
        return JsonElements.value(JsonElements.MAX_ELEMENT_BYTES, new InfoEditor());
    }

    @Override
    void edit(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        replace(parser, edits, REPLACED);
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
