package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.JsonText;

/** Replaces the numbers of objects in the member {@code store} of the response of {@code /libpod/info}. */
final class LibpodInfoEditor extends ParsedElementEditor {
    private static final String STORE = "store";
    private static final String CONTAINERS = "containerStore";
    private static final String IMAGES = "imageStore";

    private final String containers;
    private final String images;

    private LibpodInfoEditor(Map<String, Integer> containers, int images) {
        this.containers = JsonText.compact(json -> {
            json.writeStartObject();
            for (Map.Entry<String, Integer> number : new TreeMap<>(containers).entrySet()) {
                json.writeNumberField(number.getKey(), number.getValue());
            }
            json.writeEndObject();
        });
        this.images = "{\"number\":" + images + "}";
    }

    /**
     * Returns the splitter of the response.
     *
     * @param containers numbers of own containers, by the names in the response
     */
    static JsonElements elements(Map<String, Integer> containers, int images) {
        return JsonElements.value(JsonElements.MAX_ELEMENT_BYTES, new LibpodInfoEditor(containers, images));
    }

    @Override
    void edit(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        ObjectReader.require(parser.currentToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            boolean isStore = parser.currentName().equals(STORE);
            JsonToken value = parser.nextToken();
            if (isStore && value == JsonToken.START_OBJECT) {
                editStore(parser, edits);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void editStore(JsonParser parser, ElementEdits edits) throws IOException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            if (name.equals(CONTAINERS) || name.equals(IMAGES)) {
                edits.replaceValue(parser, name.equals(IMAGES) ? images : containers);
            } else {
                parser.skipChildren();
            }
        }
    }
}
