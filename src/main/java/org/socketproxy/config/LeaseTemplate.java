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
 * @param projects folders of the host below which a lease can have a project
 * @param rights the profile of a lease, with a label in {@code TARGETS} that stands for the label of a lease
 * @param egress how its containers reach other networks
 */
public record LeaseTemplate(
        List<ClientMatcher> open,
        Duration longest,
        int atOnce,
        List<String> projects,
        ProfileSettings rights,
        Egress egress) {
    /** Listener of the control socket in the conditions of {@code open}. */
    public static final String LISTENER = "control";

    /** Key of the label by which a lease owns objects. */
    public static final String LABEL = "socket-proxy.lease";

    /** Highest number of open leases, over all templates, because each has a listener and holds a connection. */
    public static final int MOST_AT_ONCE = 200;

    /** Value of the label in a template. No lease has it. */
    static final String ANY = "ANY";

    /**
     * How containers of a lease reach other networks.
     *
     * @param isOpen containers can be in each network
     * @param proxies otherwise containers of others, such as {@code egress:3128}, that the networks of the lease get
     */
    public record Egress(boolean isOpen, List<String> proxies) {
        public static final Egress OPEN = new Egress(true, List.of());

        public Egress {
            proxies = List.copyOf(proxies);
        }

        /** Returns the names of the containers, without ports. */
        public List<String> containers() {
            return proxies.stream()
                    .map(proxy -> proxy.substring(0, proxy.indexOf(':')))
                    .toList();
        }

        private String text() {
            return isOpen ? "open" : proxies.isEmpty() ? "none" : String.join(", ", proxies);
        }
    }

    public LeaseTemplate {
        open = List.copyOf(open);
        projects = List.copyOf(projects);
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
                new ProfileOrigin(name() + ":" + id, origin.file(), origin.lines(), origin.settings()),
                scope,
                egress.isOpen ? "" : network(id));
    }

    /** Returns the name of the network that the proxy makes for a lease without open egress. It cannot be the beginning of an id. */
    public static String network(String id) {
        return "lease-" + id;
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
                + open.stream().map(ClientMatcher::text).collect(Collectors.joining(", ")) + " egress "
                + egress.text()
                + (projects.isEmpty() ? "" : " projects " + String.join(", ", projects));
    }
}
