package org.socketproxy.status;

import java.util.List;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.usage.RequestCount;

/**
 * The numbers at the top of the page.
 *
 * @param now requests of the last {@link #MINUTES_OF_NOW} minutes
 * @param clients number of clients since the counts began
 * @param hasMoreClients whether the ledger has evicted clients, so that there were more
 */
public record Summary(
        RequestCount now,
        RequestCount hour,
        HistoryPlot plot,
        int clients,
        boolean hasMoreClients,
        ActiveExchanges.Counts open) {
    public static final int MINUTES_OF_NOW = 5;

    static Summary of(StatusFacts facts) {
        List<RequestCount> minutes = facts.lastHour();
        boolean hasMore = facts.usage().clients().stream().anyMatch(client -> client.isOthers());
        return new Summary(
                RequestCount.sum(minutes.subList(Math.max(0, minutes.size() - MINUTES_OF_NOW), minutes.size())),
                RequestCount.sum(minutes),
                HistoryPlot.of(minutes),
                facts.usage().clients().size() - (hasMore ? 1 : 0),
                hasMore,
                facts.open());
    }
}
