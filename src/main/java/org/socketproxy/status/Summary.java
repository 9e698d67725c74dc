package org.socketproxy.status;

import java.util.ArrayList;
import java.util.List;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.usage.Usage;
import org.socketproxy.usage.Usage.RequestCount;

/** The numbers at the top of the page; there were more clients if the ledger has evicted some. */
public record Summary(
        RequestCount hour, HistoryPlot plot, int clients, boolean hasMoreClients, ActiveExchanges.Counts open) {

    static Summary of(List<StatusFacts> all) {
        List<RequestCount> minutes = new ArrayList<>();
        int length = all.get(0).lastHour().size();
        for (int minute = 0; minute < length; minute++) {
            int place = minute;
            minutes.add(RequestCount.sum(
                    all.stream().map(facts -> facts.lastHour().get(place)).toList()));
        }
        List<Usage.ClientUse> clients =
                all.stream().flatMap(facts -> facts.usage().clients().stream()).toList();
        return new Summary(
                RequestCount.sum(minutes),
                HistoryPlot.of(minutes),
                (int) clients.stream().filter(client -> !client.isOthers()).count(),
                clients.stream().anyMatch(Usage.ClientUse::isOthers),
                all.stream().map(StatusFacts::open).reduce(ActiveExchanges.Counts.NONE, Summary::plus));
    }

    private static ActiveExchanges.Counts plus(ActiveExchanges.Counts one, ActiveExchanges.Counts other) {
        return new ActiveExchanges.Counts(
                one.exchanges() + other.exchanges(), one.streams() + other.streams(), one.tunnels() + other.tunnels());
    }
}
