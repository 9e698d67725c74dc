package org.socketproxy.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.socketproxy.client.CertificateIdentity.CertificateName;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.client.HostNames;
import org.socketproxy.table.NearestName;
import org.socketproxy.yaml.YamlValue;

/** Reads the list {@code clients} of a profile. */
final class ClientsReader {
    private static final List<String> KEYS =
            List.of("listener", "certificate", "uid", "gid", "network", "address", "local", "label", "host");
    private static final List<String> NAMES =
            Arrays.stream(CertificateName.values()).map(CertificateName::word).toList();

    private static final Pattern ADDRESS = Pattern.compile("[0-9a-fA-F:.]{2,45}(?:/\\d{1,3})?");

    private final List<String> listeners;
    private final HostNames hosts;

    ClientsReader(List<String> listeners, HostNames hosts) {
        this.listeners = listeners;
        this.hosts = hosts;
    }

    List<ClientMatcher> read(YamlValue clients) {
        List<ClientMatcher> matchers = new ArrayList<>();
        if (!clients.isList()) {
            clients.refuse("use a list of conditions here, such as clients: [" + example(clients) + "]");
            return matchers;
        }
        for (YamlValue element : clients.elements()) {
            if (!element.isMapping()) {
                element.refuse("use a condition here, such as " + example(element));
                continue;
            }
            List<ClientMatcher> parts = new ArrayList<>();
            entries(element, KEYS).forEach((key, value) -> parts.addAll(parts(key, value)));
            if (parts.size() == 1) {
                matchers.add(parts.get(0));
            } else if (parts.size() > 1) {
                matchers.add(ClientMatcher.all(parts));
            }
        }
        return matchers;
    }

    private static String example(YamlValue value) {
        return "{network: " + value.ifText(ADDRESS).orElse("172.20.0.0/24") + "}";
    }

    private List<ClientMatcher> parts(String key, YamlValue value) {
        if (!key.equals("certificate")) {
            return matcher(value, text -> part(key, text));
        }
        List<ClientMatcher> parts = new ArrayList<>();
        Map<String, YamlValue> globs = entries(value, NAMES);
        for (CertificateName name : CertificateName.values()) {
            YamlValue glob = globs.get(name.word());
            if (glob != null) {
                parts.addAll(matcher(glob, text -> ClientMatcher.certificate(name, text)));
            }
        }
        return parts;
    }

    /** An empty condition would be true for every client, so it is refused. */
    private static Map<String, YamlValue> entries(YamlValue value, List<String> keys) {
        Map<String, YamlValue> entries = value.entries(keys);
        if (value.isEmptyMapping()) {
            value.refuse("name at least one condition, of " + String.join(", ", keys));
        }
        return entries;
    }

    private ClientMatcher part(String key, String text) {
        return switch (key) {
            case "listener" -> ClientMatcher.listener(knownListener(text));
            case "uid" -> ClientMatcher.uid(id(text));
            case "gid" -> ClientMatcher.gid(id(text));
            case "network", "address" -> ClientMatcher.network(text);
            case "local" -> ClientMatcher.local(text);
            case "label" -> ClientMatcher.label(text);
            case "host" -> ClientMatcher.host(hosts, text);
            default -> throw new IllegalArgumentException("there is no such key");
        };
    }

    /** Returns no matcher for a missing or invalid value, and reports it. */
    private static List<ClientMatcher> matcher(YamlValue value, Function<String, ClientMatcher> parser) {
        String text = value.text();
        if (text.isEmpty()) {
            return List.of();
        }
        try {
            return List.of(parser.apply(text));
        } catch (IllegalArgumentException invalid) {
            value.refuse(String.valueOf(invalid.getMessage()));
            return List.of();
        }
    }

    private String knownListener(String name) {
        if (!listeners.contains(name)) {
            throw new IllegalArgumentException("there is no listener " + name
                    + (listeners.isEmpty()
                            ? ": give one a name in LISTEN, such as tcp://:2375?name=" + name
                            : NearestName.advice(name, listeners, ": use one of " + String.join(", ", listeners))));
        }
        return name;
    }

    private static int id(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException invalid) {
            throw new IllegalArgumentException("use the number of a user or group, such as 1000", invalid);
        }
    }
}
