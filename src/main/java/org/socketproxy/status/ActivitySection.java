package org.socketproxy.status;

import java.util.List;
import java.util.Locale;
import org.socketproxy.usage.RecentExchange;

/**
 * The exchanges that ended last, filtered by the query of the page.
 *
 * @param rows at most {@link #MOST}, the newest first
 * @param matching number of kept exchanges that the filter selects
 */
public record ActivitySection(List<RecentExchange> rows, int matching, int kept) {
    private static final int MOST = 50;

    public ActivitySection {
        rows = List.copyOf(rows);
    }

    static ActivitySection of(List<RecentExchange> recent, PageQuery query) {
        List<RecentExchange> matching = recent.stream()
                .filter(exchange -> query.shown().includes(exchange.isAllowed()))
                .filter(exchange -> contains(exchange, query.text().toLowerCase(Locale.ROOT)))
                .toList();
        return new ActivitySection(
                matching.subList(0, Math.min(MOST, matching.size())), matching.size(), recent.size());
    }

    private static boolean contains(RecentExchange exchange, String text) {
        String words = exchange.client() + " " + exchange.operation() + " " + exchange.method() + " " + exchange.path()
                + " " + exchange.reason() + " " + exchange.status();
        return words.toLowerCase(Locale.ROOT).contains(text);
    }
}
