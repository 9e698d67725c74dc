package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.exchange.ExchangeSnapshot;

/** The exchanges of a build are one row: the streams of its connection, and its session. */
class StreamRowTest {
    private static final List<Operation> OPERATIONS = OperationCatalogue.load().operations();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // operation, client and connection of each exchange | rows with their calls
                "SystemEvents a 1, ContainerLogs a 2                 | SystemEvents, ContainerLogs",
                "Grpc a 1, ControlSolve a 1, ControlStatus a 1       | Grpc+ControlSolve+ControlStatus",
                "ControlSolve a 1, ControlStatus a 1                 | ControlSolve+ControlStatus",
                "SystemEvents a 3, Session a 2, Grpc a 1, ControlSolve a 1 | SystemEvents, Grpc+ControlSolve+Session",
                "Grpc a 1, Grpc b 2, Session b 3                     | Grpc, Grpc+Session",
                "Grpc a 1, Grpc a 2, Session a 3                     | Grpc, Grpc, Session",
                "Session a 1                                         | Session",
            })
    void exchangesOfABuildAreOneRow(String open, String rows) {
        List<ExchangeSnapshot> exchanges = new ArrayList<>();
        for (String each : open.split(", ")) {
            String[] words = each.split(" ");
            exchanges.add(snapshot(exchanges.size(), words[0], words[1], Integer.parseInt(words[2])));
        }

        List<StreamRow> shown = StreamRow.groups(RenderedPage.facts(
                        RenderedPage.setup(RenderedPage.profile(), "unix:///run/docker.sock", List.of()),
                        RenderedPage.NOTHING,
                        exchanges.toArray(ExchangeSnapshot[]::new)))
                .stream()
                .map(StreamRow.Group::row)
                .toList();

        assertThat(shown.stream().map(StreamRowTest::text).collect(Collectors.joining(", ")))
                .isEqualTo(rows);
        assertThat(shown.stream().mapToLong(StreamRow::downstreamBytes).sum()).isEqualTo(2L * exchanges.size());
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0", "50, 50, 0", "53, 50, 3"})
    void pageShowsTheOldestFiftyStreams(int open, int shown, int more) {
        ExchangeSnapshot[] streams = IntStream.range(0, open)
                .mapToObj(id -> snapshot(id, "SystemEvents", "a", id))
                .toArray(ExchangeSnapshot[]::new);

        StatusPage page = StatusPage.of(
                RenderedPage.facts(
                        RenderedPage.setup(RenderedPage.profile(), "unix:///run/docker.sock", List.of()),
                        RenderedPage.NOTHING,
                        streams),
                PageQuery.NONE);

        assertThat(page.streams().stream().map(row -> row.exchange().id()))
                .containsExactlyElementsOf(LongStream.range(0, shown).boxed().toList());
        assertThat(page.moreStreams()).isEqualTo(more);
    }

    private static String text(StreamRow row) {
        return row.calls().isEmpty()
                ? row.exchange().operation()
                : row.exchange().operation() + "+" + String.join("+", row.calls());
    }

    private static ExchangeSnapshot snapshot(int id, String operation, String client, int connection) {
        String path = OPERATIONS.stream()
                .filter(known -> known.id().equals(operation))
                .findFirst()
                .orElseThrow()
                .path()
                .toString();
        return new ExchangeSnapshot(id, client, "default", operation, path, "", Instant.EPOCH, false, 1, 2, connection);
    }

    @ParameterizedTest
    @CsvSource({
        "/containers/{id}/attach, /v1.45/containers/web/attach, container web",
        "/containers/{id}/attach, /containers/web/attach, container web",
        "/libpod/containers/{name}/attach, /v5.0.0/libpod/containers/web/attach, container web",
        "/exec/{id}/start, /v1.45/exec/abc/start, exec abc",
        "/events, /v1.45/events, ''",
        "/containers/{id}/attach, /, ''",
    })
    void streamShowsTheObjectOfItsPath(String template, String path, String object) {
        assertThat(StreamRow.object(template, path)).isEqualTo(object);
    }
}
