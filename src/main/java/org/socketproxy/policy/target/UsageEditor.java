package org.socketproxy.policy.target;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Map;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;

/**
 * Removes the objects of others from the response of {@code /system/df}, in the form before and since API version 1.52. Totals
 * become zero, because they are those of the host. Members that the proxy does not know become null.
 */
final class UsageEditor extends ParsedElementEditor {
    private static final Map<String, ObjectKind> LISTS =
            Map.of("Images", ObjectKind.IMAGE, "Containers", ObjectKind.CONTAINER, "Volumes", ObjectKind.VOLUME);
    private static final Map<String, ObjectKind> USAGES = Map.of(
            "ImageUsage", ObjectKind.IMAGE, "ContainerUsage", ObjectKind.CONTAINER, "VolumeUsage", ObjectKind.VOLUME);
    private static final Map<String, String> REPLACED =
            Map.of("LayersSize", "0", "BuilderSize", "0", "BuildCache", "[]", "BuildCacheUsage", "{}");

    private final TargetRules rules;

    private UsageEditor(TargetRules rules) {
        this.rules = rules;
    }

    static JsonElements elements(TargetRules rules) {
        return JsonElements.value(JsonElements.MAX_ELEMENT_BYTES, new UsageEditor(rules));
    }

    @Override
    void edit(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        ObjectReader.require(parser.currentToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            ObjectKind listed = LISTS.get(name);
            ObjectKind used = USAGES.get(name);
            if (listed != null) {
                keepOwn(listed, parser, edits);
            } else if (used != null) {
                editUsage(used, parser, edits);
            } else {
                edits.replaceValue(parser, REPLACED.getOrDefault(name, "null"));
            }
        }
    }

    private void keepOwn(ObjectKind kind, JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        edits.editArray(parser, new OwnElements(kind, rules, Integer.MAX_VALUE));
    }

    private void editUsage(ObjectKind kind, JsonParser parser, ElementEdits edits)
            throws IOException, ElementException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        ObjectReader.require(parser.currentToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            if (name.equals("Items")) {
                keepOwn(kind, parser, edits);
            } else {
                edits.replaceValue(parser, "0");
            }
        }
    }
}
