package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Set;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementException;
import org.socketproxy.policy.create.ImageRules;

/** Removes tags and digests of other profiles from an own image, and the containers in its manifests. */
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
            } else if (name.equals("Manifests") && value == JsonToken.START_ARRAY) {
                hideUsers(parser, edits);
            } else if (references.isLimited() && name.equals("Identity")) { // names from which the image was pulled
                edits.replaceValue(parser, "null");
            } else {
                parser.skipChildren();
            }
        }
    }

    /** With the containerd image store, each manifest has the ids of all containers that use it ({@code ?manifests=1}). */
    private static void hideUsers(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            ObjectReader.require(parser.currentToken() == JsonToken.START_OBJECT);
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                boolean isImage = parser.currentName().equals("ImageData");
                JsonToken value = parser.nextToken();
                if (isImage && value == JsonToken.START_OBJECT) {
                    hideContainers(parser, edits);
                } else {
                    parser.skipChildren();
                }
            }
        }
    }

    private static void hideContainers(JsonParser parser, ElementEdits edits) throws IOException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            boolean isUsers = parser.currentName().equals("Containers");
            parser.nextToken();
            if (isUsers) {
                edits.replaceValue(parser, "[]");
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
