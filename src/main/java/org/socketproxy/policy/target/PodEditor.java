package org.socketproxy.policy.target;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.socketproxy.json.ElementException;

/** Removes the containers of others from an own pod. */
final class PodEditor extends ParsedElementEditor {
    private static final String CONTAINERS = "Containers";

    private final KnownObjects own;

    /** @param own the own containers */
    PodEditor(KnownObjects own) {
        this.own = own;
    }

    @Override
    void edit(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        ObjectReader.require(parser.currentToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            boolean isContainers = parser.currentName().equals(CONTAINERS);
            parser.nextToken();
            if (isContainers) {
                edits.editArray(parser, (list, element) -> isOwn(element) ? Edit.KEEP : Edit.DROP);
            } else {
                parser.skipChildren();
            }
        }
    }

    private boolean isOwn(ByteBuffer element) throws ElementException {
        return own.has(
                ObjectKind.CONTAINER,
                ObjectReader.read(ObjectKind.CONTAINER, element).id());
    }
}
