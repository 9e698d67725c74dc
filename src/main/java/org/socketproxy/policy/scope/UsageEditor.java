package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Map;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;

/**
 * Removes the objects of others from the response of {@code /system/df}, in the form before and since API version 1.52. Totals
 * become those of the own objects; zero if the response has no list of them. Members that the proxy does not know become null.
 */
final class UsageEditor extends ParsedElementEditor {
    static final String ITEMS = "Items";
    static final Map<String, ObjectKind> LISTS =
            Map.of("Images", ObjectKind.IMAGE, "Containers", ObjectKind.CONTAINER, "Volumes", ObjectKind.VOLUME);
    static final Map<String, ObjectKind> USAGES = Map.of(
            "ImageUsage", ObjectKind.IMAGE, "ContainerUsage", ObjectKind.CONTAINER, "VolumeUsage", ObjectKind.VOLUME);
    private static final Map<String, String> REPLACED =
            Map.of("BuilderSize", "0", "BuildCache", "[]", "BuildCacheUsage", "{}");

    private final Scope rules;

    private UsageEditor(Scope rules) {
        this.rules = rules;
    }

    static JsonElements elements(Scope rules) {
        return JsonElements.value(JsonElements.MAX_ELEMENT_BYTES, new UsageEditor(rules));
    }

    @Override
    void edit(JsonParser parser, ElementEdits edits) throws IOException, ElementException {
        DiskUsageTotals usage = DiskUsageTotals.read(rules, edits);
        ObjectReader.require(parser.currentToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            ObjectKind listed = LISTS.get(name);
            ObjectKind used = USAGES.get(name);
            if (listed != null) {
                edits.editArray(parser, new DiskUsageCounts(usage, listed, rules));
            } else if (used != null) {
                editUsage(usage, used, parser, edits);
            } else if (name.equals("LayersSize")) {
                edits.replaceValue(parser, Long.toString(usage.layersSize()));
            } else {
                edits.replaceValue(parser, REPLACED.getOrDefault(name, "null"));
            }
        }
    }

    private void editUsage(DiskUsageTotals usage, ObjectKind kind, JsonParser parser, ElementEdits edits)
            throws IOException, ElementException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        ObjectReader.require(parser.currentToken() == JsonToken.START_OBJECT);
        DiskUsageTotals.Totals totals = usage.totals(kind);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            if (name.equals(ITEMS)) {
                edits.editArray(parser, new DiskUsageCounts(usage, kind, rules));
            } else {
                edits.replaceValue(parser, Long.toString(total(totals, name)));
            }
        }
    }

    private static long total(DiskUsageTotals.Totals totals, String name) {
        return switch (name) {
            case "TotalCount" -> totals.total();
            case "ActiveCount" -> totals.active();
            case "TotalSize" -> totals.size();
            case "Reclaimable" -> totals.reclaimable();
            default -> 0;
        };
    }
}
