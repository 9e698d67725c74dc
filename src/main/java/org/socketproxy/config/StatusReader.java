package org.socketproxy.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads address, token and host names of the status page.
 *
 * <p>Security: no problem contains a token, not even an invalid one.
 */
final class StatusReader {
    /** These characters need no escape in a query, a cookie and a header. */
    private static final Pattern TOKEN = Pattern.compile("[a-zA-Z0-9._-]{16,256}");

    private static final String RIGHT =
            "16 to 256 letters, digits, dots, hyphens and underscores, such as the output of openssl rand -hex 16";

    private static final AddressDiagnosis FAULT = new AddressDiagnosis(List.of("tcp://"), 8375);
    private static final Pattern HOST_NAME = Pattern.compile("[a-zA-Z0-9_-]+(\\.[a-zA-Z0-9_-]+)*");

    private StatusReader() {}

    /** Returns null without a status page. */
    static Settings.@Nullable Status read(Reading reading, List<ListenAddress> listen) {
        String token = token(reading);
        Set<String> hosts = hosts(reading);
        if (reading.isNo(Setting.STATUS_LISTEN)) {
            return null;
        }
        String text = reading.text(Setting.STATUS_LISTEN);
        NetworkAddress address = NetworkAddress.parse(text)
                .map(parsed -> ListenReader.family(reading, Setting.STATUS_LISTEN, parsed))
                .orElse(null);
        if (address == null) {
            reading.refuse(Setting.STATUS_LISTEN, FAULT.of(text) + "; or use off");
            return null;
        }
        for (ListenAddress other : listen) {
            if (other instanceof NetworkAddress network && network.overlaps(address)) {
                reading.refuse(
                        Setting.STATUS_LISTEN,
                        "LISTEN uses this port too (" + other + "); the status page needs its own port");
            }
        }
        boolean isConfigured = !token.isEmpty() && !Parsers.isNo(token);
        return new Settings.Status(
                address, token.isEmpty() ? !address.isLoopback() : isConfigured, isConfigured ? token : null, hosts);
    }

    private static Set<String> hosts(Reading reading) {
        Set<String> hosts = new LinkedHashSet<>();
        for (String host : reading.elements(Setting.STATUS_HOSTS)) {
            if (HOST_NAME.matcher(host).matches()) {
                hosts.add(host.toLowerCase(Locale.ROOT));
            } else {
                reading.refuse(
                        Setting.STATUS_HOSTS, "use comma-separated host names without a port, such as proxy.example");
            }
        }
        return hosts;
    }

    /** Returns the token, a false value such as {@code off}, or empty without a value. */
    private static String token(Reading reading) {
        String token = reading.text(Setting.STATUS_TOKEN);
        String file = reading.text(Setting.STATUS_TOKEN_FILE);
        if (file.isEmpty()) {
            if (!Parsers.isNo(token) && !TOKEN.matcher(token).matches()) {
                reading.refuse(Setting.STATUS_TOKEN, "…", "use " + RIGHT + "; unset it for a random token, or use off");
            }
            return token;
        }
        if (!token.isEmpty()) {
            reading.refuse(Setting.STATUS_TOKEN_FILE, "STATUS_TOKEN is set too; set only one of the two");
            return token;
        }
        return ofFile(reading);
    }

    private static String ofFile(Reading reading) {
        String token = SecretFile.text(reading, Setting.STATUS_TOKEN_FILE, "/run/secrets/status_token", "the token")
                .orElse(null);
        if (token != null && !TOKEN.matcher(token).matches()) {
            reading.refuse(
                    Setting.STATUS_TOKEN_FILE,
                    token.isEmpty() ? "the file is empty; write " + RIGHT : "the file must contain " + RIGHT);
            return "";
        }
        return token == null ? "" : token;
    }
}
