package org.socketproxy.status;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot.SummaryDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Metrics of the process and of the JVM, with the names that Prometheus gives them for any program. */
final class ProcessMetrics {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");
    private static final int KIBIBYTE = 1024;
    private static final double MILLIS_PER_SECOND = 1000;

    private ProcessMetrics() {}

    static List<MetricSnapshot> all() {
        List<MetricSnapshot> metrics = new ArrayList<>(List.of(
                gauge(
                        "process_start_time_seconds",
                        "Time of the start of the process.",
                        ManagementFactory.getRuntimeMXBean().getStartTime() / MILLIS_PER_SECOND),
                gauge(
                        "jvm_threads_current",
                        "Threads of the JVM.",
                        ManagementFactory.getThreadMXBean().getThreadCount()),
                pools(
                        "jvm_memory_pool_used_bytes",
                        "Used memory, by pool.",
                        each -> each.getUsage().getUsed()),
                pools(
                        "jvm_memory_pool_committed_bytes",
                        "Memory that the JVM has of the system, by pool.",
                        each -> each.getUsage().getCommitted()),
                pools(
                        "jvm_memory_pool_max_bytes",
                        "Limit of the memory, by pool; -1 without one.",
                        each -> each.getUsage().getMax()),
                collections()));
        resident()
                .ifPresent(bytes ->
                        metrics.add(gauge("process_resident_memory_bytes", "Resident memory.", (double) bytes)));
        ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .ifPresent(used -> metrics.add(CounterSnapshot.builder()
                        .name("process_cpu_seconds")
                        .unit(Unit.SECONDS)
                        .help("CPU time, of the user and of the system.")
                        .dataPoint(CounterDataPointSnapshot.builder()
                                .value(used.toMillis() / MILLIS_PER_SECOND)
                                .build())
                        .build()));
        return metrics;
    }

    /** Returns empty if the system has no {@code /proc}. */
    private static OptionalLong resident() {
        try {
            Matcher found = RESIDENT.matcher(Files.readString(STATUS));
            return found.find() ? OptionalLong.of(Long.parseLong(found.group(1)) * KIBIBYTE) : OptionalLong.empty();
        } catch (IOException unknown) {
            return OptionalLong.empty();
        }
    }

    private static GaugeSnapshot pools(String name, String help, ToLongFunction<MemoryPoolMXBean> value) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            gauge.dataPoint(GaugeDataPointSnapshot.builder()
                    .labels(Labels.of("pool", pool.getName()))
                    .value((double) value.applyAsLong(pool))
                    .build());
        }
        return gauge.build();
    }

    private static SummarySnapshot collections() {
        SummarySnapshot.Builder summary = SummarySnapshot.builder()
                .name("jvm_gc_collection_seconds")
                .unit(Unit.SECONDS)
                .help("Number and time of garbage collections, by collector.");
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            summary.dataPoint(SummaryDataPointSnapshot.builder()
                    .labels(Labels.of("gc", collector.getName()))
                    .count(collector.getCollectionCount())
                    .sum(collector.getCollectionTime() / MILLIS_PER_SECOND)
                    .build());
        }
        return summary.build();
    }

    private static GaugeSnapshot gauge(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(GaugeDataPointSnapshot.builder().value(value).build())
                .build();
    }
}
