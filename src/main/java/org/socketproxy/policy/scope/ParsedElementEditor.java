package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementException;

/** Editor that reads the tokens of an element once, and replaces some of its values. */
abstract class ParsedElementEditor implements ElementEditor {
    @Override
    public final Edit edit(String list, ByteBuffer element) throws ElementException {
        ElementEdits edits = new ElementEdits(element);
        try (JsonParser parser = edits.parse()) {
            parser.nextToken();
            edit(parser, edits);
            ObjectReader.require(parser.nextToken() == null);
        } catch (JsonProcessingException malformed) {
            throw ObjectReader.malformed();
        } catch (IOException impossible) { // the parser reads from memory
            throw new UncheckedIOException(impossible);
        }
        return edits.edit();
    }

    /**
     * Replaces values.
     *
     * @param parser at the begin of the element; after the call at its end
     */
    abstract void edit(JsonParser parser, ElementEdits edits) throws IOException, ElementException;
}
