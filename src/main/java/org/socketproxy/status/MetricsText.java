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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.status.StatusSource.MetricsFacts;
import org.socketproxy.status.StatusSource.MetricsFacts.ProfileTraffic;
import org.socketproxy.usage.SectionTraffic;
import org.socketproxy.usage.ShadowCounts;
import org.socketproxy.usage.ShadowCounts.ShadowDenial;
import org.socketproxy.usage.ShadowCounts.ShadowList;
import org.socketproxy.usage.Usage;

/**
 * Writes the metrics in the Prometheus text format. The only user of the Prometheus library, so that the JVM loads it late.
 *
 * <p>Security: label values come from the proxy's tables, and contain no data of a client or request.
 */
final class MetricsText {
    private static final String PREFIX = "socket_proxy_";
    private static final double MILLIS_PER_SECOND = 1000;

    private MetricsText() {}

    static String contentType() {
        return PrometheusTextFormatWriter.CONTENT_TYPE;
    }

    /** @param more metrics that do not come from the proxy's own data */
    static void write(MetricsFacts facts, List<MetricSnapshot> more, OutputStream out) throws IOException {
        List<MetricSnapshot> metrics = new ArrayList<>(List.of(
                info("build", "Version of the proxy.", "version", facts.version()),
                info("policy", "Fingerprint of the policy in force.", "hash", facts.policyHash()),
                gauge(
                        "policy_version",
                        "Version of the signed policy in force, 0 without a signature.",
                        facts.policyVersion()),
                gauge(
                        "leases",
                        "Leases, by state.",
                        facts.leases().entrySet().stream()
                                .map(each -> point(Labels.of("state", each.getKey()), each.getValue()))),
                gauge(
                        "last_reload_success",
                        "1 if the last reload is in force, or none was tried, 0 if it was refused.",
                        facts.reload().isApplied() ? 1 : 0),
                gauge(
                        "last_reload_timestamp_seconds",
                        "Time of the last reload, also of a refused one, or of the start.",
                        facts.reload().at().getEpochSecond()),
                gauge(
                        "learn_mode",
                        "1 while learn mode forwards what the variables deny, else 0.",
                        profiles(facts).map(each -> point(labels(each), each.isLearning() ? 1 : 0))),
                gauge(
                        "last_denial_timestamp_seconds",
                        "Time of the last denial; absent before the first one.",
                        profiles(facts)
                                .flatMap(each -> each
                                        .usage()
                                        .lastDenial()
                                        .map(time -> point(labels(each), time.getEpochSecond()))
                                        .stream())),
                counter(
                        "exchanges",
                        "Completed exchanges, by operation, decision, reason and status class.",
                        profiles(facts).flatMap(MetricsText::exchanges)),
                durations(facts),
                daemonWaits(facts),
                counter(
                        "bytes",
                        "Bytes of bodies and tunnels of completed allowed exchanges, by section.",
                        profiles(facts).flatMap(MetricsText::bytes)),
                gauge(
                        "open",
                        "Active exchanges: finite exchanges, streams, tunnels.",
                        profiles(facts).flatMap(MetricsText::open)),
                gauge("daemon_up", "1 if the daemon answers its ping, else 0.", facts.isDaemonUp() ? 1 : 0),
                counter(
                        "audit_dropped",
                        "Audit records dropped because an output did not take them.",
                        facts.droppedRecords()),
                counter(
                        "messages_dropped",
                        "Messages dropped because standard error did not take them.",
                        facts.process().droppedMessages()),
                counter(
                        "log_write_failures",
                        "Failed writes of the logs, which are tried again, by output.",
                        facts.process().failedWrites().entrySet().stream()
                                .map(each -> count(Labels.of("output", each.getKey()), each.getValue()))),
                counter(
                        "ledger_write_failures",
                        "Failed writes of the ledger, which are tried again.",
                        facts.process().failedLedgers()),
                counter("connections_refused", "Client connections rejected by a limit.", facts.refusedConnections()),
                counter(
                        "rejections",
                        "Connections and requests rejected before an exchange, by cause.",
                        facts.rejections().entrySet().stream()
                                .map(each -> count(Labels.of("cause", each.getKey()), each.getValue())))));
        if (!facts.listeners().open().isEmpty()) {
            metrics.add(gauge(
                    "connections",
                    "Open client connections, by listener.",
                    facts.listeners().open().entrySet().stream()
                            .map(each -> point(Labels.of("listener", each.getKey()), each.getValue()))));
            metrics.add(gauge(
                    "connections_max",
                    "Highest number of client connections of all listeners.",
                    facts.listeners().most()));
        }
        if (!facts.listeners().certificates().isEmpty()) {
            metrics.add(gauge(
                    "certificate_expiry_timestamp_seconds",
                    "Time until which a certificate of the proxy is valid, by its use.",
                    facts.listeners().certificates().entrySet().stream()
                            .map(each -> point(
                                    Labels.of("use", each.getKey()),
                                    each.getValue().getEpochSecond()))));
        }
        if (facts.profiles().stream().anyMatch(profile -> !profile.limits().isEmpty())) {
            metrics.add(gauge(
                    "profile_open",
                    "What the clients of a profile have open, by limit.",
                    profiles(facts)
                            .flatMap(each -> each.limits().stream()
                                    .map(use -> point(labels(each, "limit", use.limit()), use.open())))));
            metrics.add(counter(
                    "profile_refused",
                    "What a limit of a profile has refused, by limit.",
                    profiles(facts)
                            .flatMap(each -> each.limits().stream()
                                    .map(use -> count(labels(each, "limit", use.limit()), use.refused())))));
        }
        facts.process()
                .openFiles()
                .ifPresent(open -> metrics.add(ofProcess("open_fds", "Open files and sockets.", open)));
        facts.process().mostFiles().ifPresent(most -> metrics.add(ofProcess("max_fds", "Limit of open files.", most)));
        if (facts.shadow() != null) {
            metrics.addAll(shadow(facts, facts.shadow()));
        }
        metrics.addAll(more);
        PrometheusTextFormatWriter.create()
                .write(out, new MetricSnapshots(metrics), EscapingScheme.UNDERSCORE_ESCAPING);
    }

