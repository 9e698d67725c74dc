package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementException;

/**
 * Removes the tags of others from the history of an own image. The first layer has those of the image, and the others those of
 * images on which it is built.
 *
 * <p>Threading: one thread at a time; used for one response.
 */
final class HistoryEditor extends ParsedElementEditor {
    private final ScopeSelector images;
    private boolean isOfImage = true;

    HistoryEditor(ScopeSelector images) {
        this.images = images;
    }

    @Override
    void edit(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        ObjectReader.require(parser.currentToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (name.equals("Tags") && value == JsonToken.START_ARRAY) {
                keepOwn(parser, edits);
            } else {
                parser.skipChildren();
            }
        }
        isOfImage = false;
    }

    private void keepOwn(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        ElementEdits.Selection selection = edits.new Selection(parser);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            boolean isKept = isOwn(ObjectReader.text(parser));
            selection.add(ElementEdits.begin(parser), parser, isKept ? Edit.KEEP : Edit.DROP);
        }
        selection.finish(parser);
    }

    /** The labels of the image are those of the profile; the labels of the images below it are not known. */
    private boolean isOwn(String tag) {
        return (isOfImage || images.labels().isEmpty())
                && (!images.references().isLimited() || images.references().allows(tag));
    }
}
