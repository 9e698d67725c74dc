package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Set;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;

/** Keeps the tasks of own services. A task without a service belongs to no profile. */
public record TaskEditor(ObjectIndex own) implements ElementEditor {
    /** Returns the splitter of one list. */
    public JsonElements elements() {
        return JsonElements.array(JsonElements.MAX_ELEMENT_BYTES, this);
    }

    @Override
    public Set<String> head() {
        return HEAD;
    }

    @Override
    public Edit edit(String list, ByteBuffer element) throws ElementException {
        String service = "";
        try (JsonParser parser = ObjectReader.FACTORY.createParser(
                element.array(), element.arrayOffset() + element.position(), element.remaining())) {
            ObjectReader.require(parser.nextToken() == JsonToken.START_OBJECT);
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals("ServiceID")) {
                    ObjectReader.require(service.isEmpty());
                    service = ObjectReader.text(parser);
                } else {
                    parser.skipChildren();
                }
            }
            ObjectReader.require(parser.nextToken() == null);
        } catch (JsonProcessingException malformed) {
            throw ObjectReader.malformed();
        } catch (IOException impossible) { // the parser reads from memory
            throw new UncheckedIOException(impossible);
        }
        return own.has(ObjectKind.SERVICE, service) ? Edit.KEEP : Edit.DROP;
    }
}
