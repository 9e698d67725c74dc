package org.socketproxy.audit;

import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a connection, as far as the connection tells.
 *
 * <p>Security: an address may be borrowed, a user and a group are the system's word. Nothing is decided by them.
 *
 * @param address without port; {@link #UNIX} for a client of a Unix socket
 * @param user name of the user that connected to a Unix socket, or the number where this system knows no name; else null
 * @param group the same of the group
 */
public record Client(
        String address, @Nullable String user, @Nullable String group) {
    /** In place of an address. */
    public static final String UNIX = "unix";

    private static final int LONGEST = 200;

    /** An end point that knows who is at its other end. */
    public interface Known {
        Client client();
    }

    /** A client of which nothing but the address is known; an empty one is that of a Unix socket. */
    public static Client at(@Nullable String address) {
        return new Client(address == null || address.isEmpty() ? UNIX : address, null, null);
    }

    /** A client of a Unix socket. */
    public static Client unix(String user, String group) {
        return new Client(UNIX, user, group);
    }

    /** Who sent a request. */
    public static Client of(Request request) {
        Client known = of(request.getConnectionMetaData().getConnection().getEndPoint());
        return known == null ? at(Request.getRemoteAddr(request)) : known;
    }

    /** Who is at the other end, or null if the end point is none of ours. */
    public static @Nullable Client of(EndPoint endPoint) {
        EndPoint end = endPoint;
        while (end instanceof EndPoint.Wrapper wrapper) {
            end = wrapper.unwrap();
        }
        return end instanceof Known known ? known.client() : null;
    }

    /** One word for people, such as {@code 172.18.0.3} or {@code unix:alice:docker}: printable ASCII, and not long. */
    public String name() {
        return user == null ? address : AuditRecord.escape(address + ":" + user + ":" + group, LONGEST);
    }

    /** What its connections are counted by: another group makes no other client. */
    public String countedBy() {
        return user == null ? address : address + ":" + user;
    }
}
