package org.socketproxy.policy.target;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Map;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;

/** Removes the containers of others, the services and the nodes from the description of a network. */
public final class NetworkEditor extends ParsedElementEditor {
    private static final Map<String, String> REPLACED = Map.of("Services", "{}", "Peers", "[]");

    private final KnownObjects own;

    /** @param own the own containers */
    public NetworkEditor(KnownObjects own) {
        this.own = own;
    }

    /** Returns the splitter of one response. */
    public JsonElements elements() {
        return JsonElements.value(JsonElements.MAX_ELEMENT_BYTES, this);
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
            } else if (name.equals("Containers") && value == JsonToken.START_OBJECT) {
                keepOwn(parser, edits);
            } else if (name.equals("Containers")) {
                edits.replaceValue(parser, "{}");
            } else {
                parser.skipChildren();
            }
        }
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