    private static List<MetricSnapshot> shadow(MetricsFacts facts, ShadowCounts.Snapshot counts) {
        Map<String, ProfileTraffic> profiles = new HashMap<>();
        profiles(facts).forEach(each -> profiles.put(each.profile(), each));
        ProfileTraffic ofEnvironment = profiles.get("");
        Function<String, @Nullable ProfileTraffic> found =
                name -> ofEnvironment == null ? profiles.get(name) : ofEnvironment;
        Map<Labels, Long> denials = new LinkedHashMap<>();
        for (ShadowDenial denial : counts.denials()) {
            ProfileTraffic profile = found.apply(denial.profile());
            if (profile != null) {
                denials.merge(labels(profile, "operation", denial.operation()), denial.count(), Long::sum);
            }
        }
        Map<Labels, Long> hidden = new LinkedHashMap<>();
        for (ShadowList list : counts.lists()) {
            ProfileTraffic profile = found.apply(list.profile());
            if (profile != null) {
                hidden.merge(labels(profile, "operation", list.operation()), list.hidden(), Long::sum);
            }
        }
        return List.of(
                counter(
                        "shadow_denials",
                        "Forwarded exchanges that SHADOW_POLICY would deny, by operation.",
                        denials.entrySet().stream().map(each -> count(each.getKey(), each.getValue()))),
                counter(
                        "shadow_hidden_elements",
                        "Elements of lists that SHADOW_POLICY would hide, by operation.",
                        hidden.entrySet().stream().map(each -> count(each.getKey(), each.getValue()))),
                counter("shadow_judged", "Forwarded exchanges to which SHADOW_POLICY was applied.", counts.judged()),
                counter(
                        "shadow_skipped",
                        "Parts of SHADOW_POLICY that were not applied to an exchange, by cause.",
                        counts.skipped().entrySet().stream()
                                .map(each ->
                                        count(Labels.of("cause", each.getKey().word()), each.getValue()))));
    }

    private static Stream<ProfileTraffic> profiles(MetricsFacts facts) {
        return facts.profiles().stream();
    }

