package org.socketproxy.status;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.Supplier;

/**
 * Serves {@code /metrics} from the counters of the usage ledger. The JVM loads the Prometheus library at the first request.
 */
public final class MetricsPage {
    private final Supplier<MetricsFacts> facts;

    /** @param facts called at each request */
    public MetricsPage(Supplier<MetricsFacts> facts) {
        this.facts = facts;
    }

    /** Writes the response if the path is {@code /metrics}; otherwise returns false and does not change the response. */
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
