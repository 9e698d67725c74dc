package org.socketproxy.client;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.socketproxy.client.CertificateIdentity.CertificateName;

/** Reads clients and conditions from the lines of a test table. */
final class TestClient {
    private TestClient() {}

    /** @param facts such as {@code listener=ci remote=10.0.0.1 dns=a.example dns=b.example} */
    static Client of(String facts) throws UnknownHostException {
        Map<String, List<String>> all = Stream.of(facts.split(" "))
                .map(fact -> fact.split("=", 2))
                .collect(Collectors.groupingBy(
                        fact -> fact[0], Collectors.mapping(fact -> fact[1], Collectors.toList())));
        Facts known = new Facts(all);
        String listener = known.one("listener");
        String remote = known.one("remote");
        String local = known.one("local");
        String uid = known.one("uid");
        UnixPeer peer = uid == null ? null : new UnixPeer("u", "g", Integer.parseInt(uid), known.number("gid"));
        CertificateIdentity identity =
                new CertificateIdentity(known.one("cn"), known.all("dns"), known.all("uri"), known.all("email"));
        known.checkAllWereRead();
        return new Client(
                listener,
                "for logs",
                remote == null ? null : IpAddress.of(InetAddress.getByName(remote)),
                local == null ? null : IpAddress.of(InetAddress.getByName(local)),
                peer,
                identity.equals(CertificateIdentity.NONE) ? null : new Client.Certificate("", List.of(), identity));
    }

    private record Facts(Map<String, List<String>> all, List<String> read) {
        Facts(Map<String, List<String>> all) {
            this(all, new ArrayList<>());
        }

        List<String> all(String kind) {
            read.add(kind);
            return all.getOrDefault(kind, List.of());
        }

        String one(String kind) {
            List<String> values = all(kind);
            return values.isEmpty() ? null : values.get(0);
        }

        int number(String kind) {
            return Integer.parseInt(one(kind));
        }

        void checkAllWereRead() {
            read.add("gid");
            if (!read.containsAll(all.keySet())) {
                throw new IllegalArgumentException("Unknown fact in " + all.keySet());
            }
        }
    }

    /** @param text as {@link ClientMatcher#text} returns it */
    static ClientMatcher condition(String text) {
        String[] parts = text.split(" and ");
        if (parts.length > 1) {
            return ClientMatcher.all(Stream.of(parts).map(TestClient::condition).toList());
        }
        String[] words = text.split(" ", 2);
        return switch (words[0]) {
            case "listener" -> ClientMatcher.listener(words[1]);
            case "uid" -> ClientMatcher.uid(Integer.parseInt(words[1]));
            case "gid" -> ClientMatcher.gid(Integer.parseInt(words[1]));
            case "network" -> ClientMatcher.network(words[1]);
            case "local" -> ClientMatcher.local(words[1]);
            case "label" -> ClientMatcher.label(words[1]);
            case "certificate" -> certificate(words[1].split(" ", 2));
            default -> throw new IllegalArgumentException(text);
        };
    }

    private static ClientMatcher certificate(String[] kindAndGlob) {
        return ClientMatcher.certificate(
                CertificateName.valueOf(kindAndGlob[0].toUpperCase(Locale.ROOT)), kindAndGlob[1]);
    }
}
