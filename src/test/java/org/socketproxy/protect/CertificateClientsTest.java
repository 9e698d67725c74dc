package org.socketproxy.protect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.socketproxy.client.IpAddress;
import org.socketproxy.policy.self.ListedContainer;
import org.socketproxy.policy.self.ProxyContainer;

/** The addresses of clients with certificates have a limit; a container that was found stays a client until it is removed. */
class CertificateClientsTest {
    private static final String ID = "c".repeat(64);

    private final CertificateClients clients = new CertificateClients();

    private static IpAddress address(int number) {
        return IpAddress.parse("10.0." + number / 250 + "." + number % 250).orElseThrow();
    }

    private static ListedContainer container(int number) {
        return new ListedContainer(ProxyContainer.of(ID), Map.of("n", Set.of(address(number))), "", Map.of());
    }

    @Test
    void aContainerThatWasFoundStaysAClientWhenOthersFillTheAddresses() {
        clients.see(address(0), "admin", System.nanoTime());
        clients.find(container(0));
        for (int i = 1; i < 5000; i++) {
            clients.see(address(i), "ci", System.nanoTime());
        }

        assertThat(clients.isClient(ID, "admin")).isTrue();

        clients.retain(Set.of(), System.nanoTime());
        clients.find(container(0));
        assertThat(clients.isTied(ID)).isFalse();

        clients.see(address(0), "admin", System.nanoTime());
        clients.find(container(0));
        assertThat(clients.isClient(ID, "admin")).isTrue();
    }

    @Test
    void aListIsNeededAfterANewConnection() {
        long begin = System.nanoTime();
        assertThat(clients.isBehind()).isFalse();

        clients.see(address(0), "admin", begin);
        assertThat(clients.isBehind()).isTrue();
        long look = System.nanoTime();
        clients.retain(Set.of(), look);
        clients.see(address(0), "admin", begin);
        assertThat(clients.isBehind()).isFalse();

        clients.see(address(0), "admin", System.nanoTime());
        assertThat(clients.isBehind()).isTrue();
    }
}
