package org.socketproxy.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.client.LocalContainers.Description;
import org.socketproxy.client.LocalContainers.Endpoint;

/** Which container has an address, after a sequence of answers of the daemon. */
class LocalContainersTest {
    private static final List<IpNetwork> SUBNETS = LocalContainers.subnets(List.of("10.0.0.0/24", "fd00::/64"));
    private static final ClientMatcher ADDRESS = ClientMatcher.network("10.0.0.5");
    private static final ClientMatcher PART = ClientMatcher.network("10.0.0.4/30");
    private static final ClientMatcher WHOLE = ClientMatcher.network("10.0.0.0/24");

    private final Map<String, List<String>> records = new HashMap<>();
    private final HostNames names = new HostNames(this::resolve, System::nanoTime);
    private final ClientMatcher host = ClientMatcher.host(names, "app");
    private LocalContainers containers = LocalContainers.NONE;
    private OwnLabels labels = OwnLabels.NONE;
    private long nanos = Long.MAX_VALUE - 150; // the clock may overflow

    private java.net.InetAddress[] resolve(String name) throws java.net.UnknownHostException {
        List<java.net.InetAddress> found = new ArrayList<>();
        for (String address : records.getOrDefault(name, List.of())) {
            found.add(java.net.InetAddress.getByName(address));
        }
        return found.toArray(java.net.InetAddress[]::new);
    }

    /** @param state such as {@code id1=app@10.0.0.5,fd00::5 id2=db@10.0.0.6}; the time of each is 100 later */
    private void describe(String state, Map<String, Set<String>> named) {
        nanos += 100;
        List<Endpoint> endpoints = Arrays.stream(state.strip().split("\\s+"))
                .filter(each -> each.contains("@"))
                .map(each -> each.split("[=@]"))
                .map(parts -> Endpoint.of(
                        parts[0],
                        parts[1],
                        Arrays.stream(parts[2].split(","))
                                .map(address -> address + "/24")
                                .toList()))
                .toList();
        containers = containers.after(
                new Description(nanos, SUBNETS, endpoints, named, true, labels),
                (address, network) -> List.of(ADDRESS, PART, WHOLE, host).stream()
                        .anyMatch(matcher -> matcher.selects(address, network)));
        names.report(containers);
    }

    private Client client(String address) {
        return new Client(
                null, address, IpAddress.parse(address).orElseThrow(), null, null, null, nanos - 10, null, null);
    }

    private boolean isMatch(ClientMatcher matcher, String address) {
        return matcher.matches(containers.locate(client(address), labels.keys()));
    }

