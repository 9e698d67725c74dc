package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Set;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementException;
import org.socketproxy.policy.create.ImageRules;

/** Removes the names of others from an own image in a response of the libpod API, and the number of its containers. */
final class LibpodImageEditor extends ParsedElementEditor {
    private static final Set<String> NAMES = Set.of("RepoTags", "RepoDigests", "Names", "NamesHistory", "History");
    /** The daemon counts the containers of others too. */
    private static final String UNCOUNTED = "-1";

    private final ImageRules references;

    LibpodImageEditor(ImageRules references) {
        this.references = references;
    }

    @Override
    void edit(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        ObjectReader.require(parser.currentToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (name.equals("Containers")) {
                edits.replaceValue(parser, UNCOUNTED);
            } else if (NAMES.contains(name) && value == JsonToken.START_ARRAY) {
                keepOwn(parser, edits);
            } else {
                parser.skipChildren();
            }
        }
    }

    /** {@code History} has names in a list, and the layers of the image in its description. */
    private void keepOwn(JsonParser parser, ElementEdits edits) throws IOException {
        ElementEdits.Selection selection = edits.new Selection(parser);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            int begin = ElementEdits.begin(parser);
            boolean isName = parser.currentToken() == JsonToken.VALUE_STRING;
            boolean isKept = !isName || !references.isLimited() || references.allows(parser.getText());
            parser.skipChildren();
            selection.add(begin, parser, isKept ? Edit.KEEP : Edit.DROP);
        }
        selection.finish(parser);
    }
}
