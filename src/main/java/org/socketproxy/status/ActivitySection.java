package org.socketproxy.status;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.usage.RecentExchange;

/**
 * The exchanges that ended last, filtered by {@link PageQuery}.
 *
 * @param rows at most {@link #MOST}, the newest first
 * @param clients clients of the rows, with the names of their containers
 * @param matching number of kept exchanges that the filter selects
 */
public record ActivitySection(List<RecentExchange> rows, List<String> clients, int matching, int kept) {
    private static final int MOST = 50;

    public ActivitySection {
        rows = List.copyOf(rows);
        clients = List.copyOf(clients);
    }

    private record Labelled(RecentExchange exchange, String client) {}

    static ActivitySection of(List<StatusFacts> all, PageQuery query) {
        List<Labelled> kept = all.stream()
                .flatMap(facts -> facts.recent().stream()
                        .map(each -> new Labelled(each, ClientRow.label(each.client(), each.time(), facts))))
                .sorted(Comparator.comparing(each -> -each.exchange.id()))
                .toList();
        List<Labelled> matching = kept.stream()
                .filter(each -> query.shown().includes(each.exchange.result()))
                .filter(each -> contains(each, query.text().toLowerCase(Locale.ROOT)))
                .toList();
        List<Labelled> rows = matching.subList(0, Math.min(MOST, matching.size()));
        return new ActivitySection(
                rows.stream().map(Labelled::exchange).toList(),
                rows.stream().map(Labelled::client).toList(),
                matching.size(),
                kept.size());
    }

    private static boolean contains(Labelled labelled, String text) {
        RecentExchange exchange = labelled.exchange;
        String words = labelled.client + " " + exchange.operation() + " " + exchange.method() + " " + exchange.path()
                + " " + exchange.reason() + " " + exchange.status();
        return words.toLowerCase(Locale.ROOT).contains(text);
    }
}
