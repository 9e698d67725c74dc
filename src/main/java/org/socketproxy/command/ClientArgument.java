package org.socketproxy.command;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.CertificateIdentity;
import org.socketproxy.client.Client;
import org.socketproxy.client.IpAddress;
import org.socketproxy.client.LocalContainers;
import org.socketproxy.client.UnixPeer;

/**
 * Parses the option {@code --client}: an address, or facts such as {@code uid=1000,listener=ci} or
 * {@code address=172.20.0.5,cn=runner-7}.
 */
final class ClientArgument {
    private static final Set<String> KEYS =
            Set.of("address", "local", "label", "listener", "uid", "gid", "cn", "dns", "uri", "email");
    private static final String USAGE =
            "--client takes an address, or facts such as uid=1000,listener=ci, of address, local,"
                    + " label, listener, uid, gid, cn, dns, uri, email";

    private final Map<String, String> facts = new LinkedHashMap<>();

    private ClientArgument() {}

    /** @throws IllegalArgumentException with a message for the user */
    static Client parse(String text) {
        ClientArgument argument = new ClientArgument();
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            String key = equals < 0 ? "address" : part.substring(0, equals);
            String value = part.substring(equals + 1);
            if (!KEYS.contains(key) || value.isEmpty() || argument.facts.put(key, value) != null) {
                throw new IllegalArgumentException(USAGE);
            }
        }
        return argument.client();
    }

    private Client client() {
        Client client = connected();
        return facts.containsKey("label") ? LocalContainers.labelled(client, facts.get("label")) : client;
    }

    private Client connected() {
        UnixPeer peer = facts.containsKey("uid") || facts.containsKey("gid")
                ? new UnixPeer(
                        facts.getOrDefault("uid", "-"), facts.getOrDefault("gid", "-"), number("uid"), number("gid"))
                : null;
        return new Client(
                facts.get("listener"),
                facts.getOrDefault("address", Client.UNIX),
                address("address"),
                address("local"),
                peer,
                certificate());
    }

    private @Nullable IpAddress address(String key) {
        String text = facts.get(key);
        return text == null
                ? null
                : IpAddress.parse(text)
                        .orElseThrow(() -> new IllegalArgumentException(text + " is not an IP address; " + USAGE));
    }

    private int number(String key) {
        String text = facts.get(key);
        if (text == null) {
            return UnixPeer.UNKNOWN;
        }
        try {
            return Integer.parseUnsignedInt(text);
        } catch (NumberFormatException invalid) {
            throw new IllegalArgumentException(key + "=" + text + " is not a number; " + USAGE, invalid);
        }
    }

    private Client.@Nullable Certificate certificate() {
        CertificateIdentity identity =
                new CertificateIdentity(facts.get("cn"), names("dns"), names("uri"), names("email"));
        return identity.equals(CertificateIdentity.NONE)
                ? null
                : new Client.Certificate(facts.containsKey("cn") ? "CN=" + facts.get("cn") : "", List.of(), identity);
    }

    private List<String> names(String key) {
        String name = facts.get(key);
        return name == null ? List.of() : List.of(name);
    }
}
