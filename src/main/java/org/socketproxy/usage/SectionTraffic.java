package org.socketproxy.usage;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.socketproxy.audit.AuditRecord;
import org.socketproxy.dockerapi.Operation;

/**
 * Durations and bytes of the allowed exchanges of one section.
 *
 * @param section the variable's name, or {@link #NONE} for operations without a section
 * @param counts durations of finite exchanges: one count for each bound of {@link #BOUNDS_MILLIS}, and one for longer exchanges
 * @param daemonWait part of the total until the daemon began its answer
 * @param upstreamBytes bytes from clients, including ended streams and tunnels
 * @param downstreamBytes bytes to clients, including ended streams and tunnels
 */
public record SectionTraffic(
        String section,
        List<Long> counts,
        Duration total,
        Duration daemonWait,
        long upstreamBytes,
        long downstreamBytes) {

    public static final String NONE = "none";

    public static final List<Long> BOUNDS_MILLIS = List.of(5L, 25L, 100L, 500L, 2500L, 10_000L, 60_000L);

    public SectionTraffic {
        counts = List.copyOf(counts);
    }

    static final class Counts {
        private static final int BUCKETS = BOUNDS_MILLIS.size() + 1;
        private static final int MICROS = BUCKETS;
        private static final int UPSTREAM = BUCKETS + 1;
        private static final int DOWNSTREAM = BUCKETS + 2;
        private static final int WAIT_MICROS = BUCKETS + 3;
        private static final int KINDS = BUCKETS + 4;

        private final Map<String, Counters> sections = Counters.map();

        void add(AuditRecord ended, Operation operation, long millis) {
            String section = operation.section() == null ? NONE : operation.section();
            Counters counters = Counters.of(sections, section, KINDS);
            if (!operation.isEndless()) {
                counters.add(bucket(ended.duration().toMillis()), 1, millis);
                counters.add(MICROS, ended.duration().toNanos() / 1000, millis);
                Duration wait = ended.path().daemonWait();
                counters.add(WAIT_MICROS, wait == null ? 0 : wait.toNanos() / 1000, millis);
            }
            counters.add(UPSTREAM, ended.upstreamBytes(), millis);
            counters.add(DOWNSTREAM, ended.downstreamBytes(), millis);
        }

        private static int bucket(long millis) {
            int bucket = 0;
            while (bucket < BUCKETS - 1 && millis > BOUNDS_MILLIS.get(bucket)) {
                bucket++;
            }
            return bucket;
        }

        List<SectionTraffic> snapshot() {
            List<SectionTraffic> traffic = new ArrayList<>();
            sections.forEach((section, counters) -> traffic.add(new SectionTraffic(
                    section,
                    LongStream.range(0, BUCKETS)
                            .mapToObj(bucket -> counters.count((int) bucket))
                            .toList(),
                    Duration.ofNanos(counters.count(MICROS) * 1000),
                    Duration.ofNanos(counters.count(WAIT_MICROS) * 1000),
                    counters.count(UPSTREAM),
                    counters.count(DOWNSTREAM))));
            traffic.sort(Comparator.comparing(SectionTraffic::section));
            return traffic;
        }
    }
}
