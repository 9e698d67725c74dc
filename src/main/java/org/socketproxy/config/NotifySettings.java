package org.socketproxy.config;

import java.net.URI;
import java.util.Locale;

/**
 * Where messages about denials, reloads and the daemon go.
 *
 * <p>Security: the address may hold a token, so nothing prints it.
 *
 * @param isPlain whether the messages are not encrypted
 */
public record NotifySettings(URI address, boolean isPlain, Form form) {
    /** Form of a message; {@code forms.tsv} has its template. */
    public enum Form {
        JSON,
        NTFY,
        GOTIFY,
        SLACK;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Omits the address. */
    @Override
    public String toString() {
        return "NotifySettings[" + form.word() + (isPlain ? ", plain" : "") + "]";
    }
}
