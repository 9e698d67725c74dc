package org.socketproxy.config;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.policy.ProfileOrigin;
import org.socketproxy.policy.scope.Scope;

/**
 * Template of leases in a policy file: who may open one, how long it lasts, and the rights of its clients.
 *
 * @param open conditions on the client of the control socket, one of which must match
 * @param longest a lease ends at the latest after this time, unless its opener renews it
 * @param atOnce most leases of the template at the same time
 * @param rights the profile of a lease, with a label in {@code TARGETS} that stands for the label of a lease
 */
public record LeaseTemplate(List<ClientMatcher> open, Duration longest, int atOnce, ProfileSettings rights) {
    /** Listener of the control socket in the conditions of {@code open}. */
    public static final String LISTENER = "control";

    /** Key of the label by which a lease owns objects. */
    public static final String LABEL = "socket-proxy.lease";

    /** Value of the label in a template. No lease has it. */
    static final String ANY = "ANY";

    public LeaseTemplate {
        open = List.copyOf(open);
    }

    public String name() {
        return rights.name();
    }

    /**
     * Returns the profile of one lease.
     *
     * @param id of the lease; the name of its profile is {@code TEMPLATE:ID}, which no profile of a file can have
     * @param label value of the label of the lease
     */
    public ProfileSettings of(String id, String label) {
        List<String> elements = texts().stream()
                .distinct()
                .map(text -> text.equals(label(ANY)) ? label(label) : text)
                .toList();
        Scope scope = TargetsReader.scope(elements, (element, advice) -> {
            throw new IllegalStateException(element + ": " + advice);
        });
        ProfileOrigin origin = rights.origin();
        return rights.with(
                new ProfileOrigin(name() + ":" + id, origin.file(), origin.lines(), origin.settings()), scope);
    }

    static String label(String value) {
        return "label:" + LABEL + "=" + value;
    }

    private List<String> texts() {
        Scope scope = rights.targets();
        return scope == null ? List.of(label(ANY)) : scope.texts();
    }

    /** Returns everything beside the rights, for comparisons. */
    public String text() {
        return name() + " for " + longest + " at-once " + atOnce + " open "
                + open.stream().map(ClientMatcher::text).collect(Collectors.joining(", "));
    }
}
