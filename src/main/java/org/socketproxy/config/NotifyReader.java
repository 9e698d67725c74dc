package org.socketproxy.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.NotifySettings.Form;

/**
 * Reads the address and form of notifications.
 *
 * <p>Security: no problem contains the address, which may hold a token.
 */
final class NotifyReader {
    private static final String INSECURE = "insecure:";
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[::1]");
    private static final Pattern PRINTABLE = Pattern.compile("[!-~]{1,2048}");
    private static final String RIGHT =
            "https://host/path; http:// only to loopback, or as insecure:http://host/path if all may read the messages";

    private NotifyReader() {}

    /** Returns null without an address. */
    static @Nullable NotifySettings read(Reading reading) {
        Form form = reading.value(
                        Setting.NOTIFY_FORMAT,
                        text -> Parsers.word(Form.class, text),
                        "use one of "
                                + Arrays.stream(Form.values()).map(Form::word).collect(Collectors.joining(", ")))
                .orElse(Form.JSON);
        boolean isOfFile = reading.isSet(Setting.NOTIFY_FILE);
        if (isOfFile && reading.isSet(Setting.NOTIFY)) {
            reading.refuse(Setting.NOTIFY_FILE, "NOTIFY is set too; set only one of the two");
            return null;
        }
        if (isOfFile) {
            return SecretFile.text(reading, Setting.NOTIFY_FILE, "/run/secrets/notify", "the address")
                    .map(text -> settings(reading, Setting.NOTIFY_FILE, text, form))
                    .orElse(null);
        }
        String text = reading.text(Setting.NOTIFY);
        return text.isEmpty() ? null : settings(reading, Setting.NOTIFY, text, form);
    }

    private static @Nullable NotifySettings settings(Reading reading, Setting setting, String text, Form form) {
        URI address = address(text.startsWith(INSECURE) ? text.substring(INSECURE.length()) : text);
        boolean isPlain = address != null && "http".equals(scheme(address));
        boolean isAllowed = address != null
                && (isPlain
                        ? text.startsWith(INSECURE)
                                || LOOPBACK.matcher(address.getHost().toLowerCase(Locale.ROOT))
                                        .matches()
                        : "https".equals(scheme(address)) && !text.startsWith(INSECURE));
        if (address == null || !isAllowed) {
            boolean isOfFile = setting == Setting.NOTIFY_FILE;
            reading.refuse(
                    setting,
                    isOfFile ? reading.text(setting) : "…",
                    (isOfFile ? "the file must contain " : "use ") + RIGHT);
            return null;
        }
        return new NotifySettings(address, isPlain, form);
    }

    private static @Nullable String scheme(URI address) {
        String scheme = address.getScheme();
        return scheme == null ? null : scheme.toLowerCase(Locale.ROOT);
    }

    /** Returns null for a text that is no address with a host. */
    private static @Nullable URI address(String text) {
        try {
            URI address = PRINTABLE.matcher(text).matches() ? new URI(text) : null;
            boolean isUsable = address != null
                    && address.getHost() != null
                    && address.getRawFragment() == null
                    && address.getPort() <= 65_535
                    && address.getPort() != 0;
            return isUsable ? address : null;
        } catch (URISyntaxException malformed) {
            return null;
        }
    }
}
