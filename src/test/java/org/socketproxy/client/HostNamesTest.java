package org.socketproxy.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the resolution of host names with a table of addresses and a clock that the test sets. */
class HostNamesTest {
    private final Map<String, List<String>> records = new ConcurrentHashMap<>();
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5); // the clock may overflow
    private final HostNames names = new HostNames(this::resolve, nanos::get);

    private InetAddress[] resolve(String name) throws UnknownHostException {
        List<String> addresses = records.get(name);
        if (addresses == null) {
            throw new UnknownHostException(name);
        }
        InetAddress[] found = new InetAddress[addresses.size()];
        for (int i = 0; i < found.length; i++) {
            found[i] = InetAddress.getByName(addresses.get(i));
        }
        return found;
    }

    private static Client client(String address) throws UnknownHostException {
        return Client.tcp(null, InetAddress.getByName(address), null);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10.0.0.1          | 10.0.0.1 | true",
                "10.0.0.1          | 10.0.0.2 | false",
                "10.0.0.1 fd00::1  | fd00::1  | true",
                "::ffff:10.0.0.1   | 10.0.0.1 | true",
                "::10.0.0.1        | 10.0.0.1 | false",
            })
    void clientWithAnAddressOfTheNameMatches(String addresses, String address, boolean isMatch) throws Exception {
        ClientMatcher traefik = ClientMatcher.host(names, "Traefik");
        records.put("traefik", Arrays.asList(addresses.split(" ")));
        names.resolveAll();

        assertThat(traefik.matches(client(address))).isEqualTo(isMatch);
        assertThat(traefik.text()).isEqualTo("host traefik");
        assertThat(traefik.isHard()).isFalse();
    }

    @Test
    void nameMatchesNothingBeforeItIsResolvedAndWithoutAnAddress() throws Exception {
        ClientMatcher traefik = ClientMatcher.host(names, "traefik");
        records.put("traefik", List.of("10.0.0.1"));
        assertThat(traefik.matches(client("10.0.0.1"))).isFalse();

        names.resolveAll();
        assertThat(traefik.matches(client("10.0.0.1"))).isTrue();
        assertThat(traefik.matches(Client.at(null))).isFalse();
        assertThat(traefik.matches(Client.at("10.0.0.1"))).isFalse();
    }

    @Test
    void lookUpReplacesTheAddressesAndAFailureRemovesThem() throws Exception {
        ClientMatcher traefik = ClientMatcher.host(names, "traefik");
        records.put("traefik", List.of("10.0.0.1"));
        names.resolveAll();
        records.put("traefik", List.of("10.0.0.2"));
        names.resolveAll();
        assertThat(traefik.matches(client("10.0.0.1"))).isFalse();
        assertThat(traefik.matches(client("10.0.0.2"))).isTrue();

        records.clear();
        names.resolveAll();
        assertThat(traefik.matches(client("10.0.0.2"))).isFalse();
    }

    @Test
    void addressesExpireIfTheNextLookUpDoesNotReturn() throws Exception {
        ClientMatcher traefik = ClientMatcher.host(names, "traefik");
        records.put("traefik", List.of("10.0.0.1"));
        names.resolveAll();

        nanos.addAndGet(TimeUnit.SECONDS.toNanos(60));
        assertThat(traefik.matches(client("10.0.0.1"))).isTrue();
        nanos.addAndGet(1);
        assertThat(traefik.matches(client("10.0.0.1"))).isFalse();
        names.resolveAll();
        assertThat(traefik.matches(client("10.0.0.1"))).isTrue();
    }

    @Test
    void failureOfOneNameDoesNotAffectAnother() throws Exception {
        ClientMatcher broken = ClientMatcher.host(names, "broken");
        ClientMatcher traefik = ClientMatcher.host(names, "traefik");
        records.put("traefik", List.of("10.0.0.1"));
        names.resolveAll();

        assertThat(broken.matches(client("10.0.0.1"))).isFalse();
        assertThat(traefik.matches(client("10.0.0.1"))).isTrue();
    }

    @Test
    void onlyTheFirstAddressesOfANameCount() throws Exception {
        ClientMatcher many = ClientMatcher.host(names, "many");
        records.put("many", IntStream.range(0, 65).mapToObj(i -> "10.0.0." + i).toList());
        names.resolveAll();

        assertThat(many.matches(client("10.0.0.63"))).isTrue();
        assertThat(many.matches(client("10.0.0.64"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a..b", "-a", "a.-b", "a b", "a/b", "é", "a.", "a\u0000", "fd00::1", "*.example"})
    void invalidNameIsReported(String name) {
        assertThatThrownBy(() -> names.add(name))
                .hasMessage("\"" + name + "\" is not a host name; use letters, digits, -, _ and .");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.1", "10.1", "167772161", "0x0a000001", "0xa.1", "a.1", "0x"})
    void textThatTheSystemMayParseAsAnAddressIsReported(String name) {
        assertThatThrownBy(() -> names.add(name))
                .hasMessage("\"" + name + "\" is a number or an address; use a network for it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"traefik", "traefik_1", "a.b-c.example", "1a", "localhost"})
    void hostNameIsAccepted(String name) {
        assertThat(ClientMatcher.host(names, name).text()).isEqualTo("host " + name);
    }

    @Test
    void threadResolvesInTheBackgroundUntilItIsClosed() throws Exception {
        CountDownLatch resolved = new CountDownLatch(1);
        try (HostNames real = new HostNames(
                name -> {
                    assertThat(Thread.currentThread().isDaemon()).isTrue();
                    resolved.countDown();
                    return new InetAddress[0];
                },
                System::nanoTime)) {
            ClientMatcher.host(real, "traefik");
            real.start();
            assertThat(resolved.await(300, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> real.add("late")).hasMessage("Names are added before the start");
            Thread thread = thread();
            real.close();
            thread.join(20_000);
            assertThat(thread.isAlive()).isFalse();
        }
    }

    @Test
    void namesOfAReplacedConfigurationKeepTheirAddressesAndTheirAge() throws Exception {
        ClientMatcher.host(names, "traefik");
        ClientMatcher.host(names, "removed");
        records.putAll(Map.of("traefik", List.of("10.0.0.1"), "removed", List.of("10.0.0.3")));
        names.resolveAll();
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(60));
        CountDownLatch end = new CountDownLatch(1);
        try (HostNames next = new HostNames(name -> waitFor(end), nanos::get)) {
            ClientMatcher traefik = ClientMatcher.host(next, "Traefik");
            ClientMatcher added = ClientMatcher.host(next, "added");
            next.startAfter(names);

            assertThat(traefik.matches(client("10.0.0.1"))).isTrue();
            assertThat(traefik.matches(client("10.0.0.3"))).isFalse();
            assertThat(added.matches(client("10.0.0.1"))).isFalse();
            nanos.addAndGet(1);
            assertThat(traefik.matches(client("10.0.0.1"))).isFalse();
        } finally {
            end.countDown();
        }
    }

    private static InetAddress[] waitFor(CountDownLatch end) {
        try {
            end.await();
        } catch (InterruptedException unused) {
            Thread.currentThread().interrupt();
        }
        return new InetAddress[0];
    }

    @Test
    void withoutANameThereIsNoThread() {
        List<Thread> ending = threads(); // of the tests before
        try (HostNames real = new HostNames()) {
            real.start();
            assertThat(ending).containsAll(threads());
        }
    }

    private static List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("host-names"))
                .toList();
    }

    private static Thread thread() {
        assertThat(threads()).hasSize(1);
        return threads().get(0);
    }

    @Test
    void resolverOfTheSystemFindsLocalhost() throws Exception {
        try (HostNames real = new HostNames()) {
            ClientMatcher localhost = ClientMatcher.host(real, "localhost");
            real.resolveAll();
            assertThat(localhost.matches(client("127.0.0.1"))).isTrue();
            assertThat(localhost.matches(client("127.0.0.2"))).isFalse();
        }
    }
}
