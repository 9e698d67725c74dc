package org.socketproxy.status;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.Supplier;

/**
 * Answers {@code /metrics}. Nothing of the Prometheus library is loaded before somebody asks, and nothing is counted for
 * it alone: it reads what the ledger holds.
 */
public final class MetricsPage {
    private final Supplier<MetricsFacts> facts;

    /** @param facts asked at each request */
    public MetricsPage(Supplier<MetricsFacts> facts) {
        this.facts = facts;
    }

    /** Answers if the path is that of the metrics; false leaves the response as it is. */
    boolean answers(String path, HttpServletResponse response) throws IOException {
        if (!path.equals("/metrics")) {
            return false;
        }
        response.setContentType(MetricsText.contentType());
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
        MetricsText.write(facts.get(), response.getOutputStream());
        return true;
    }
}
