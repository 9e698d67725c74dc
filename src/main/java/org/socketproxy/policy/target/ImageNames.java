package org.socketproxy.policy.target;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementException;
import org.socketproxy.policy.create.ImageRules;

/** Removes the tags and digests of others from an image that has an own tag too. */
final class ImageNames extends ParsedElementEditor {
    /** Begins the placeholders of old API versions for an image without a tag or digest. */
    private static final String NONE = "<none>";

    private final ImageRules references;

    ImageNames(ImageRules references) {
        this.references = references;
    }

    @Override
    void edit(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            boolean isList = value == JsonToken.START_ARRAY && (name.equals("RepoTags") || name.equals("RepoDigests"));
            if (isList) {
                keepOwn(parser, edits);
            } else if (name.equals("Identity")) { // names from which the image was pulled
                edits.replaceValue(parser, "null");
            } else {
                parser.skipChildren();
            }
        }
    }

    private void keepOwn(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        ElementEdits.Selection selection = edits.new Selection(parser);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            String reference = ObjectReader.text(parser);
            boolean isKept = reference.startsWith(NONE) || references.allows(reference);
            selection.add(ElementEdits.begin(parser), parser, isKept ? Edit.KEEP : Edit.DROP);
        }
        selection.finish(parser);
    }
}
