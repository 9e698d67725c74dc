package org.socketproxy.status;

import java.util.ArrayList;
import java.util.List;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.usage.Span;
import org.socketproxy.usage.Usage;
import org.socketproxy.usage.Usage.RequestCount;

/** The numbers at the top of the page; there were more clients if the ledger has evicted some. */
public record Summary(
        RequestCount count, HistoryPlot plot, int clients, boolean hasMoreClients, ActiveExchanges.Counts open) {

    static Summary of(List<StatusFacts> all, Span span) {
        List<RequestCount> parts = new ArrayList<>();
        for (int part = 0; part < span.parts(); part++) {
            int place = part;
            parts.add(RequestCount.sum(
                    all.stream().map(facts -> facts.history(span).get(place)).toList()));
        }
        List<Usage.ClientUse> clients =
                all.stream().flatMap(facts -> facts.usage().clients().stream()).toList();
        return new Summary(
                RequestCount.sum(parts),
                HistoryPlot.of(parts, span),
                (int) clients.stream().filter(client -> !client.isOthers()).count(),
                clients.stream().anyMatch(Usage.ClientUse::isOthers),
                all.stream().map(StatusFacts::open).reduce(ActiveExchanges.Counts.NONE, Summary::plus));
    }

    private static ActiveExchanges.Counts plus(ActiveExchanges.Counts one, ActiveExchanges.Counts other) {
        return new ActiveExchanges.Counts(
                one.exchanges() + other.exchanges(), one.streams() + other.streams(), one.tunnels() + other.tunnels());
    }
}
