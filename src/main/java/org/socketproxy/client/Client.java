package org.socketproxy.client;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import org.socketproxy.jetty.EndPoints;

/**
 * Who is at the other end of a connection, as far as the connection tells.
 *
 * <p>Security: an address may be borrowed, a user and a group are the system's word. Nothing is decided by them.
 *
 * @param address without port; {@link #UNIX} for a client of a Unix socket
 * @param user name of the user that connected to a Unix socket, or the number where this system knows no name; else null
 * @param group the same of the group
 * @param certificate that it has shown and we trust, or null for none
 */
public record Client(
        String address,
        @Nullable String user,
        @Nullable String group,
        @Nullable Certificate certificate) {
    /** In place of an address. */
    public static final String UNIX = "unix";

    private static final int LONGEST = 200;

    /** An end point that knows who is at its other end. */
    public interface Known {
        Client client();
    }

    /** A client of which nothing but the address is known; an empty one is that of a Unix socket. */
    public static Client at(@Nullable String address) {
        return new Client(address == null || address.isEmpty() ? UNIX : address, null, null, null);
    }

    /** A client of a Unix socket. */
    public static Client unix(String user, String group) {
        return new Client(UNIX, user, group, null);
    }

    /** Who sent a request. */
    public static Client of(Request request) {
        Client known = of(request.getConnectionMetaData().getConnection().getEndPoint());
        return known == null ? at(Request.getRemoteAddr(request)) : known;
    }

    /** Who is at the other end, or null if the end point is none of ours. */
    public static @Nullable Client of(EndPoint endPoint) {
        return EndPoints.unwrap(endPoint) instanceof Known known ? known.client() : null;
    }

    /** The same client, with a certificate that it has shown and we trust. */
    public Client showing(X509Certificate shown) {
        return new Client(address, user, group, Certificate.of(shown));
    }

    /**
     * One word for people, such as {@code 172.18.0.3}, {@code unix:alice:docker} or {@code 172.18.0.3/CN=alice}: printable
     * ASCII, and not long.
     */
    public String name() {
        if (user != null) {
            return PrintableText.escape(address + ":" + user + ":" + group, LONGEST);
        }
        return PrintableText.escape(certificate == null ? address : address + "/" + certificate.name(), LONGEST);
    }

    /** What its connections are counted by: another group makes no other client. */
    public String countedBy() {
        return user == null ? address : address + ":" + user;
    }

    /**
     * Whom a certificate names.
     *
     * @param subject by RFC 2253, such as {@code CN=alice,O=Acme}; may be empty
     * @param names alternative ones with their kind, such as {@code DNS:alice.example}; a bounded number of them
     */
    public record Certificate(String subject, List<String> names) {
        private static final int MOST_NAMES = 16;
        /** Kinds of names by their numbers in RFC 5280, section 4.2.1.6. */
        private static final Map<Integer, String> KINDS = Map.of(1, "email:", 2, "DNS:", 6, "URI:", 7, "IP:");

        public Certificate {
            names = List.copyOf(names);
        }

        static Certificate of(X509Certificate certificate) {
            List<String> names = new ArrayList<>();
            try {
                Collection<List<?>> all = certificate.getSubjectAlternativeNames();
                for (List<?> name : all == null ? List.<List<?>>of() : all) {
                    String kind = KINDS.get((Integer) name.get(0));
                    if (kind != null && names.size() < MOST_NAMES) {
                        names.add(kind + name.get(1));
                    }
                }
            } catch (CertificateParsingException unreadable) {
                // The subject stands all the same.
            }
            return new Certificate(certificate.getSubjectX500Principal().getName(), names);
        }

        /** Some certificates have a name elsewhere than in their subject. */
        private String name() {
            return subject.isEmpty() && !names.isEmpty() ? names.get(0) : subject;
        }
    }
}
