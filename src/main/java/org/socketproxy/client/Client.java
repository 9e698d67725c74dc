package org.socketproxy.client;

import java.net.InetAddress;
import java.net.SocketAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.LocalContainers.LocalPlace;
import org.socketproxy.jetty.EndPoints;

/**
 * Identity of a client by its connection, made once for each connection.
 *
 * <p>Security: an address can be spoofed on a shared network; user and group of a Unix peer come from the kernel, the certificate
 * from TLS. A header of a request never changes the identity.
 *
 * @param listener name of the listener ({@code ?name=} in {@code LISTEN}), or null
 * @param address IP address without port, for logs; {@link #UNIX} for a Unix socket
 * @param remote the same address as numbers; null for a Unix socket, and if it is not the address of the socket
 * @param local the address of the proxy; null as for {@code remote}
 * @param peer null for TCP
 * @param certificate the trusted certificate, or null
 * @param acceptedNanos time of the connection by {@link System#nanoTime}; 0 if {@code remote} is null
 * @param place answer of the daemon about the address; null without a query
 * @param socket path of the Unix socket; null if it is unknown, and for TCP
 */
public record Client(
        @Nullable String listener,
        String address,
        @Nullable IpAddress remote,
        @Nullable IpAddress local,
        @Nullable UnixPeer peer,
        @Nullable Certificate certificate,
        long acceptedNanos,
        @Nullable LocalPlace place,
        @Nullable String socket) {
    public static final String UNIX = "unix";

    private static final int MAX_NAME_CHARS = 200;
    /** Attribute of a connection of another server. */
    private static final String ACCEPTED = Client.class.getName() + ".accepted";

    /** End point that has identified its client. */
    public interface Identified {
        Client client();
    }

    public Client(
            @Nullable String listener,
            String address,
            @Nullable IpAddress remote,
            @Nullable IpAddress local,
            @Nullable UnixPeer peer,
            @Nullable Certificate certificate) {
        this(listener, address, remote, local, peer, certificate, remote == null ? 0 : System.nanoTime(), null, null);
    }

    /** Creates a client with an address for logs only; null or empty stands for a Unix socket. */
    public static Client at(@Nullable String address) {
        return new Client(null, address == null || address.isEmpty() ? UNIX : address, null, null, null, null);
    }

    /** Creates a client of a Unix socket; {@code peer} is null if the kernel does not report it. */
    public static Client unix(@Nullable String listener, @Nullable String socket, @Nullable UnixPeer peer) {
        return new Client(listener, UNIX, null, null, peer, null, 0, null, socket);
    }

    public static Client tcp(@Nullable String listener, InetAddress remote, @Nullable SocketAddress local) {
        return new Client(listener, remote.getHostAddress(), IpAddress.of(remote), IpAddress.of(local), null, null);
    }

    public static Client of(Request request) {
        Client client = of(request.getConnectionMetaData().getConnection().getEndPoint());
        return client == null ? foreign(request) : client;
    }

    /** Returns null if a listener of another server has accepted the connection. */
    public static @Nullable Client of(EndPoint endPoint) {
        return EndPoints.unwrap(endPoint) instanceof Identified identified ? identified.client() : null;
    }

    /**
     * Creates the client of a listener of another server. An address from a header or the PROXY protocol is for logs only, so that
     * no condition on an address is true.
     */
    private static Client foreign(Request request) {
        ConnectionMetaData connection = request.getConnectionMetaData();
        EndPoint socket = EndPoints.unwrap(connection.getConnection().getEndPoint());
        boolean isOfSocket = Objects.equals(connection.getRemoteSocketAddress(), socket.getRemoteSocketAddress())
                && Objects.equals(connection.getLocalSocketAddress(), socket.getLocalSocketAddress());
        Client logged = at(Request.getRemoteAddr(request));
        return isOfSocket
                ? new Client(
                        null,
                        logged.address,
                        IpAddress.of(socket.getRemoteSocketAddress()),
                        IpAddress.of(socket.getLocalSocketAddress()),
                        null,
                        null,
                        acceptedNanos(request),
                        null,
                        null)
                : logged;
    }

    /** The begin of the first request of the connection: Jetty tells the begin of a connection only by the wall clock, which can jump. */
    private static long acceptedNanos(Request request) {
        ConnectionMetaData connection = request.getConnectionMetaData();
        if (connection.getAttribute(ACCEPTED) instanceof Long known) {
            return known;
        }
        long begin = request.getBeginNanoTime();
        connection.setAttribute(ACCEPTED, begin);
        return begin;
    }

    public Client withCertificate(X509Certificate trusted) {
        return new Client(
                listener, address, remote, local, peer, Certificate.of(trusted), acceptedNanos, place, socket);
    }

    Client placed(LocalPlace found) {
        return new Client(listener, address, remote, local, peer, certificate, acceptedNanos, found, socket);
    }

    /** The address remains for logs; no condition on an address is true. */
    Client withoutAddress() {
        return new Client(listener, address, null, null, peer, certificate, acceptedNanos, null, socket);
    }

    /** Returns null without a Unix peer. */
    public @Nullable String user() {
        return peer == null ? null : peer.user();
    }

    /** Returns null without a Unix peer. */
    public @Nullable String group() {
        return peer == null ? null : peer.group();
    }

    /** Returns a name such as {@code 172.18.0.3}, {@code unix:alice:docker} or {@code 172.18.0.3/CN=alice}: printable ASCII. */
    public String name() {
        if (peer != null) {
            return PrintableText.escape(address + ":" + peer.user() + ":" + peer.group(), MAX_NAME_CHARS);
        }
        return PrintableText.escape(certificate == null ? address : address + "/" + certificate.name(), MAX_NAME_CHARS);
    }

    /** Returns the facts that conditions compare, in the words of a policy file, such as {@code address 172.18.0.3, listener ci}. */
    public String facts() {
        List<String> facts = new ArrayList<>();
        if (remote != null) {
            facts.add("address " + remote);
        }
        if (peer != null && peer.uid() != UnixPeer.UNKNOWN) {
            facts.add("uid " + peer.uid());
        }
        if (peer != null && peer.gid() != UnixPeer.UNKNOWN) {
            facts.add("gid " + peer.gid());
        }
        if (certificate != null) {
            facts.add("certificate " + PrintableText.escape(certificate.name(), MAX_NAME_CHARS));
        }
        if (listener != null) {
            facts.add("listener " + listener);
        }
        return facts.isEmpty() ? "no address that the proxy can trust" : String.join(", ", facts);
    }

    /** Returns the key of limits on connections and shared resources: without the group, and with the Unix socket. */
    public String limitKey() {
        String key = peer == null ? address : address + ":" + peer.user();
        return socket == null ? key : key + " " + socket;
    }

    /**
     * Returns an object that is equal for all connections of the same client: its certificate; without one, user and socket, or the
     * address.
     */
    public Object identity() {
        if (certificate != null) {
            return certificate;
        }
        if (peer == null || peer.uid() == UnixPeer.UNKNOWN) {
            return limitKey();
        }
        return Arrays.asList(peer.uid(), listener, socket);
    }

    /**
     * Names in a client certificate.
     *
     * @param subject distinguished name (RFC 2253), such as {@code CN=alice,O=Acme}; may be empty
     * @param names alternative names with type, such as {@code DNS:alice.example}, for logs
     */
    public record Certificate(String subject, List<String> names, CertificateIdentity identity) {
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
            return new Certificate(
                    certificate.getSubjectX500Principal().getName(), names, CertificateIdentity.of(certificate));
        }

        /** Uses the first alternative name if the subject is empty (RFC 5280 section 4.2.1.6). */
        private String name() {
            return subject.isEmpty() && !names.isEmpty() ? names.get(0) : subject;
        }
    }
}