    /** The name of a client's container for the log. A connection that is newer than the answer may be of another container. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1=a@10.0.0.5                         | -10 | a",
                "1=a@10.0.0.5 ; 1=b@10.0.0.5          | -10 | b",
                "1=a@10.0.0.5 ; 2=b@10.0.0.5          | -10 | b",
                "1=a@10.0.0.5 ; 2=b@10.0.0.5          | -110 | ''",
                "1=a@10.0.0.5                         | 1   | ''",
                "1=a@10.0.0.5 ; -                     | -10 | ''",
                "1=a@10.0.0.5 2=b@10.0.0.5            | -10 | ''",
                "-                                    | -10 | ''",
            })
    void logNamesTheContainerOfAConnection(String states, long accepted, String name) {
        Arrays.stream(states.split(";")).forEach(state -> describe(state, Map.of()));
        IpAddress remote = IpAddress.parse("10.0.0.5").orElseThrow();
        Client client = new Client(null, "10.0.0.5", remote, null, null, null, nanos + accepted, null, null);

        assertThat(containers.nameOf(client)).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // states of the daemon                                            | one address | the whole subnet
                "1=a@10.0.0.5                                                      | true  | true",
                "1=a@10.0.0.5 ; 1=a@10.0.0.5                                       | true  | true",
                "1=a@10.0.0.5 ; 2=b@10.0.0.5                                       | false | true",
                "1=a@10.0.0.5 ; - ; 2=b@10.0.0.5                                   | false | true",
                "1=a@10.0.0.5 ; 1=a@10.0.0.9 ; 2=b@10.0.0.5 1=a@10.0.0.9           | false | true",
                // Without a container at this address the client is a program of the host, or of another node.
                "-                                                                 | true  | true",
                "1=a@10.0.0.5 ; -                                                  | false | true",
                // A container of the same name replaces the first one.
                "1=a@10.0.0.5 ; 2=a@10.0.0.5                                       | true  | true",
                "1=a@10.0.0.5 ; - ; 2=a@10.0.0.5                                   | true  | true",
                "1=a@10.0.0.5 ; 2=b@10.0.0.5 ; - ; 3=a@10.0.0.5                    | true  | true",
                "1=a@10.0.0.5 ; 2=b@10.0.0.5 ; 1=a@10.0.0.5                        | true  | true",
                // A renamed container stays the first one, and its old name is not.
                "1=a@10.0.0.5 ; 1=old@10.0.0.5                                     | true  | true",
                "1=a@10.0.0.5 ; 1=old@10.0.0.5 ; 2=a@10.0.0.5                      | false | true",
                "1=a@10.0.0.5 ; 1=old@10.0.0.5 ; 2=old@10.0.0.5                    | true  | true",
                "1=a@10.0.0.5 ; 2=b@10.0.0.5 ; 2=a@10.0.0.5                        | true  | true",
                // An address of two containers is none of them.
                "1=a@10.0.0.5 2=b@10.0.0.5                                         | false | true",
                "1=a@10.0.0.5 2=b@10.0.0.5 ; 1=a@10.0.0.5                          | false | true",
                "1=a@10.0.0.5 1=a@10.0.0.5                                         | true  | true",
            })
    void addressBelongsToTheFirstContainer(String states, boolean isOne, boolean isWhole) {
        for (String state : states.split(";")) {
            describe(state, Map.of());
        }

        assertThat(isMatch(ADDRESS, "10.0.0.5")).isEqualTo(isOne);
        assertThat(isMatch(PART, "10.0.0.5")).isEqualTo(isOne);
        assertThat(isMatch(WHOLE, "10.0.0.5")).isEqualTo(isWhole);
    }

    @Test
    void connectionOfAContainerThatHasLeftHasNoAddress() {
        describe("1=a@10.0.0.5", Map.of());
        Client old = client("10.0.0.5");
        describe("1=a@10.0.0.5", Map.of());
        assertThat(WHOLE.matches(containers.locate(old, labels.keys()))).isTrue();

        describe("2=a@10.0.0.5", Map.of());
        assertThat(WHOLE.matches(containers.locate(old, labels.keys()))).isFalse();
        assertThat(WHOLE.matches(containers.locate(client("10.0.0.5"), labels.keys())))
                .isTrue();
    }

    @Test
    void connectionOfAContainerWithoutASuccessorHasNoAddress() {
        describe("1=a@10.0.0.9", Map.of());
        describe("1=a@10.0.0.9", Map.of());
        Client old = client("10.0.0.9");
        nanos += 20;
        Client late = client("10.0.0.9"); // not older than the last answer with the container
        describe("-", Map.of());

        assertThat(WHOLE.matches(containers.locate(late, labels.keys()))).isTrue();
        assertThat(WHOLE.matches(containers.locate(old, labels.keys()))).isFalse();
        describe("2=b@10.0.0.9", Map.of());
        assertThat(WHOLE.matches(containers.locate(old, labels.keys()))).isFalse();
        assertThat(isMatch(WHOLE, "10.0.0.9")).isTrue();
    }

    @Test
    void acceptedContainersAreTheFirstOnes() {
        describe("1=a@10.0.0.5", Map.of());
        LocalContainers before = containers;
        describe("2=b@10.0.0.5", Map.of());
        assertThat(containers.refusals(before))
                .containsExactly("The address 10.0.0.5 was one of the container a, and now the container b has it:"
                        + " no condition on this address is true for it until a reload");
        assertThat(containers.refusals(containers)).isEmpty();
        assertThat(containers.acceptances())
                .containsExactly("The address 10.0.0.5 was one of the container a, and from now on is one of b");

        containers = containers.accepted();
        assertThat(isMatch(ADDRESS, "10.0.0.5")).isTrue();
        assertThat(containers.acceptances()).isEmpty();
        describe("1=a@10.0.0.5", Map.of());
        assertThat(isMatch(ADDRESS, "10.0.0.5")).isFalse();
    }

    /** The labels of a container are those that its image does not have; without an entry they are not known. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // states of the daemon                    | labels        | label | whole subnet
                "1=a@10.0.0.5                              | 1:p=ci        | true  | true",
                "1=a@10.0.0.5                              | 1:p=web       | false | true",
                "1=a@10.0.0.5                              | 1:            | false | true",
                "1=a@10.0.0.5                              | 2:p=ci        | false | false",
                "1=a@10.0.0.6                              | 1:p=ci        | false | true",
                "-                                         | 1:p=ci        | false | true",
                "1=a@10.0.0.5 ; -                          | 1:p=ci        | false | true",
                // Another container with the address, and with the name.
                "1=a@10.0.0.5 ; 2=a@10.0.0.5               | 1:p=ci 2:     | false | true",
                "2=a@10.0.0.5 ; 1=a@10.0.0.5               | 1:p=ci 2:     | true  | true",
                "1=a@10.0.0.5 ; 2=b@10.0.0.5 ; 1=a@10.0.0.5| 1:p=ci 2:     | true  | true",
                "1=a@10.0.0.5 2=b@10.0.0.5                 | 1:p=ci 2:p=ci | false | false",
            })
    void labelIsOneOfTheContainerWithTheAddress(String states, String known, boolean isMatch, boolean isWhole) {
        Map<String, Map<String, String>> byContainer = new HashMap<>();
        for (String each : known.split(" ")) {
            String[] pair = each.split("[:=]");
            byContainer.put(pair[0], pair.length == 3 ? Map.of(pair[1], pair[2]) : Map.of());
        }
        labels = new OwnLabels(Set.of("p"), byContainer);
        Arrays.stream(states.split(";")).forEach(state -> describe(state, Map.of()));

        assertThat(isMatch(ClientMatcher.label("p=ci"), "10.0.0.5")).isEqualTo(isMatch);
        assertThat(isMatch(WHOLE, "10.0.0.5")).isEqualTo(isWhole);
        assertThat(ClientMatcher.label("p=ci").matches(client("10.0.0.5"))).isFalse();
    }

    @Test
    void clientsHaveNoAddressUntilTheDaemonWasAskedForTheLabels() {
        describe("1=a@10.0.0.5", Map.of());
        assertThat(containers.hasLabels(Set.of("p"))).isFalse();
        assertThat(WHOLE.matches(containers.locate(client("10.0.0.5"), Set.of("p"))))
                .isFalse();
        assertThat(WHOLE.matches(containers.locate(client("10.0.0.5"), Set.of())))
                .isTrue();
    }

    @Test
    void addressesOfOtherNetworksAreBelieved() {
        describe("1=a@10.0.0.5", Map.of());

        assertThat(ClientMatcher.network("192.0.2.1").matches(containers.locate(client("192.0.2.1"), labels.keys())))
                .isTrue();
        assertThat(containers.locate(Client.at(null), labels.keys()).place()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                // containers                 | names by container   | look-up            | client   | match
                "1=app@10.0.0.5               | 1:app                | 10.0.0.5           | 10.0.0.5 | true",
                "1=app@10.0.0.5,fd00::5       | 1:app                | 10.0.0.5 fd00::5   | fd00::5  | true",
                "1=app@10.0.0.5 1=app@10.0.0.6| 1:app                | 10.0.0.5 10.0.0.6  | 10.0.0.6 | true",
                "1=app@10.0.0.5 1=app@10.0.0.6| 1:app                | 10.0.0.5           | 10.0.0.6 | true",
                "1=app@10.0.0.5               | 1:app                | -                  | 10.0.0.5 | true",
                "1=app@10.0.0.5 2=y@10.0.0.6  | 1:app                | -                  | 10.0.0.6 | false",
                "1=app@10.0.0.5 2=y@10.0.0.6  | 1:app 2:app          | -                  | 10.0.0.5 | false",
                "1=app@10.0.0.5               | 1:app                | -                  | 10.0.0.9 | false",
                "1=app@10.0.0.5               | 1:app                | 10.0.0.7           | 10.0.0.5 | false",
                "1=x@10.0.0.5 2=y@10.0.0.6    | 1:app 2:app          | 10.0.0.5 10.0.0.6  | 10.0.0.5 | false",
                "1=x@10.0.0.5 2=y@10.0.0.6    | 1:app 2:app          | 10.0.0.5 10.0.0.6  | 10.0.0.6 | false",
                // The resolver of the daemon returns one of them.
                "1=x@10.0.0.5 2=y@10.0.0.6    | 1:app 2:app          | 10.0.0.6           | 10.0.0.6 | false",
                // The other one is stopped.
                "2=y@10.0.0.6                 | 1:app 2:app          | 10.0.0.6           | 10.0.0.6 | false",
                "2=y@10.0.0.6                 | 1:app 2:other        | 10.0.0.6           | 10.0.0.6 | false",
                // The other one is on another node, or no container.
                "1=app@10.0.0.5               | 1:app                | 10.0.0.5 10.0.0.9  | 10.0.0.5 | false",
                "1=app@10.0.0.5               | 1:app                | 10.0.0.5 10.0.0.9  | 10.0.0.9 | false",
                "1=x@10.0.0.5                 | 1:app                | 10.0.0.9           | 10.0.0.9 | false",
                "1=x@10.0.0.5                 | 1:x                  | 10.0.0.9           | 10.0.0.9 | true",
                "1=x@10.0.0.5                 | 1:x                  | 192.0.2.1          | 192.0.2.1| true",
                "1=x@10.0.0.5                 | 1:x                  | 192.0.2.1 192.0.2.2| 192.0.2.1| true",
                // Only /etc/hosts or another name server knows the name.
                "1=x@10.0.0.5                 | 1:x                  | 10.0.0.5           | 10.0.0.5 | true",
                "1=x@10.0.0.5 2=y@10.0.0.6    | 1:x 2:y              | 10.0.0.5 10.0.0.6  | 10.0.0.5 | false",
            })
    void hostNameMeansOneContainer(String state, String named, String lookUp, String address, boolean isMatch) {
        Map<String, Set<String>> byName = new HashMap<>();
        for (String each : named.split(" ")) {
            byName.computeIfAbsent(each.split(":")[1], any -> new HashSet<>()).add(each.split(":")[0]);
        }
        records.put("app", lookUp == null ? List.of() : List.of(lookUp.split(" ")));
        names.resolveAll();
        describe(state, byName);

        assertThat(isMatch(host, address)).isEqualTo(isMatch);
    }

    @Test
    void hostNameThatOnlyDnsKnowsBelongsToTheFirstContainerOfItsAddress() {
        records.put("app", List.of("10.0.0.5"));
        names.resolveAll();
        describe("1=x@10.0.0.5", Map.of("x", Set.of("1")));
        assertThat(isMatch(host, "10.0.0.5")).isTrue();
        describe("2=y@10.0.0.5", Map.of("y", Set.of("2")));
        assertThat(isMatch(host, "10.0.0.5")).isFalse();
    }

    @Test
    void hostNameMatchesNothingWhileTheNamesAreNotComplete() {
        records.put("app", List.of("10.0.0.5"));
        names.resolveAll();
        describe("1=app@10.0.0.5", Map.of("app", Set.of("1")));
        containers = containers.after(
                new Description(
                        nanos + 1,
                        SUBNETS,
                        List.of(Endpoint.of("1", "app", List.of("10.0.0.5/24"))),
                        Map.of("app", Set.of("1")),
                        false,
                        OwnLabels.NONE),
                (address, network) -> true);
        assertThat(isMatch(host, "10.0.0.5")).isFalse();
    }

    @Test
    void beyondAHighestNumberNoContainerIsTheFirstOne() {
        ClientMatcher all = ClientMatcher.network("10.0.0.0/17");
        List<IpNetwork> subnets = LocalContainers.subnets(List.of("10.0.0.0/16"));
        List<Endpoint> many = IntStream.range(0, LocalContainers.MAX_LEFT)
                .mapToObj(i -> Endpoint.of("c" + i, "n" + i, List.of("10.0." + i / 256 + "." + i % 256)))
                .toList();
        containers =
                containers.after(new Description(++nanos, subnets, many, Map.of(), true, OwnLabels.NONE), all::selects);
        containers = containers.after(
                new Description(++nanos, subnets, List.of(), Map.of(), true, OwnLabels.NONE), all::selects);
        containers = containers.after(
                new Description(
                        ++nanos,
                        subnets,
                        List.of(Endpoint.of("x", "x", List.of("10.0.100.1"))),
                        Map.of(),
                        true,
                        OwnLabels.NONE),
                all::selects);

        nanos += 20;
        assertThat(isMatch(all, "10.0.100.1")).isFalse();
    }
}
