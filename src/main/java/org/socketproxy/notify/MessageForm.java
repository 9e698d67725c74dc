package org.socketproxy.notify;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.socketproxy.config.NotifySettings.Form;
import org.socketproxy.table.Table;

/**
 * Template of a message: a row of {@code forms.tsv}.
 *
 * @param headers values by name
 */
record MessageForm(Form form, String type, Map<String, String> headers, String body) {
    private static final Table<MessageForm> TABLE =
            new Table<>("forms.tsv", "form type headers body", MessageForm::row);
    private static final String JSON = "application/json";
    private static final String NONE = "-";
    private static final Pattern FIELD = Pattern.compile("\\{(event|title|text|both|profile|priority|time)}");

    private static MessageForm row(String[] cells) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (!cells[2].equals(NONE)) {
            for (String header : cells[2].split(", ", -1)) {
                String[] parts = header.split(": ", 2);
                headers.put(parts[0], parts[1]);
            }
        }
        return new MessageForm(
                Arrays.stream(Form.values())
                        .filter(form -> form.word().equals(cells[0]))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("unknown form " + cells[0])),
                cells[1],
                headers,
                cells[3]);
    }

    static MessageForm of(Form form) {
        return TABLE.load(MessageForm.class).stream()
                .filter(row -> row.form == form)
                .findFirst()
                .orElseThrow();
    }

    byte[] body(Notification message) {
        boolean isJson = type.equals(JSON);
        return fill(body, message, isJson ? MessageForm::quoted : UnaryOperator.identity())
                .getBytes(StandardCharsets.UTF_8);
    }

    Map<String, String> headers(Notification message) {
        Map<String, String> filled = new LinkedHashMap<>();
        headers.forEach((name, value) -> filled.put(name, fill(value, message, UnaryOperator.identity())));
        return filled;
    }

    private static String fill(String template, Notification message, UnaryOperator<String> quote) {
        return FIELD.matcher(template)
                .replaceAll(field -> Matcher.quoteReplacement(
                        field.group(1).equals("priority")
                                ? String.valueOf(message.kind().priority())
                                : quote.apply(value(field.group(1), message))));
    }

    private static String value(String field, Notification message) {
        return switch (field) {
            case "event" -> message.kind().event();
            case "title" -> message.kind().title();
            case "text" -> message.text();
            case "both" -> mentionless(message.kind().title() + ": " + message.text());
            case "profile" -> message.profile();
            default -> message.time().toString();
        };
    }

    /** Escapes the characters with which a text of Slack mentions people or has links. */
    private static String mentionless(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static String quoted(String text) {
        return '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
