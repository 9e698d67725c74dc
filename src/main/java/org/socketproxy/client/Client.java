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
 * Identity of a client as its connection shows it.
 *
 * <p>Security: an address can be spoofed on a shared network; the user and group of a Unix peer come from the kernel.
 * No decision depends on them yet.
 *
 * @param address IP address without port; {@link #UNIX} for a client of a Unix socket
 * @param user name of the user that connected to a Unix socket, or its numeric id if this system has no name for it;
 *     null for other listeners
 * @param group name or numeric id of the primary group of this user; null for other listeners
 * @param certificate the trusted client certificate, or null if the client sent none
 */
public record Client(
        String address,
        @Nullable String user,
        @Nullable String group,
        @Nullable Certificate certificate) {
    /** The address of all clients of Unix sockets. */
    public static final String UNIX = "unix";

    private static final int MAX_NAME_CHARS = 200;

    /** End point that has identified its client. */
    public interface Identified {
        Client client();
    }

    /** Creates a client with an address only; null or an empty text stands for a Unix socket. */
    public static Client at(@Nullable String address) {
        return new Client(address == null || address.isEmpty() ? UNIX : address, null, null, null);
    }

    /** Creates a client of a Unix socket. */
    public static Client unix(String user, String group) {
        return new Client(UNIX, user, group, null);
    }

    /** Returns the client that sent a request. */
    public static Client of(Request request) {
        Client client = of(request.getConnectionMetaData().getConnection().getEndPoint());
        return client == null ? at(Request.getRemoteAddr(request)) : client;
    }

    /** Returns the client of an end point, or null if a listener of another server has accepted it. */
    public static @Nullable Client of(EndPoint endPoint) {
        return EndPoints.unwrap(endPoint) instanceof Identified identified ? identified.client() : null;
    }

    /** Returns the same client with its trusted certificate. */
    public Client withCertificate(X509Certificate trusted) {
        return new Client(address, user, group, Certificate.of(trusted));
    }

    /**
     * Returns the name for logs and pages, such as {@code 172.18.0.3}, {@code unix:alice:docker} or
     * {@code 172.18.0.3/CN=alice}: printable ASCII without spaces, at most about 200 characters.
     */
    public String name() {
        if (user != null) {
            return PrintableText.escape(address + ":" + user + ":" + group, MAX_NAME_CHARS);
        }
        return PrintableText.escape(certificate == null ? address : address + "/" + certificate.name(), MAX_NAME_CHARS);
    }

    /** Returns the key under which its connections are limited. The group is not part of it. */
    public String limitKey() {
        return user == null ? address : address + ":" + user;
    }

    /**
     * Names in a client certificate.
     *
     * @param subject distinguished name in the form of RFC 2253, such as {@code CN=alice,O=Acme}; may be empty
     * @param names subject alternative names with their type, such as {@code DNS:alice.example}; at most 16
     */
    public record Certificate(String subject, List<String> names) {
        private static final int MAX_NAMES = 16;
        /** Types of GeneralName by their tags in RFC 5280, section 4.2.1.6. */
        private static final Map<Integer, String> TYPES = Map.of(1, "email:", 2, "DNS:", 6, "URI:", 7, "IP:");

        public Certificate {
            names = List.copyOf(names);
        }

        static Certificate of(X509Certificate certificate) {
            List<String> names = new ArrayList<>();
            try {
                Collection<List<?>> all = certificate.getSubjectAlternativeNames();
                for (List<?> name : all == null ? List.<List<?>>of() : all) {
                    String type = TYPES.get((Integer) name.get(0));
                    if (type != null && names.size() < MAX_NAMES) {
                        names.add(type + name.get(1));
                    }
                }
            } catch (CertificateParsingException unreadable) {
                // The subject is still usable.
            }
            return new Certificate(certificate.getSubjectX500Principal().getName(), names);
        }

        /** Uses the first alternative name if the subject is empty (RFC 5280 section 4.2.1.6). */
        private String name() {
            return subject.isEmpty() && !names.isEmpty() ? names.get(0) : subject;
        }
    }
}
