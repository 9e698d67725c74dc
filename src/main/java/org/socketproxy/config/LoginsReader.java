package org.socketproxy.config;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.socketproxy.yaml.YamlValue;

/** Turns {@code registries: {ghcr.io: {user: bot, password-file: /f}}} into {@code REGISTRIES=ghcr.io=bot:/f}. */
final class LoginsReader {
    private static final List<String> KEYS = List.of("user", "password-file");

    private LoginsReader() {}

    /** Returns the text of the setting; that of another setting is the value. */
    static String text(Setting setting, YamlValue value) {
        if (setting != Setting.REGISTRIES) {
            return value.text();
        }
        if (!value.isMapping()) {
            value.refuse(
                    "use hosts here, such as registries: {ghcr.io: {user: bot, password-file: /run/secrets/ghcr}}");
            return "";
        }
        return value.entries().entrySet().stream()
                .map(host -> host.getKey() + "=" + login(host.getValue()))
                .collect(Collectors.joining(","));
    }

    private static String login(YamlValue value) {
        if (!value.isMapping()) {
            value.refuse("use {user: NAME, password-file: /FILE} here");
            return "";
        }
        Map<String, YamlValue> keys = value.entries(KEYS);
        return KEYS.stream()
                .map(key -> keys.containsKey(key) ? text(keys.get(key)) : "")
                .collect(Collectors.joining(":"));
    }

    private static String text(YamlValue value) {
        if (value.text().contains(",")) {
            value.refuse("use a value without commas");
        }
        return value.text();
    }
}
