package org.socketproxy.policy.mask;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.ElementException.Kind;

/**
 * Masks the values of one element; all other bytes remain as they are. It reads the tokens once.
 *
 * <p>Threading: stateless, except for the tree, which does not change.
 *
 * <p>Security: a value of another shape than the table says is masked with all that it contains.
 *
 * @param roots tree of the paths below an element, by the name of the member whose array has the element
 * @param maxBytes limit of an element after masking
 */
record ElementMasker(Map<String, MaskNode> roots, int maxBytes) implements ElementEditor {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW) // names of members can be chosen by clients
            .build();

    @Override
    public Set<String> head() {
        return HEAD;
    }

    @Override
    public Edit edit(String list, ByteBuffer element) throws ElementException {
        MaskNode root = roots.get(list);
        if (root == null) {
            return Edit.KEEP;
        }
        Splices splices = new Splices(element, maxBytes);
        try (JsonParser parser = FACTORY.createParser(splices.bytes(), splices.offset(), splices.length())) {
            if (parser.nextToken() == null) {
                throw new ElementException(Kind.MALFORMED, "an element is empty");
            }
            walk(parser, root, splices);
            if (parser.nextToken() != null) {
                throw new ElementException(Kind.MALFORMED, "characters after an element");
            }
        } catch (JsonProcessingException malformed) {
            throw new ElementException(Kind.MALFORMED, "an element is not valid JSON");
        } catch (IOException impossible) { // the parser reads from memory
            throw new UncheckedIOException(impossible);
        }
        return splices.edit();
    }

    private static void walk(JsonParser parser, MaskNode node, Splices splices) throws IOException, ElementException {
        MaskMethod method = node.method();
        if (method != null) {
            mask(parser, method, splices);
            return;
        }
        switch (parser.currentToken()) {
            case START_OBJECT -> walkMembers(parser, node, splices);
            case START_ARRAY -> {
                MaskNode element = node.element();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    walk(parser, element, splices);
                }
            }
            default -> maskScalar(parser, node.methodOfScalar(), splices);
        }
    }

    private static void walkMembers(JsonParser parser, MaskNode node, Splices splices)
            throws IOException, ElementException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            MaskNode member = node.member(parser.currentName());
            parser.nextToken();
            if (member == null) {
                parser.skipChildren();
            } else {
                walk(parser, member, splices);
            }
        }
    }

    /** Masks a value, and the values that it contains; the names of members remain. */
    private static void mask(JsonParser parser, MaskMethod method, Splices splices)
            throws IOException, ElementException {
        int depth = 0;
        do {
            JsonToken token = parser.currentToken();
            if (token.isStructStart()) {
                depth++;
            } else if (token.isStructEnd()) {
                depth--;
            } else {
                maskScalar(parser, method, splices);
            }
        } while (depth > 0 && parser.nextToken() != null);
    }

    /** Strings that are not empty and numbers are masked; true, false and null pass. */
    private static void maskScalar(JsonParser parser, @Nullable MaskMethod method, Splices splices)
            throws IOException, ElementException {
        if (method == null) {
            return;
        }
        if (parser.currentToken().isNumeric()) {
            splices.replaceNumber(parser);
        } else if (parser.currentToken() == JsonToken.VALUE_STRING && parser.getTextLength() > 0) {
            splices.replaceString(parser, method);
        }
    }
}
