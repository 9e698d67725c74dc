package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.socketproxy.json.ElementException;

/** Removes the containers of others from an own pod, and from their number. */
final class PodEditor extends ParsedElementEditor {
    private static final String CONTAINERS = "Containers";
    private static final String NUMBER = "NumContainers";

    private final ObjectIndex own;

    /** @param own the own containers */
    PodEditor(ObjectIndex own) {
        this.own = own;
    }

    @Override
    void edit(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        ObjectReader.require(parser.currentToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            if (name.equals(CONTAINERS)) {
                edits.editArray(parser, (list, element) -> isOwn(element) ? Edit.KEEP : Edit.DROP);
            } else if (name.equals(NUMBER)) {
                edits.replaceValue(parser, Integer.toString(count(edits)));
            } else {
                parser.skipChildren();
            }
        }
    }

    /** The number is before the containers. */
    private int count(ElementEdits edits) throws IOException, ElementException {
        int[] count = new int[1];
        try (JsonParser parser = edits.parse()) {
            parser.nextToken();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                boolean isContainers = parser.currentName().equals(CONTAINERS);
                parser.nextToken();
                if (isContainers) {
                    edits.editArray(parser, (list, element) -> {
                        count[0] += isOwn(element) ? 1 : 0;
                        return Edit.KEEP;
                    });
                } else {
                    parser.skipChildren();
                }
            }
        }
        return count[0];
    }

    private boolean isOwn(ByteBuffer element) throws ElementException {
        return own.has(
                ObjectKind.CONTAINER,
                ObjectReader.read(ObjectKind.CONTAINER, element).id());
    }
}
