package org.socketproxy.status;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.socketproxy.usage.SectionTraffic;
import org.socketproxy.usage.Usage;

/**
 * The metrics in Prometheus's text format. The only class that knows its library, so that it is loaded with it.
 *
 * <p>Security: values of labels come from our own tables; nothing that a client sent, nor its address, is among them.
 */
final class MetricsText {
    private static final String PREFIX = "socket_proxy_";
    private static final double MILLIS_PER_SECOND = 1000;

    private MetricsText() {}

    static String contentType() {
        return PrometheusTextFormatWriter.CONTENT_TYPE;
    }

    static void write(MetricsFacts facts, OutputStream out) throws IOException {
        MetricSnapshots metrics = MetricSnapshots.of(
                info(facts.version()),
                exchanges(facts.usage()),
                durations(facts.traffic()),
                bytes(facts.traffic()),
                open(facts),
                gauge("daemon_up", "Whether the daemon answers its ping.", facts.isDaemonUp() ? 1 : 0),
                counter(
                        "audit_dropped",
                        "Lines of the audit log that were lost because its reader is too slow.",
                        facts.droppedRecords()),
                counter(
                        "connections_refused",
                        "Connections of clients that a limit refused.",
                        facts.refusedConnections()));
        PrometheusTextFormatWriter.create().write(out, metrics, EscapingScheme.UNDERSCORE_ESCAPING);
    }

    private static InfoSnapshot info(String version) {
        return InfoSnapshot.builder()
                .name(PREFIX + "build")
                .help("The version that runs.")
                .dataPoint(InfoDataPointSnapshot.builder()
                        .labels(Labels.of("version", version))
                        .build())
                .build();
    }

    private static CounterSnapshot exchanges(Usage usage) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name(PREFIX + "exchanges")
                .help("Exchanges that have ended, by operation, decision and first digit of the status.");
        for (Usage.OperationUse use : usage.operations()) {
            String operation = use.operation() == null ? "unlisted" : use.operation();
            for (Usage.Outcome outcome : use.outcomes()) {
                counter.dataPoint(CounterDataPointSnapshot.builder()
                        .labels(Labels.of(
                                "operation",
                                operation,
                                "decision",
                                outcome.isAllowed() ? "allow" : "deny",
                                "status",
                                outcome.statusClass() == 0 ? "none" : outcome.statusClass() + "xx"))
                        .value((double) outcome.count())
                        .build());
            }
        }
        return counter.build();
    }

    private static HistogramSnapshot durations(List<SectionTraffic> traffic) {
        HistogramSnapshot.Builder histogram = HistogramSnapshot.builder()
                .name(PREFIX + "exchange_duration_seconds")
                .unit(Unit.SECONDS)
                .help("How long allowed exchanges took, by section; without streams and tunnels.");
        for (SectionTraffic section : traffic) {
            histogram.dataPoint(HistogramDataPointSnapshot.builder()
                    .labels(Labels.of("section", section.section()))
                    .classicHistogramBuckets(buckets(section.counts()))
                    .sum(section.total().toNanos() / 1e9)
                    .build());
        }
        return histogram.build();
    }

    private static ClassicHistogramBuckets buckets(List<Long> counts) {
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        for (int i = 0; i < counts.size(); i++) {
            boolean isLast = i == SectionTraffic.BOUNDS_MILLIS.size();
            double bound = isLast ? Double.POSITIVE_INFINITY : SectionTraffic.BOUNDS_MILLIS.get(i) / MILLIS_PER_SECOND;
            buckets.bucket(bound, counts.get(i));
        }
        return buckets.build();
    }

    private static CounterSnapshot bytes(List<SectionTraffic> traffic) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name(PREFIX + "bytes")
                .help("Bytes of bodies and tunnels of allowed exchanges that have ended, by section.");
        for (SectionTraffic section : traffic) {
            counter.dataPoint(bytes(section, "upstream", section.upstreamBytes()));
            counter.dataPoint(bytes(section, "downstream", section.downstreamBytes()));
        }
        return counter.build();
    }

    private static CounterDataPointSnapshot bytes(SectionTraffic section, String direction, long bytes) {
        return CounterDataPointSnapshot.builder()
                .labels(Labels.of("section", section.section(), "direction", direction))
                .value((double) bytes)
                .build();
    }

    private static GaugeSnapshot open(MetricsFacts facts) {
        return GaugeSnapshot.builder()
                .name(PREFIX + "open")
                .help("What is under way: exchanges that end by themselves, streams, tunnels.")
                .dataPoint(open("exchange", facts.openExchanges()))
                .dataPoint(open("stream", facts.openStreams()))
                .dataPoint(open("tunnel", facts.openTunnels()))
                .build();
    }

    private static GaugeDataPointSnapshot open(String kind, long count) {
        return GaugeDataPointSnapshot.builder()
                .labels(Labels.of("kind", kind))
                .value((double) count)
                .build();
    }

    private static GaugeSnapshot gauge(String name, String help, long value) {
        return GaugeSnapshot.builder()
                .name(PREFIX + name)
                .help(help)
                .dataPoint(
                        GaugeDataPointSnapshot.builder().value((double) value).build())
                .build();
    }

    private static CounterSnapshot counter(String name, String help, long value) {
        return CounterSnapshot.builder()
                .name(PREFIX + name)
                .help(help)
                .dataPoint(
                        CounterDataPointSnapshot.builder().value((double) value).build())
                .build();
    }
}
