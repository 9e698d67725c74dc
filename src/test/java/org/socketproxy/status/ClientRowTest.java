package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.usage.Usage;

/** The rows of the table of clients. */
class ClientRowTest {
    private static final Instant FIRST = RenderedPage.START;
    private static final Instant LAST = FIRST.plusSeconds(9);
    private static final ProxySetup SETUP = RenderedPage.setup(
            RenderedPage.profile("CONTAINERS", "INFO", "PING"), "unix:///run/docker.sock", List.of());

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "172.18.0.3                | 172.18.0.3  | ''",
                "172.18.0.3/CN=alice,O=a/b | 172.18.0.3  | certificate CN=alice,O=a/b",
                "fd00::1/CN=alice          | fd00::1     | certificate CN=alice",
                "unix:alice:docker         | Unix socket | user alice, group docker",
                "unix:1000:a:b             | Unix socket | user 1000, group a:b",
                "unix                      | unix        | ''",
                "others                    | all earlier clients | ''",
            })
    void nameIsSplitIntoAddressAndIdentity(String name, String address, String identity) {
        assertThat(rows(client(name, LAST))).singleElement().satisfies(row -> {
            assertThat(row.address()).isEqualTo(address);
            assertThat(row.identity()).isEqualTo(identity);
        });
    }

    @Test
    void rowShowsCountsNeedsAndWhatWasNeverUsed() {
        ClientRow row = rows(client(
                        "10.0.0.1",
                        LAST,
                        operation("ContainerList", false, 5, 0),
                        operation("ContainerRestart", true, 0, 2),
                        operation(null, false, 0, 1)))
                .get(0);

        assertThat(row.allowed()).isEqualTo(5);
        assertThat(row.denied()).isEqualTo(3);
        assertThat(row.first()).isEqualTo(FIRST);
        assertThat(row.last()).isEqualTo(LAST);
        assertThat(row.least()).containsExactly("CONTAINERS", "ALLOW_RESTARTS");
        assertThat(row.unused()).containsExactly("INFO", "PING");
    }

    @Test
    void failedRequestsAreNotCountedAsAllowed() {
        Usage.ClientOperation listed = operation("ContainerList", false, 15, 0);

        assertThat(rows(new Usage.ClientUse("10.0.0.1", FIRST, LAST, List.of(listed), 3)))
                .extracting(ClientRow::allowed, ClientRow::failed, ClientRow::denied)
                .containsExactly(tuple(12L, 3L, 0L));
    }

    @Test
    void containerOfTheAddressIsNamedWithAndWithoutACertificate() {
        List<ClientRow> rows =
                rows(client("172.18.0.3", LAST), client("172.18.0.3/CN=a", LAST), client("172.18.0.4", LAST));

        assertThat(rows).map(ClientRow::container).containsExactly("traefik", "traefik", "");
        assertThat(rows(client("172.18.0.3", FIRST.minusSeconds(1))))
                .map(ClientRow::container)
                .containsExactly("");
    }

    @Test
    void mostRecentClientIsFirstAndTheCommonRowLast() {
        List<ClientRow> rows =
                rows(client("others", LAST.plusSeconds(9)), client("10.0.0.1", FIRST), client("10.0.0.2", LAST));

        assertThat(rows).map(ClientRow::name).containsExactly("10.0.0.2", "10.0.0.1", "others");
    }

    @Test
    void tableIsBoundedAndSaysHowManyClientsItLeavesOut() {
        List<Usage.ClientUse> clients = new ArrayList<>(IntStream.range(0, 256)
                .mapToObj(number -> client("10.0.1." + number, LAST))
                .toList());
        clients.add(client("others", LAST));
        Usage usage = new Usage(FIRST, List.of(), List.of(), clients, List.of());

        StatusPage page = StatusPage.of(
                RenderedPage.facts(
                        RenderedPage.setup(RenderedPage.profile("PING"), "unix:///run/docker.sock", List.of()), usage),
                PageQuery.NONE);

        assertThat(page.clients()).hasSize(20);
        assertThat(page.moreClients()).isEqualTo(237);
    }

    /** A scanner chooses which operations it requests, and an open page asks for its minimum every second. */
    @Test
    void minimumOfAClientThatRequestsEverythingIsFoundInTime() {
        Usage.ClientOperation[] all = RenderedPage.CATALOGUE.operations().stream()
                .flatMap(operation -> Stream.of(
                        operation(operation.id(), operation.write().isAlways(), 0, 1),
                        operation(operation.id(), true, 0, 1)))
                .toArray(Usage.ClientOperation[]::new);
        List<Operation> operations = RenderedPage.CATALOGUE.operations();

        long begin = System.nanoTime();
        for (int left = 0; left < 20; left++) {
            String without = operations.get(left).id();
            rows(client(
                    "10.0.0.1",
                    LAST,
                    Stream.of(all)
                            .filter(each -> !without.equals(each.operation()))
                            .toArray(Usage.ClientOperation[]::new)));
        }

        Duration each = Duration.ofNanos((System.nanoTime() - begin) / 20);
        System.out.println("ClientRowTest: the minimum of all operations takes " + each.toMillis() + " ms");
    }

    private static List<ClientRow> rows(Usage.ClientUse... clients) {
        Usage usage = new Usage(FIRST, List.of(), List.of(), List.of(clients), List.of());
        return ClientRow.of(RenderedPage.facts(SETUP, usage), 100);
    }

    private static Usage.ClientUse client(String name, Instant last, Usage.ClientOperation... operations) {
        return new Usage.ClientUse(name, FIRST, last, List.of(operations), 0);
    }

    private static Usage.ClientOperation operation(String id, boolean isWrite, long allowed, long denied) {
        return new Usage.ClientOperation(id, isWrite, allowed, denied, LAST, null);
    }
}
