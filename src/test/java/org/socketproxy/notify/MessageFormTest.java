package org.socketproxy.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.config.NotifySettings.Form;
import org.socketproxy.notify.Notification.Kind;

/** Bodies and headers of messages. */
class MessageFormTest {
    private static final Notification MESSAGE =
            new Notification(Instant.parse("2026-01-02T03:04:05Z"), Kind.DENIED, "ci", "profile ci: <!all> \"x\" & y");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "JSON | {\"event\":\"denied\",\"title\":\"Docker socket proxy: a new kind of denial\",\"text\":\"profile ci: <!all> \\\"x\\\" & y\",\"profile\":\"ci\",\"priority\":3,\"time\":\"2026-01-02T03:04:05Z\"}",
                "NTFY | profile ci: <!all> \"x\" & y",
                "GOTIFY | {\"title\":\"Docker socket proxy: a new kind of denial\",\"message\":\"profile ci: <!all> \\\"x\\\" & y\",\"priority\":3}",
                "SLACK | {\"text\":\"Docker socket proxy: a new kind of denial: profile ci: &lt;!all&gt; \\\"x\\\" &amp; y\"}",
            })
    void bodyHasTheFormOfTheService(Form form, String body) {
        assertThat(new String(MessageForm.of(form).body(MESSAGE), StandardCharsets.UTF_8))
                .isEqualTo(body);
    }

    @Test
    void titleAndPriorityOfNtfyAreHeaders() {
        assertThat(MessageForm.of(Form.NTFY).headers(MESSAGE))
                .isEqualTo(Map.of("Title", "Docker socket proxy: a new kind of denial", "Priority", "3"));
    }

    /** A field in the text of a client is no field of the template, and control characters are escaped. */
    @ParameterizedTest
    @EnumSource(Form.class)
    void textOfAClientChangesNothingElse(Form form) {
        Notification hostile =
                new Notification(MESSAGE.time(), Kind.ROOT, "ci", "{title} $1 \\ \r\nX: y \u0000" + "a".repeat(5000));
        String body = new String(MessageForm.of(form).body(hostile), StandardCharsets.UTF_8);

        assertThat(body).contains("{title} $1 ").doesNotContain("\r", "\n", "\u0000");
        assertThat(body.length()).isLessThan(1500);
        assertThat(MessageForm.of(form).headers(hostile).toString()).doesNotContain("\n", "aaa");
    }
}
