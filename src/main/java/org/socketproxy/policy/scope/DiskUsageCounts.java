package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementException;

/** Keeps the own elements of a list in {@code /system/df}; images and volumes get the number of own containers that use them. */
final class DiskUsageCounts implements ElementEditor {
    private final DiskUsageTotals usage;
    private final ObjectKind kind;
    private final ScopedList own;

    DiskUsageCounts(DiskUsageTotals usage, ObjectKind kind, Scope rules) {
        this.usage = usage;
        this.kind = kind;
        this.own = new ScopedList(kind, rules, Integer.MAX_VALUE);
    }

    @Override
    public Edit edit(String list, ByteBuffer element) throws ElementException {
        Edit kept = own.edit(list, element);
        if (kept == Edit.DROP || kind == ObjectKind.CONTAINER) {
            return kept;
        }
        ByteBuffer seen = kept instanceof Replace replaced ? replaced.bytes() : element;
        ObjectIdentity object = ObjectReader.read(kind, element);
        Edit counted = new ParsedElementEditor() {
            @Override
            void edit(JsonParser parser, ElementEdits edits) throws IOException {
                count(object.id(), parser, edits);
            }
        }.edit(list, seen);
        return counted == Edit.KEEP ? kept : counted;
    }

    private void count(String id, JsonParser parser, ElementEdits edits) throws IOException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (kind == ObjectKind.IMAGE && name.equals("Containers")) {
                edits.replaceValue(parser, Long.toString(usage.usersOfImage(id)));
            } else if (kind == ObjectKind.VOLUME && name.equals("UsageData") && value == JsonToken.START_OBJECT) {
                countReferences(id, parser, edits);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void countReferences(String id, JsonParser parser, ElementEdits edits) throws IOException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            boolean isCount = parser.currentName().equals("RefCount");
            parser.nextToken();
            if (isCount) {
                edits.replaceValue(parser, Long.toString(usage.usersOfVolume(id)));
            } else {
                parser.skipChildren();
            }
        }
    }
}
