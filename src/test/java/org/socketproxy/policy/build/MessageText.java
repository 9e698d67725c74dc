package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.socketproxy.policy.build.MessageType.Count;
import org.socketproxy.policy.build.MessageType.Field;
import org.socketproxy.policy.build.MessageType.Form;

/**
 * Notation for messages by the names of their fields: <code>Ref=r1 FrontendAttrs{target=t "label:a"="b c"} Exporters{Type=moby}</code>.
 * A field that occurs again is the next element of a list.
 */
final class MessageText {
    private static final String WORD = "\"[^\"]*\"|[^\\s={}\"]+";
    private static final Pattern TOKEN =
            Pattern.compile("\\s*(?:(" + WORD + ")(?:=(\"[^\"]*\"|[^\\s{}\"]*)|(\\{))|(})|$)");

    private final Matcher tokens;
    private MatchResult token;

    private MessageText(String text) {
        tokens = TOKEN.matcher(text);
    }

    /** @throws IllegalArgumentException if the text is not in this notation */
    static BuildMessage read(String operation, String type, String text) throws MalformedMessageException {
        ProtoMessage message = new MessageText(text).message(MessageType.of(type));
        return BuildMessage.read(operation, GrpcFrame.of(message.encode()));
    }

    @SuppressWarnings("unchecked")
    private ProtoMessage message(MessageType type) {
        Map<String, Object> values = new LinkedHashMap<>();
        while (next()) {
            Field field = type.field(unquoted(token.group(1)));
            if (field.count() == Count.MAP) {
                values.put(field.name(), map(field));
                continue;
            }
            Object value = field.form() == Form.MESSAGE ? message(field.message()) : value(field, token.group(2));
            if (field.count() == Count.LIST) {
                ((List<Object>) values.computeIfAbsent(field.name(), name -> new ArrayList<>())).add(value);
            } else {
                values.put(field.name(), value);
            }
        }
        return new ProtoMessage(type, values);
    }

    private Map<String, Object> map(Field field) {
        Map<String, Object> map = new LinkedHashMap<>();
        while (next()) {
            map.put(
                    unquoted(token.group(1)),
                    field.form() == Form.MESSAGE ? message(field.message()) : value(field, token.group(2)));
        }
        return map;
    }

    /** Returns false at the end of a message. */
    private boolean next() {
        if (!tokens.lookingAt()) {
            throw new IllegalArgumentException("not the notation, from position " + tokens.regionStart());
        }
        token = tokens.toMatchResult();
        tokens.region(tokens.end(), tokens.regionEnd());
        return token.group(1) != null;
    }

    private static Object value(Field field, String text) {
        String value = unquoted(text);
        return switch (field.form()) {
            case FLAG -> Boolean.valueOf(value);
            case NUMBER -> Long.valueOf(value);
            case BYTES -> ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8));
            default -> value;
        };
    }

    private static String unquoted(String text) {
        return text.startsWith("\"") ? text.substring(1, text.length() - 1) : text;
    }
}
