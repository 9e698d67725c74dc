package org.socketproxy.client;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jdk.net.UnixDomainPrincipal;

/**
 * Process that connected to a Unix socket, as the kernel reported it (SO_PEERCRED) at the connection.
 *
 * @param user name of the effective user, or the number without a name
 * @param group name or number of the effective group; supplementary groups are unknown
 * @param uid effective user id, or {@link #UNKNOWN}
 * @param gid effective group id, or {@link #UNKNOWN}
 */
public record UnixPeer(String user, String group, int uid, int gid) {
    /** Matches no condition; the kernel has no user or group with this id. */
    public static final int UNKNOWN = -1;

    public static UnixPeer of(UnixDomainPrincipal peer) {
        return new UnixPeer(
                peer.user().getName(), peer.group().getName(), UnixIds.uid(peer.user()), UnixIds.gid(peer.group()));
    }

    /** Returns a peer by the names of its user and group; a name that this system does not have matches no condition. */
    public static UnixPeer named(String user, String group) {
        UserPrincipalLookupService service = FileSystems.getDefault().getUserPrincipalLookupService();
        return new UnixPeer(
                user,
                group,
                number(() -> UnixIds.uid(service.lookupPrincipalByName(user))),
                number(() -> UnixIds.gid(service.lookupPrincipalByGroupName(group))));
    }

    private interface Lookup {
        int number() throws IOException;
    }

    private static int number(Lookup lookup) {
        try {
            return lookup.number();
        } catch (IOException unknown) {
            return UNKNOWN;
        }
    }

    /**
     * Numbers of users and groups. The JDK has them only as hash codes of its principals; this class verifies that the principal of
     * the number is equal.
     *
     * <p>Threading: thread-safe. The first look-up of an id may ask the name services of the system.
     */
    static final class UnixIds {
        /** Highest number of remembered ids; further ones are looked up for each connection. */
        private static final int MAX_KNOWN = 1000;

        /** Value of the kernel unless the administrator changes it. */
        private static final int DEFAULT_OVERFLOW = 65534;

        private static final Map<UserPrincipal, Integer> KNOWN = new ConcurrentHashMap<>();
        private static final int UNMAPPED_UID = unmapped("uid");
        private static final int UNMAPPED_GID = unmapped("gid");

        private UnixIds() {}

        static int uid(UserPrincipal user) {
            int uid = id(user);
            return uid == UNMAPPED_UID ? UnixPeer.UNKNOWN : uid;
        }

        static int gid(GroupPrincipal group) {
            int gid = id(group);
            return gid == UNMAPPED_GID ? UnixPeer.UNKNOWN : gid;
        }

        private static int id(UserPrincipal principal) {
            Integer known = KNOWN.get(principal);
            if (known != null) {
                return known;
            }
            int id = principal.hashCode();
            if (id < 0 || !isVerified(principal, id)) {
                return UnixPeer.UNKNOWN;
            }
            if (KNOWN.size() < MAX_KNOWN) {
                KNOWN.put(principal, id);
            }
            return id;
        }

        private static boolean isVerified(UserPrincipal principal, int id) {
            UserPrincipalLookupService service = FileSystems.getDefault().getUserPrincipalLookupService();
            String number = Integer.toString(id);
            try {
                return principal.equals(
                        principal instanceof GroupPrincipal
                                ? service.lookupPrincipalByGroupName(number)
                                : service.lookupPrincipalByName(number));
            } catch (IOException unknown) {
                return false;
            }
        }

        /**
         * Returns the id by which the kernel reports ids outside of this user namespace, usually 65534; {@link UnixPeer#UNKNOWN} if
         * the namespace maps every id, so that 65534 is one user.
         */
        private static int unmapped(String kind) {
            try {
                return unmapped(
                        Files.readAllLines(Path.of("/proc/self/" + kind + "_map")),
                        // In one piece: the kernel returns nothing after the first read of such a file.
                        Files.readAllLines(Path.of("/proc/sys/kernel/overflow" + kind))
                                .get(0));
            } catch (IOException | RuntimeException unreadable) {
                return DEFAULT_OVERFLOW;
            }
        }

        /**
         * @param map lines of {@code /proc/self/uid_map}: first id inside, first id outside, number of ids
         * @param overflow line of {@code /proc/sys/kernel/overflowuid}
         */
        static int unmapped(List<String> map, String overflow) {
            long mapped = 0;
            for (String line : map) {
                mapped += Long.parseLong(line.strip().split("\\s+", -1)[2]);
            }
            return mapped >= 0xffff_ffffL ? UnixPeer.UNKNOWN : Integer.parseInt(overflow.strip());
        }
    }
}
