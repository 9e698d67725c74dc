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
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.socketproxy.status.MetricsFacts.LimitUse;
import org.socketproxy.status.MetricsFacts.ProfileTraffic;
import org.socketproxy.usage.SectionTraffic;
import org.socketproxy.usage.Usage;

/**
 * Writes the metrics in the Prometheus text format. The Prometheus library is used only here, so that the JVM loads it
 * with this class.
 *
 * <p>Security: label values come from the proxy's tables. They contain no client address and no data of a request.
 */
final class MetricsText {
    private static final String PREFIX = "socket_proxy_";
    private static final double MILLIS_PER_SECOND = 1000;

    private MetricsText() {}

    static String contentType() {
        return PrometheusTextFormatWriter.CONTENT_TYPE;
    }

    static void write(MetricsFacts facts, OutputStream out) throws IOException {
        List<MetricSnapshot> metrics = new ArrayList<>(List.of(
                info("build", "Version of the proxy.", "version", facts.version()),
                info("policy", "Fingerprint of the policy in force.", "hash", facts.policyHash()),
                gauge(
                        "last_reload_success",
                        "1 if the last reload is in force, or none was tried, 0 if it was refused.",
                        facts.reload().isApplied() ? 1 : 0),
                gauge(
                        "last_reload_timestamp_seconds",
                        "Time of the last reload, also of a refused one, or of the start.",
                        facts.reload().at().getEpochSecond()),
                learnMode(facts.profiles()),
                lastDenial(facts.profiles()),
                exchanges(facts.profiles()),
                durations(facts.profiles()),
                bytes(facts.profiles()),
                open(facts.profiles()),
                gauge("daemon_up", "1 if the daemon answers its ping, else 0.", facts.isDaemonUp() ? 1 : 0),
                counter(
                        "audit_dropped",
                        "Audit records dropped because the reader of the log is too slow.",
                        facts.droppedRecords()),
                counter("connections_refused", "Client connections rejected by a limit.", facts.refusedConnections())));
        if (facts.profiles().stream().anyMatch(profile -> !profile.limits().isEmpty())) {
            metrics.add(profileOpen(facts.profiles()));
            metrics.add(profileRefused(facts.profiles()));
        }
        PrometheusTextFormatWriter.create()
                .write(out, new MetricSnapshots(metrics), EscapingScheme.UNDERSCORE_ESCAPING);
    }

    private static InfoSnapshot info(String name, String help, String label, String value) {
        return InfoSnapshot.builder()
                .name(PREFIX + name)
                .help(help)
                .dataPoint(InfoDataPointSnapshot.builder()
                        .labels(Labels.of(label, value))
                        .build())
                .build();
    }

