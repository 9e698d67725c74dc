package org.socketproxy.decide;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.IpAddress;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Inquiry.EndOfRun;
import org.socketproxy.inquiry.Inspection;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.scope.ContainerList;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ScopeRule.Subject;
import org.socketproxy.policy.self.DaemonView;
import org.socketproxy.policy.self.DaemonView.Network;
import org.socketproxy.policy.self.ListedContainer;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.policy.self.ProxyContainer;
import org.socketproxy.protect.SelfProtection;

/**
 * Finds out whether one container is that of the proxy or a client of another profile: asks the daemon about the container and its
 * networks. So no number of other containers, networks and labels fails a request about a container.
 *
 * <p>Security: fails closed; without the descriptions the request is denied.
 */
final class ClientLookup {

    private final Inquiry inquiry;
    private final SelfProtection self;
    private final Profile profile;

    ClientLookup(Inquiry inquiry, SelfProtection self) {
        this.inquiry = inquiry;
        this.self = self;
        this.profile = inquiry.trial().profile();
    }

    /**
     * A container as the daemon finds it.
     *
     * @param id full id
     * @param subjects the other profiles; the container is in those whose client it is
     */
    record Named(String id, List<ProtectedSubject> subjects) {
        Named {
            subjects = List.copyOf(subjects);
        }

        /** Returns the profile whose client the container is, or null. */
        @Nullable
        ProtectedSubject owner() {
            return subjects.stream()
                    .filter(each -> !each.containers().isEmpty())
                    .findFirst()
                    .orElse(null);
        }
    }

    /** Returns the proxy or the profile with the container of this full id, or null if the profile may act on it. */
    @Nullable
    ProtectedSubject subject(String id) throws EndOfRun {
        ProxyContainer own = self.container();
        if (own != null && own.id().equals(id)) {
            return ProtectedSubject.of(own);
        }
        return !id.isEmpty() && self.clients().protects(profile) ? find(id).owner() : null;
    }

    /** @param name name or id as the path of an inspect contains it */
    Named find(String name) throws EndOfRun {
        ListedContainer named = Objects.requireNonNull(inspect(name, false));
        String id = named.container().id();
        return new Named(
                id, subjects(List.of(named)).stream().map(each -> each.only(id)).toList());
    }

    /** Returns the other profiles; a network is in those of which a container in it would be a client. */
    List<ProtectedSubject> ofNetwork(String name) throws EndOfRun {
        Optional<Network> network = inquiry.inspect(
                ObjectRef.query(Subject.NETWORK, name),
                Subject.NETWORK.noun(),
                found -> DaemonView.inspected(found.body()));
        return self.clients()
                .among(List.of(), List.of(network.orElseThrow(this::unknown)))
                .of(profile);
    }

    /** Returns the other profiles with their clients that use an object. */
    List<ProtectedSubject> ofUsers(ContainerList users) throws EndOfRun {
        List<ListedContainer> found =
                inquiry.list(users, Subject.CONTAINER.noun(), error -> error.status() == HttpStatus.NOT_FOUND_404);
        return subjects(found == null ? List.of() : found);
    }

    private List<ProtectedSubject> subjects(List<ListedContainer> named) throws EndOfRun {
        Optional<ListedContainer> proxy = self.location();
        List<ListedContainer> containers = new ArrayList<>(named);
        for (ListedContainer each : named) {
            boolean isOfProxy =
                    proxy.isPresent() && proxy.get().container().id().equals(each.sharing());
            if (!each.sharing().isEmpty() && !isOfProxy) {
                Optional.ofNullable(inspect(encode(each.sharing()), true)).ifPresent(containers::add);
            }
        }
        Map<String, Network> networks = new HashMap<>();
        for (ListedContainer each : containers) {
            for (Map.Entry<String, Set<IpAddress>> endpoint : each.addresses().entrySet()) {
                boolean isLocal = proxy.isPresent()
                        && !proxy.get()
                                .addresses()
                                .getOrDefault(endpoint.getKey(), Set.of())
                                .isEmpty();
                if (endpoint.getValue().isEmpty() || !isLocal) {
                    String id = each.container().environs().networks().getOrDefault(endpoint.getKey(), "");
                    network(id.isEmpty() ? endpoint.getKey() : id)
                            .forEach(network -> networks.put(network.id(), network));
                }
            }
        }
        return self.clients().among(containers, List.copyOf(networks.values())).of(profile);
    }

    private static String encode(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * Inspects a container.
     *
     * @param mayBeMissing whether null is returned for a missing one; otherwise the client gets the daemon's error
     */
    private @Nullable ListedContainer inspect(String name, boolean mayBeMissing) throws EndOfRun {
        String target = ObjectRef.query(Subject.CONTAINER, name);
        Optional<ListedContainer> described = inquiry.find(
                List.of(ClientLookup.class, target), // the judge can read another fact
                target,
                Subject.CONTAINER.noun(),
                this::read,
                error -> mayBeMissing && error.status() == HttpStatus.NOT_FOUND_404);
        return described == null ? null : described.orElseThrow(this::unknown);
    }

    private Optional<ListedContainer> read(Inspection found) {
        Optional<ListedContainer> container = Optional.ofNullable(ListedContainer.inspected(found.body()));
        container.ifPresent(each -> inquiry.remember( // the next steps ask by the id
                ObjectRef.query(Subject.CONTAINER, each.container().id()), found));
        return container;
    }

    private EndOfRun unknown() {
        return new EndOfRun(new Verdict.Denied(SelfStep.unknown(SelfStep.CLIENTS_UNKNOWN)));
    }

    /** Returns no network for one that was removed after its container had stopped. */
    private List<Network> network(String name) throws EndOfRun {
        Optional<Network> network = inquiry.find(
                ObjectRef.query(Subject.NETWORK, encode(name)),
                Subject.NETWORK.noun(),
                found -> DaemonView.inspected(found.body()),
                error -> error.status() == HttpStatus.NOT_FOUND_404);
        return network == null ? List.of() : List.of(network.orElseThrow(this::unknown));
    }
}
