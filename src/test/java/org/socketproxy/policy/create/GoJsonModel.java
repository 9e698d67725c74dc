package org.socketproxy.policy.create;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Model of how Go's {@code encoding/json} decodes a text into a struct: a name finds a field exactly, then folded; a name
 * that comes twice merges objects, and arrays element by element; {@code null} resets. Written from the rules of Go,
 * without the classes under test, except for the names of the fields.
 */
final class GoJsonModel {
    /** A value as written: a map entry can come twice. */
    sealed interface Written {
        record Members(List<Member> members) implements Written {}

        record Elements(List<Written> elements) implements Written {}

        /** A string, number, boolean or null, as JSON text. */
        record Scalar(String text) implements Written {}
    }

    record Member(String name, Written value) {}

    private GoJsonModel() {}

    /** Decodes into a zero value. The result is a map, a list, or the text of a scalar; absent if null. */
    static @Nullable Object decode(Field field, Written written) {
        return decode(field, written, null);
    }

    private static @Nullable Object decode(Field field, Written written, @Nullable Object before) {
        if (written instanceof Written.Scalar scalar) {
            return scalar.text().equals("null") ? null : scalar.text();
        }
        if (written instanceof Written.Elements elements) {
            return elements(field, elements, before);
        }
        Map<String, Object> object = new LinkedHashMap<>();
        if (before instanceof Map<?, ?> earlier) {
            earlier.forEach((name, value) -> object.put((String) name, value));
        }
        for (Member member : ((Written.Members) written).members()) {
            boolean isMap = field.type() == Field.Type.MAP;
            String name = isMap ? member.name() : fieldName(field, member.name());
            Field of = isMap ? field.each() : name == null ? null : field.member(name);
            if (name == null || of == null) {
                continue; // Go ignores it
            }
            // A value of a map is decoded into a new variable; a field of a struct into the existing one.
            Object value = decode(of, member.value(), isMap ? null : object.get(name));
            if (value == null) {
                object.remove(name);
            } else {
                object.put(name, value);
            }
        }
        return object;
    }

    private static List<Object> elements(Field field, Written.Elements written, @Nullable Object before) {
        List<Object> list = new ArrayList<>();
        List<?> earlier = before instanceof List<?> old ? old : List.of();
        Field each = field.each();
        for (int i = 0; i < written.elements().size(); i++) {
            Object old = i < earlier.size() ? earlier.get(i) : null;
            Object value = each == null
                    ? written.elements().get(i).toString()
                    : decode(each, written.elements().get(i), old);
            list.add(value == null ? "null" : value);
        }
        return list;
    }

    /** The field that Go finds, in the API's spelling. */
    private static @Nullable String fieldName(Field field, String name) {
        if (field.member(name) != null) {
            String canonical = field.canonical(name);
            return canonical == null ? name : canonical;
        }
        String folded = new String(
                name.codePoints().map(GoJsonModel::foldRune).toArray(), 0, name.codePointCount(0, name.length()));
        String spelling = field.spelling(folded);
        return spelling == null ? null : fieldName(field, spelling);
    }

    /** The smallest rune of the orbit of simple folding, for the runes that fold to ASCII. */
    private static int foldRune(int rune) {
        return switch (rune) {
            case 0x17f -> 'S';
            case 0x212a -> 'K';
            default -> rune >= 'a' && rune <= 'z' ? rune - 32 : rune;
        };
    }
}
