package org.socketproxy.config;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.policy.ProfileOrigin;
import org.socketproxy.policy.scope.Scope;

/**
 * Template of leases in a policy file: who may open one, how long it lasts, and the rights of its clients.
 *
 * @param access who may open a lease, how many, and for how long
 * @param projects folders of the host below which a lease can have a project
 * @param rights the profile of a lease, with a label in {@code TARGETS} that stands for the label of a lease
 * @param egress how its containers reach other networks
 * @param asking about which denied requests a person is asked
 */
public record LeaseTemplate(
        Access access, List<String> projects, ProfileSettings rights, Egress egress, Asking asking) {
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

    /**
     * Who may open a lease.
     *
     * @param open conditions on the client of the control socket, one of which must match
     * @param longest a lease ends at the latest after this time, unless its opener renews it
     * @param atOnce most leases of the template at the same time
     */
    public record Access(List<ClientMatcher> open, Duration longest, int atOnce) {
        public Access {
            open = List.copyOf(open);
        }
    }

    /** A kind of denied request that a person can approve. */
    public enum Askable {
        /** A new container opens ports of the host. */
        PORTS("ports"),
        /** An image is pulled that {@code targets} does not select. */
        IMAGES("images"),
        /** A new container reads a path below {@code projects}. */
        READ_ONLY_BINDS("binds:ro");

        private final String word;

        Askable(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }

    /**
     * About which denied requests a person is asked.
     *
     * @param kinds empty for none
     * @param approvers conditions on the client of the control socket that answers; root and the proxy's user always may
     * @param hold a request waits so long for an answer
     */
    public record Asking(Set<Askable> kinds, List<ClientMatcher> approvers, Duration hold) {
        public static final Asking NONE = new Asking(Set.of(), List.of(), Duration.ZERO);

        public Asking {
            kinds = Set.copyOf(kinds);
            approvers = List.copyOf(approvers);
        }

        private String text() {
            return kinds.isEmpty()
                    ? ""
                    : " ask " + kinds.stream().map(Askable::word).sorted().collect(Collectors.joining(", "))
                            + " approve " + conditions(approvers) + " hold " + hold;
        }
    }

    public LeaseTemplate {
        projects = List.copyOf(projects);
    }

    public String name() {
        return rights.name();
    }

    public List<ClientMatcher> open() {
        return access.open;
    }

    public Duration longest() {
        return access.longest;
    }

    public int atOnce() {
        return access.atOnce;
    }

    /**
     * Returns the profile of one lease.
     *
     * @param id of the lease; the name of its profile is {@code TEMPLATE:ID}, which no profile of a file can have
     * @param label value of the label of the lease
     * @param images further elements of {@code TARGETS}, such as {@code images:reference:alpine}
     */
    public ProfileSettings of(String id, String label, Collection<String> images) {
        List<String> elements = Stream.concat(texts().stream(), images.stream())
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
        return name() + " for " + longest() + " at-once " + atOnce() + " open " + conditions(open()) + " egress "
                + egress.text()
                + (projects.isEmpty() ? "" : " projects " + String.join(", ", projects))
                + asking.text();
    }

    private static String conditions(List<ClientMatcher> matchers) {
        return matchers.stream().map(ClientMatcher::text).collect(Collectors.joining(", "));
    }
}