    private static GaugeSnapshot learnMode(List<ProfileTraffic> profiles) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder()
                .name(PREFIX + "learn_mode")
                .help("1 while learn mode forwards what the variables deny, else 0.");
        for (ProfileTraffic profile : profiles) {
            gauge.dataPoint(point(labels(profile), profile.isLearning() ? 1 : 0));
        }
        return gauge.build();
    }

    private static GaugeSnapshot lastDenial(List<ProfileTraffic> profiles) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder()
                .name(PREFIX + "last_denial_timestamp_seconds")
                .help("Time of the last denial; absent before the first one.");
        for (ProfileTraffic profile : profiles) {
            profile.usage()
                    .lastDenial()
                    .ifPresent(time -> gauge.dataPoint(point(labels(profile), time.getEpochSecond())));
        }
        return gauge.build();
    }

    private static GaugeDataPointSnapshot point(Labels labels, long value) {
        return GaugeDataPointSnapshot.builder()
                .labels(labels)
                .value((double) value)
                .build();
    }

    private static CounterSnapshot exchanges(List<ProfileTraffic> profiles) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name(PREFIX + "exchanges")
                .help("Completed exchanges, by operation, decision and status class.");
        for (ProfileTraffic profile : profiles) {
            for (Usage.OperationUse use : profile.usage().operations()) {
                for (Usage.Outcome outcome : use.outcomes()) {
                    counter.dataPoint(CounterDataPointSnapshot.builder()
                            .labels(labels(
                                    profile,
                                    "operation",
                                    use.operation() == null ? "unlisted" : use.operation(),
                                    "decision",
                                    outcome.isAllowed() ? "allow" : "deny",
                                    "status",
                                    outcome.statusClass() == 0 ? "none" : outcome.statusClass() + "xx"))
                            .value((double) outcome.count())
                            .build());
                }
            }
        }
        return counter.build();
    }

    /** Adds the label {@code profile} for a profile of a policy file. */
    private static Labels labels(ProfileTraffic profile, String... namesAndValues) {
        Labels labels = Labels.of(namesAndValues);
        return profile.profile().isEmpty() ? labels : labels.add("profile", profile.profile());
    }

    private static HistogramSnapshot durations(List<ProfileTraffic> profiles) {
        HistogramSnapshot.Builder histogram = HistogramSnapshot.builder()
                .name(PREFIX + "exchange_duration_seconds")
                .unit(Unit.SECONDS)
                .help("Duration of allowed exchanges without streams and tunnels, by section.");
        for (ProfileTraffic profile : profiles) {
            for (SectionTraffic section : profile.traffic()) {
                histogram.dataPoint(HistogramDataPointSnapshot.builder()
                        .labels(labels(profile, "section", section.section()))
                        .classicHistogramBuckets(buckets(section.counts()))
                        .sum(section.total().toNanos() / 1e9)
                        .build());
            }
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

    private static CounterSnapshot bytes(List<ProfileTraffic> profiles) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name(PREFIX + "bytes")
                .help("Bytes of bodies and tunnels of completed allowed exchanges, by section.");
        for (ProfileTraffic profile : profiles) {
            for (SectionTraffic section : profile.traffic()) {
                counter.dataPoint(bytes(profile, section, "upstream", section.upstreamBytes()));
                counter.dataPoint(bytes(profile, section, "downstream", section.downstreamBytes()));
            }
        }
        return counter.build();
    }

    private static CounterDataPointSnapshot bytes(
            ProfileTraffic profile, SectionTraffic section, String direction, long bytes) {
        return CounterDataPointSnapshot.builder()
                .labels(labels(profile, "section", section.section(), "direction", direction))
                .value((double) bytes)
                .build();
    }

    private static GaugeSnapshot open(List<ProfileTraffic> profiles) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder()
                .name(PREFIX + "open")
                .help("Active exchanges: finite exchanges, streams, tunnels.");
        for (ProfileTraffic profile : profiles) {
            gauge.dataPoint(point(
                            labels(profile, "kind", "exchange"), profile.open().exchanges()))
                    .dataPoint(point(
                            labels(profile, "kind", "stream"), profile.open().streams()))
                    .dataPoint(point(
                            labels(profile, "kind", "tunnel"), profile.open().tunnels()));
        }
        return gauge.build();
    }

    private static GaugeSnapshot profileOpen(List<ProfileTraffic> profiles) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder()
                .name(PREFIX + "profile_open")
                .help("What the clients of a profile have open, by limit.");
        for (ProfileTraffic profile : profiles) {
            for (LimitUse use : profile.limits()) {
                gauge.dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(labels(profile, "limit", use.limit()))
                        .value((double) use.open())
                        .build());
            }
        }
        return gauge.build();
    }

    private static CounterSnapshot profileRefused(List<ProfileTraffic> profiles) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name(PREFIX + "profile_refused")
                .help("What a limit of a profile has refused, by limit.");
        for (ProfileTraffic profile : profiles) {
            for (LimitUse use : profile.limits()) {
                counter.dataPoint(CounterDataPointSnapshot.builder()
                        .labels(labels(profile, "limit", use.limit()))
                        .value((double) use.refused())
                        .build());
            }
        }
        return counter.build();
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
