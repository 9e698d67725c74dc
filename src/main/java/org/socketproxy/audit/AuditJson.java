package org.socketproxy.audit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonText;

/**
 * Writes audit records as JSON.
 *
 * <p>Security: a string has only printable ASCII without quotation marks and backslashes, for any input; other characters are
 * {@code \\uXXXX}.
 */
final class AuditJson {
    private static final JsonFactory WITH_SPACES = factory(' ');
    private static final JsonFactory WITHOUT_SPACES = factory('!');

    private AuditJson() {}

    /** Escapes spaces, so that tools can split the line of an exchange. */
    static String exchange(JsonText.Value value) {
        return JsonText.compact(WITHOUT_SPACES, value);
    }

    /** Keeps spaces of the administrator. */
    static String change(JsonText.Value value) {
        return JsonText.compact(WITH_SPACES, value);
    }

    /** Cuts the text to the length of a record. */
    static void writeText(JsonGenerator json, String field, @Nullable String text) throws IOException {
        json.writeStringField(field, text == null ? null : AuditRecord.shown(text));
    }

    /** Omits the field without a value. */
    static void writeOptional(JsonGenerator json, String field, @Nullable String text) throws IOException {
        if (text != null) {
            writeText(json, field, text);
        }
    }

    static void writeTexts(JsonGenerator json, String field, List<String> texts) throws IOException {
        JsonText.writeStrings(
                json, field, texts.stream().map(AuditRecord::shown).toList());
    }

    private static JsonFactory factory(char firstPrintable) {
        return new JsonFactoryBuilder()
                .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
                .characterEscapes(new Escapes(firstPrintable))
                .build();
    }

    /** Escapes characters below the first printable one, and three special ones. */
    private static final class Escapes extends CharacterEscapes {
        private static final long serialVersionUID = 1;

        private final int[] ascii = new int[128];

        Escapes(char firstPrintable) {
            Arrays.fill(ascii, 0, firstPrintable, ESCAPE_STANDARD);
            for (char special : new char[] {'"', '\\', 0x7f}) {
                ascii[special] = ESCAPE_STANDARD;
            }
        }

        @Override
        public int[] getEscapeCodesForAscii() {
            return ascii;
        }

        @Override
        public @Nullable SerializableString getEscapeSequence(int character) {
            return null;
        }
    }
}