    /** Adds the label {@code profile} for a profile of a policy file. */
    private static Labels labels(ProfileTraffic profile, String... namesAndValues) {
        Labels labels = Labels.of(namesAndValues);
        return profile.profile().isEmpty() ? labels : labels.add("profile", profile.profile());
    }

    private static Stream<CounterDataPointSnapshot> exchanges(ProfileTraffic profile) {
        return profile.usage().operations().stream()
                .flatMap(use -> use.outcomes().stream()
                        .map(outcome -> count(labels(profile, use.operation(), outcome), outcome.count())));
    }

    private static Labels labels(ProfileTraffic profile, @Nullable String operation, Usage.Outcome outcome) {
        Labels labels = labels(
                profile,
                "operation",
                operation == null ? "unlisted" : operation,
                "decision",
                outcome.isAllowed() ? "allow" : "deny",
                "status",
                outcome.statusClass() == 0 ? "none" : outcome.statusClass() + "xx");
        return outcome.reason() == null ? labels : labels.add("reason", outcome.reason());
    }

    private static HistogramSnapshot durations(MetricsFacts facts) {
        HistogramSnapshot.Builder histogram = HistogramSnapshot.builder()
                .name(PREFIX + "exchange_duration_seconds")
                .unit(Unit.SECONDS)
                .help("Duration of allowed exchanges without streams and tunnels, by section.");
        for (ProfileTraffic profile : facts.profiles()) {
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

    /** The rest of the duration is the work of the proxy and the transfer of bodies. */
    private static CounterSnapshot daemonWaits(MetricsFacts facts) {
        return counter(
                "daemon_wait_seconds",
                "Time of these exchanges until the daemon began its answer, by section.",
                profiles(facts)
                        .flatMap(profile -> profile.traffic().stream()
                                .map(section -> CounterDataPointSnapshot.builder()
                                        .labels(labels(profile, "section", section.section()))
                                        .value(section.daemonWait().toNanos() / 1e9)
                                        .build())));
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

    private static Stream<CounterDataPointSnapshot> bytes(ProfileTraffic profile) {
        return profile.traffic().stream()
                .flatMap(each -> Stream.of(
                        count(
                                labels(profile, "section", each.section(), "direction", "upstream"),
                                each.upstreamBytes()),
                        count(
                                labels(profile, "section", each.section(), "direction", "downstream"),
                                each.downstreamBytes())));
    }

    private static Stream<GaugeDataPointSnapshot> open(ProfileTraffic profile) {
        return Stream.of(
                point(labels(profile, "kind", "exchange"), profile.open().exchanges()),
                point(labels(profile, "kind", "stream"), profile.open().streams()),
                point(labels(profile, "kind", "tunnel"), profile.open().tunnels()));
    }

    private static GaugeDataPointSnapshot point(Labels labels, long value) {
        return GaugeDataPointSnapshot.builder()
                .labels(labels)
                .value((double) value)
                .build();
    }

    private static CounterDataPointSnapshot count(Labels labels, long value) {
        return CounterDataPointSnapshot.builder()
                .labels(labels)
                .value((double) value)
                .build();
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

    /** By the name that Prometheus gives to metrics of any process. */
    private static GaugeSnapshot ofProcess(String name, String help, long value) {
        return GaugeSnapshot.builder()
                .name("process_" + name)
                .help(help)
                .dataPoint(point(Labels.EMPTY, value))
                .build();
    }

    private static GaugeSnapshot gauge(String name, String help, long value) {
        return gauge(name, help, Stream.of(point(Labels.EMPTY, value)));
    }

    private static GaugeSnapshot gauge(String name, String help, Stream<GaugeDataPointSnapshot> points) {
        GaugeSnapshot.Builder gauge =
                GaugeSnapshot.builder().name(PREFIX + name).help(help);
        points.forEach(gauge::dataPoint);
        return gauge.build();
    }

    private static CounterSnapshot counter(String name, String help, long value) {
        return counter(name, help, Stream.of(count(Labels.EMPTY, value)));
    }

    private static CounterSnapshot counter(String name, String help, Stream<CounterDataPointSnapshot> points) {
        CounterSnapshot.Builder counter =
                CounterSnapshot.builder().name(PREFIX + name).help(help);
        points.forEach(counter::dataPoint);
        return counter.build();
    }
}
