package org.socketproxy.policy.create;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Options of a volume of the driver {@code local} that mounts a share of an NFS server.
 *
 * <p>Security: {@code mount} gets the options as they are, so only known ones are allowed.
 */
public final class LocalVolume {
    private static final Set<String> MEMBERS = Set.of("type", "device", "o");
    private static final Set<String> NFS = Set.of("nfs", "nfs4");
    private static final String ADDRESS = "addr=";
    private static final Pattern NFS_OPTION =
            Pattern.compile("r[ow]|soft|hard|(?:no)?lock|nosuid|nodev|noexec|no(?:dir)?atime"
                    + "|relatime|tcp|(?:nfs)?vers=(?:3|4|4\\.[0-2])|proto=tcp6?|timeo=[0-9]{1,5}|retrans=[0-9]{1,3}"
                    + "|[rw]size=[0-9]{1,8}|sec=sys");
    private static final Pattern SHARE = Pattern.compile("nfs:([a-zA-Z0-9][a-zA-Z0-9.-]{0,252})(?::(/.*))?");
    private static final Pattern DEVICE = Pattern.compile("([a-zA-Z0-9][a-zA-Z0-9.-]{0,252})?:(/.*)");
    private static final String BELOW = "/**";

    private LocalVolume() {}

    /** Returns true for {@code nfs:HOST}, {@code nfs:HOST:/path} and {@code nfs:HOST:/path/**}. */
    public static boolean isArgument(String text) {
        Matcher share = SHARE.matcher(text);
        return share.matches()
                && (share.group(2) == null
                        || root(share.group(2)).indexOf('*') < 0 && HostPaths.isClean(root(share.group(2))));
    }

    private static String root(String path) {
        String root = path.endsWith(BELOW) ? path.substring(0, path.length() - BELOW.length()) : path;
        return root.isEmpty() ? "/" : root;
    }

    /** Returns true if these options are those of an allowed share. */
    static boolean isAllowed(BodyValue options) {
        Map<String, JsonValue> members = options.object().members();
        if (!MEMBERS.equals(members.keySet()) || !members.values().stream().allMatch(JsonString.class::isInstance)) {
            return false;
        }
        List<String> mount = Arrays.asList(options.text("o").split(",", -1));
        return isAllowedShare(options, mount);
    }

    private static boolean isAllowedShare(BodyValue options, List<String> mount) {
        Matcher device = DEVICE.matcher(options.text("device"));
        if (!NFS.contains(options.text("type")) || !device.matches() || !HostPaths.isClean(device.group(2))) {
            return false;
        }
        List<String> addresses =
                mount.stream().filter(option -> option.startsWith(ADDRESS)).toList();
        boolean isKnown = mount.stream()
                .filter(option -> !option.startsWith(ADDRESS))
                .allMatch(option -> NFS_OPTION.matcher(option).matches());
        String host = device.group(1) != null ? device.group(1) : addresses.isEmpty() ? "" : host(addresses.get(0));
        Set<String> shares = options.rules().permissions().arguments(CreatePermission.VOLUME_OPTIONS);
        return isKnown
                && addresses.size() <= 1
                && addresses.stream().allMatch(address -> host(address).equals(host))
                && isAllowed(shares, host, device.group(2));
    }

    private static String host(String option) {
        return option.substring(ADDRESS.length());
    }

    private static boolean isAllowed(@Nullable Set<String> shares, String host, String path) {
        return shares != null
                && shares.stream()
                        .map(SHARE::matcher)
                        .anyMatch(share -> share.matches()
                                && share.group(1).equals(host)
                                && (share.group(2) == null || isWithin(path, share.group(2))));
    }

    private static boolean isWithin(String path, String allowed) {
        String root = root(allowed);
        return allowed.endsWith(BELOW) ? HostPaths.isAtOrBelow(path, root) : path.equals(root);
    }
}
