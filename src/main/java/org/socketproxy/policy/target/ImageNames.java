package org.socketproxy.policy.target;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Set;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementException;
import org.socketproxy.policy.create.ImageRules;

/** Removes the tags and digests of others from an image that has an own tag too. */
final class ImageNames extends ParsedElementEditor {
    /** Begins the placeholders of old API versions for an image without a tag or digest. */
    private static final String NONE = "<none>";

    /** Only lists of Podman have the last two. */
    private static final Set<String> NAMES = Set.of("RepoTags", "RepoDigests", "Names", "History");
    /** Podman counts the containers of others too; dockerd writes this number. */
    private static final String UNCOUNTED = "-1";

    private final ImageRules references;
    private final boolean isCounted;

    /** @param isCounted true to keep the number of containers */
    ImageNames(ImageRules references, boolean isCounted) {
        this.references = references;
        this.isCounted = isCounted;
    }

    @Override
    void edit(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (value == JsonToken.START_ARRAY && NAMES.contains(name)) {
                keepOwn(parser, edits);
            } else if (!isCounted && name.equals("Containers")) {
                edits.replaceValue(parser, UNCOUNTED);
            } else if (references.isLimited() && name.equals("Identity")) { // names from which the image was pulled
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
            boolean isKept = !references.isLimited() || reference.startsWith(NONE) || references.allows(reference);
            selection.add(ElementEdits.begin(parser), parser, isKept ? Edit.KEEP : Edit.DROP);
        }
        selection.finish(parser);
    }
}
