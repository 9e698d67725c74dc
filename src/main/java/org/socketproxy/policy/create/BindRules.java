package org.socketproxy.policy.create;

import java.util.List;
import java.util.Map;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * Decides which paths of the host a container may bind.
 *
 * @param allowed the elements of {@code BINDS}
 * @param forbidden paths that are never bound, beside those of {@link HostPaths}, such as the socket of the daemon
 * @param ofProxy paths that the proxy's own container mounts; they are never bound
 * @param sockets sockets of the proxy at which clients of other profiles connect, each with the settings that a bind needs
 */
public record BindRules(
        List<AllowedBind> allowed, List<String> forbidden, List<String> ofProxy, Map<String, List<String>> sockets) {
    /** No path of the host. */
    public static final BindRules NONE = new BindRules(List.of(), List.of());

    private static final String DANGER = "the container reads and writes this path of the host";
    /** The daemon expands templates in the mounts of a service. */
    private static final String TEMPLATE = "{{";

    private static final String READ_ONLY_DANGER = "the container reads this path of the host";

    public BindRules {
        allowed = List.copyOf(allowed);
        forbidden = List.copyOf(forbidden);
        ofProxy = List.copyOf(ofProxy);
        sockets = Map.copyOf(sockets);
    }

    /** Creates rules of settings, before the mounts of the proxy are known. */
    public BindRules(List<AllowedBind> allowed, List<String> forbidden) {
        this(allowed, forbidden, List.of(), Map.of());
    }

    /** Reports a path that may not be bound. */
    void check(BodyValidation judgement, String source, boolean isReadOnly, FieldPath path) {
        String clean = source.length() > 1 && source.endsWith("/") ? source.substring(0, source.length() - 1) : source;
        if (!HostPaths.isClean(clean)) {
            judgement.deny(path, "binds a path that is not absolute and canonical");
            return;
        }
        if (clean.contains(TEMPLATE)) {
            judgement.deny(path, "binds a path with a template, which the daemon replaces by another text");
            return;
        }
        String shown = JsonPointers.printable(clean);
        if (HostPaths.isForbidden(clean, forbidden)) {
            judgement.reportPath(path, path.dotted() + " binds " + shown + ", which is never allowed", null, shown);
            return;
        }
        List<String> needed = sockets.entrySet().stream()
                .filter(socket -> HostPaths.isAround(clean, List.of(socket.getKey())))
                .flatMap(socket -> socket.getValue().stream())
                .distinct()
                .toList();
        if (!needed.isEmpty()) {
            String reason = ", which is or contains a socket for clients of other profiles (it needs "
                    + String.join(" and ", needed) + ")";
            judgement.reportPath(path, path.dotted() + " binds " + shown + reason, null, shown);
            return;
        }
        if (HostPaths.isAround(clean, ofProxy)) {
            String reason = ", which contains, or is in, a path that the container of this proxy mounts (PROTECT_SELF)";
            judgement.reportPath(path, path.dotted() + " binds " + shown + reason, null, shown);
            return;
        }
        for (AllowedBind bind : allowed) {
            if (bind.allows(clean, isReadOnly)) {
                return;
            }
        }
        boolean isPlain = shown.equals(clean) && BodyValidation.isPlain(clean);
        judgement.reportPath(
                path,
                path.dotted() + " binds " + shown + (isReadOnly ? "" : " for writing"),
                isPlain
                        ? new Remedy("BINDS", shown + (isReadOnly ? ":ro" : ""), isReadOnly ? READ_ONLY_DANGER : DANGER)
                        : null,
                shown);
    }
}
