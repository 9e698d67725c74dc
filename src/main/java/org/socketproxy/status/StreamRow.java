package org.socketproxy.status;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.exchange.ExchangeSnapshot;
import org.socketproxy.status.StatusSource.StatusFacts;

/**
 * An open stream or tunnel, or a build: a connection of BuildKit with its calls, and the session of the same client.
 *
 * @param exchange the stream, or the oldest of the build
 * @param client with the name of its container if it is known
 * @param object object of its path, such as {@code container web}, or the container of its exec; may be empty
 * @param calls operations of the other exchanges of the build, oldest first
 * @param upstreamBytes bytes to the daemon, of all its exchanges
 * @param downstreamBytes bytes to the client, of all its exchanges
 */
public record StreamRow(
        ExchangeSnapshot exchange,
        String client,
        String object,
        List<String> calls,
        long upstreamBytes,
        long downstreamBytes) {
    private static final Pattern VERSION = Pattern.compile("/v\\d+(\\.\\d+)*(?=/)");

    /** The exchanges of one row, oldest first. */
    record Group(StatusFacts facts, List<ExchangeSnapshot> exchanges) {
        StreamRow row() {
            ExchangeSnapshot first = exchanges.get(0);
            Operation operation =
                    facts.least().catalogue().byId(first.operation()).orElse(null);
            return new StreamRow(
                    first,
                    ClientRow.label(first.client(), first.begin(), facts),
                    object(first, operation),
                    exchanges.stream().skip(1).map(ExchangeSnapshot::operation).toList(),
                    exchanges.stream()
                            .mapToLong(ExchangeSnapshot::upstreamBytes)
                            .sum(),
                    exchanges.stream()
                            .mapToLong(ExchangeSnapshot::downstreamBytes)
                            .sum());
        }
    }

    /** Returns the exchanges of each row; a row costs more than they do, and the page shows few of them. */
    static List<Group> groups(StatusFacts facts) {
        List<ExchangeSnapshot> exchanges = facts.activeExchanges();
        Map<String, Operation> byId =
                facts.operations().stream().collect(Collectors.toMap(Operation::id, operation -> operation));
        Map<Integer, List<ExchangeSnapshot>> builds = exchanges.stream()
                .filter(exchange -> isOfBuild(byId.get(exchange.operation())))
                .collect(Collectors.groupingBy(ExchangeSnapshot::connection));
        Map<String, List<ExchangeSnapshot>> onlyBuild = new HashMap<>();
        builds.values().forEach(calls -> onlyBuild.merge(key(calls.get(0)), calls, (first, second) -> List.of()));
        List<Group> groups = new ArrayList<>();
        for (ExchangeSnapshot exchange : exchanges) {
            List<ExchangeSnapshot> build = builds.get(exchange.connection());
            if (build != null && build.get(0).id() == exchange.id()) {
                groups.add(new Group(facts, withSession(build, onlyBuild, exchanges)));
            } else if (build == null && !isSessionOf(onlyBuild, exchange)) {
                groups.add(new Group(facts, List.of(exchange)));
            }
        }
        return groups;
    }

    private static boolean isOfBuild(@Nullable Operation operation) {
        return operation != null && (operation.isGrpc() || operation.isGrpcConnection());
    }

    private static String key(ExchangeSnapshot exchange) {
        return exchange.profile() + " " + exchange.client();
    }

    /** Returns whether the exchange is the session of a build: its client has no other build. */
    private static boolean isSessionOf(Map<String, List<ExchangeSnapshot>> onlyBuild, ExchangeSnapshot exchange) {
        return exchange.path().endsWith("/session")
                && !onlyBuild.getOrDefault(key(exchange), List.of()).isEmpty();
    }

    private static List<ExchangeSnapshot> withSession(
            List<ExchangeSnapshot> build,
            Map<String, List<ExchangeSnapshot>> onlyBuild,
            List<ExchangeSnapshot> exchanges) {
        List<ExchangeSnapshot> all = new ArrayList<>(build);
        exchanges.stream()
                .filter(exchange -> key(exchange).equals(key(build.get(0))) && isSessionOf(onlyBuild, exchange))
                .forEach(all::add);
        return all;
    }

    private static String object(ExchangeSnapshot exchange, @Nullable Operation operation) {
        if (!exchange.container().isEmpty()) {
            return "exec in container " + ObjectIds.shorten(exchange.container());
        }
        return operation == null ? "" : object(operation.path().toString(), exchange.path());
    }

    /** Finds the first object by its place in the template; the segment before it is its kind in the plural. */
    static String object(String template, String path) {
        String[] wanted = template.split("/", -1);
        String[] segments = VERSION.matcher(path).replaceFirst("").split("/", -1);
        for (int place = 1; place < Math.min(wanted.length, segments.length); place++) {
            if (wanted[place].startsWith("{")) {
                return wanted[place - 1].replaceFirst("s$", "") + " " + ObjectIds.shorten(segments[place]);
            }
        }
        return "";
    }
}
