package org.socketproxy.command;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.CertificateIdentity;
import org.socketproxy.client.Client;
import org.socketproxy.client.IpAddress;
import org.socketproxy.client.UnixPeer;

/** Client of the ledger, as far as its name has the facts: address, user and group, common name; never its listener. */
final class RecordedClient {
    private static final String UNIX = Client.UNIX + ":";
    private static final Pattern COMMON_NAME = Pattern.compile("(?:^|[,+])CN=([^,+\\\\]+)(?=[,+]|$)");

    private RecordedClient() {}

    /** Parses a name by {@link Client#name}. */
    static Client parse(String name) {
        if (name.startsWith(UNIX)) {
            String[] names = name.substring(UNIX.length()).split(":", -1);
            return Client.unix(null, null, names.length == 2 ? UnixPeer.named(names[0], names[1]) : null);
        }
        int slash = name.indexOf('/');
        String address = slash < 0 ? name : name.substring(0, slash);
        IpAddress remote = IpAddress.parse(address).orElse(null);
        return new Client(null, address, remote, null, null, slash < 0 ? null : certificate(name.substring(slash + 1)));
    }

    /** Returns null for a subject without exactly one common name in plain characters. */
    private static Client.@Nullable Certificate certificate(String subject) {
        Matcher names = COMMON_NAME.matcher(subject);
        if (!names.find()) {
            return null;
        }
        String name = names.group(1);
        return names.find()
                ? null
                : new Client.Certificate(
                        subject, List.of(), new CertificateIdentity(name, List.of(), List.of(), List.of()));
    }
}
