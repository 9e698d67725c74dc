package org.socketproxy.policy.target;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementException;
import org.socketproxy.policy.create.ImageRules;

/** Removes the tags and digests of others from an image that has an own tag too. */
final class ImageNames {
    /** Begins the placeholders of old API versions for an image without a tag or digest. */
    private static final String NONE = "<none>";

    private ImageNames() {}

    static Edit keep(ImageRules references, ByteBuffer element) throws ElementException {
        ElementEdits edits = new ElementEdits(element);
        try (JsonParser parser = edits.parse()) {
            parser.nextToken();
            keep(references, parser, edits);
        } catch (JsonProcessingException malformed) {
            throw ObjectReader.malformed();
        } catch (IOException impossible) { // the parser reads from memory
            throw new UncheckedIOException(impossible);
        }
        return edits.edit();
    }

    /**
     * Removes them from the image at the parser.
     *
     * @param parser at the begin of an object; after the call at its end
     */
    static void keep(ImageRules references, JsonParser parser, ElementEdits edits)
            throws IOException, ElementException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            boolean isList = value == JsonToken.START_ARRAY && (name.equals("RepoTags") || name.equals("RepoDigests"));
            if (isList) {
                ElementEdits.Selection selection = edits.new Selection(parser);
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    String reference = ObjectReader.text(parser);
                    boolean isKept = reference.startsWith(NONE) || references.allows(reference);
                    selection.add(ElementEdits.begin(parser), parser, isKept);
                }
                selection.finish(parser);
            } else {
                parser.skipChildren();
            }
        }
    }
}
