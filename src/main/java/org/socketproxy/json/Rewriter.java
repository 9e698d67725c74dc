package org.socketproxy.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Edits values of an element at paths, in one pass; all other bytes pass. A path has names in the daemon's case, separated by dots;
 * {@code []} is each element of an array, {@code *} each member without its own path, such as {@code Mounts[].Options.*}.
 *
 * <p>Threading: immutable after its last path was added; then thread-safe if its edits are.
 */
public final class Rewriter implements ElementEditor {
    private final Node root = new Node();
    private final boolean isStrict;
    private final int maxBytes;

    /** Edits the value at the parser, and leaves the parser at its last token. */
    @FunctionalInterface
    public interface ValueEdit {
        void edit(JsonParser parser, Splices splices) throws IOException, ElementException;
    }

    private static final class Node {
        private final Map<String, Node> members = new HashMap<>();
        private @Nullable Node each;
        private @Nullable ValueEdit edit;

        Node child(String step) {
            if (!step.equals("[]") && !step.equals("*")) {
                return members.computeIfAbsent(step, name -> new Node());
            }
            if (each == null) {
                each = new Node();
            }
            return each;
        }
    }

    private Rewriter(boolean isStrict, int maxBytes) {
        this.isStrict = isStrict;
        this.maxBytes = maxBytes;
    }

    /** Edits objects. Another value than an object or null above a name is malformed. */
    public static Rewriter object() {
        return new Rewriter(true, Integer.MAX_VALUE);
    }

    /**
     * Edits values of any form. In an array instead of an object the path applies to each element; to a value instead of an array or a
     * map, the edit of its elements applies.
     *
     * @param maxBytes limit of an edited element
     */
    public static Rewriter anyForm(int maxBytes) {
        return new Rewriter(false, maxBytes);
    }

    /** Adds an edit; the empty path is the element. */
    public Rewriter at(String path, ValueEdit edit) {
        Node node = root;
        for (String step : path.replace("[]", ".[]").split("\\.", -1)) {
            node = step.isEmpty() ? node : node.child(step);
        }
        node.edit = edit;
        return this;
    }

    /** Replaces the value by JSON. */
    public Rewriter at(String path, String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return at(path, (parser, splices) -> splices.replace(parser, bytes));
    }

    /** Keeps strings of an array. Null passes; another value is malformed. */
    public Rewriter texts(String path, Predicate<String> keep) {
        return at(path, (parser, splices) -> splices.keepTexts(parser, false, keep));
    }

    /** Keeps strings of an array, and all values of another type. Null passes. */
    public Rewriter textsAmongOthers(String path, Predicate<String> keep) {
        return at(path, (parser, splices) -> splices.keepTexts(parser, true, keep));
    }

    /** Keeps members of an object by name. A value of another type becomes an empty object. */
    public Rewriter members(String path, Predicate<String> keep) {
        return at(path, (parser, splices) -> splices.keepMembers(parser, keep));
    }

    /** Lets an editor decide on each element of an array. Null passes; another value is malformed. */
    public Rewriter elements(String path, ElementEditor editor) {
        return at(path, (parser, splices) -> splices.editElements(parser, editor));
    }

    @Override
    public Edit edit(String list, ByteBuffer element) throws ElementException {
        Splices splices = new Splices(element, maxBytes);
        String invalid = isStrict ? ElementParser.UNEXPECTED : "an element is not valid JSON";
        return ElementParser.read(element, invalid, parser -> {
            ElementParser.require(!isStrict || parser.currentToken() == JsonToken.START_OBJECT);
            walk(parser, root, splices);
            return splices.edit();
        });
    }

    private void walk(JsonParser parser, Node node, Splices splices) throws IOException, ElementException {
        if (node.edit != null) {
            node.edit.edit(parser, splices);
            return;
        }
        switch (parser.currentToken()) {
            case START_OBJECT -> walkMembers(parser, node, splices);
            case START_ARRAY -> {
                ElementParser.require(!isStrict);
                Node element = node.each == null ? node : node.each;
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    walk(parser, element, splices);
                }
            }
            default -> {
                ElementParser.require(!isStrict || parser.currentToken() == JsonToken.VALUE_NULL);
                if (!isStrict && node.each != null && node.each.edit != null) {
                    node.each.edit.edit(parser, splices);
                }
            }
        }
    }

    private void walkMembers(JsonParser parser, Node node, Splices splices) throws IOException, ElementException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            Node member = node.members.getOrDefault(parser.currentName(), node.each);
            parser.nextToken();
            if (member == null) {
                parser.skipChildren();
            } else {
                walk(parser, member, splices);
            }
        }
    }
}
