package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementException;

/**
 * Removes ids and names from the history of an own image in a response of the libpod API. Podman writes those of any image that has
 * the layer.
 */
final class LibpodHistoryEditor extends ParsedElementEditor {
    /** As the daemon writes a layer without an image. */
    private static final String MISSING = "\"<missing>\"";

    private final ScopeSelector images;

    LibpodHistoryEditor(ScopeSelector images) {
        this.images = images;
    }

    @Override
    void edit(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        ObjectReader.require(parser.currentToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (name.equals("Id")) {
                edits.replaceValue(parser, MISSING);
            } else if (name.equals("Tags") && value == JsonToken.START_ARRAY) {
                keepOwn(parser, edits);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void keepOwn(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        ElementEdits.Selection selection = edits.new Selection(parser);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            boolean isKept = images.labels().isEmpty()
                    && images.references().isLimited()
                    && images.references().allows(ObjectReader.text(parser));
            selection.add(ElementEdits.begin(parser), parser, isKept ? Edit.KEEP : Edit.DROP);
        }
        selection.finish(parser);
    }
}
