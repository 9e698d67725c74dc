package org.socketproxy.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Limits the memory of a daemon and measures it all the time: resident memory of dockerd, containerd and its shims, the
 * processor time of each run, threads and open files of dockerd. Needs Linux's /proc and the program {@code prlimit}.
 *
 * <p>Threading: one thread samples; the other methods belong to the test.
 */
public final class DaemonWatch implements AutoCloseable {
    /** Growth of the resident memory that no run needs, in KiB. */
    private static final long GROWTH = 300 * 1024;
    /** Processor time that no run needs, in ticks of 10 ms. */
    private static final long TICKS = 1500;

    /** Threads, or open files, that no run needs. */
    private static final long HANDLES = 300;

    private static final Pattern THREADS = Pattern.compile("Threads:\\s+(\\d+)");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    private final ProcessHandle daemon;
    private final long base;
    private final AtomicLong peak = new AtomicLong();
    private final Thread sampler;
    private volatile boolean isClosed;
    private long highest;
    private long ticks;

    private DaemonWatch(ProcessHandle daemon) {
        this.daemon = daemon;
        this.base = resident();
        this.ticks = processorTicks();
        this.sampler = new Thread(this::sample, "daemon-watch");
        sampler.setDaemon(true);
        sampler.start();
    }

    /** Limits the memory of a running daemon, and of the containerd that it started, to a number of bytes each. */
    public static DaemonWatch limiting(long pid, long bytes) throws IOException {
        ProcessHandle daemon = ProcessHandle.of(pid).orElseThrow();
        Cli cli = Cli.in(Path.of("/"), java.util.Map.of());
        for (ProcessHandle process :
                Stream.concat(Stream.of(daemon), daemon.descendants()).toList()) {
            Cli.Result limited = cli.run("prlimit", "--pid", Long.toString(process.pid()), "--data=" + bytes);
            if (limited.exitCode() != 0 && process.isAlive()) {
                throw new IOException(limited.stderr());
            }
        }
        return new DaemonWatch(daemon);
    }

    /** Returns what is wrong since {@link #next}, or null. */
    public @Nullable String problem() {
        if (!daemon.isAlive()) {
            return "the daemon died; its memory was " + peak.get() + " KiB";
        }
        if (peak.get() > base + GROWTH) {
            return "the memory of the daemon grew from " + base + " to " + peak.get() + " KiB";
        }
        if (threads() > HANDLES || files() > HANDLES) {
            return "the daemon has " + threads() + " threads and " + files() + " open files";
        }
        long used = processorTicks() - ticks;
        return used > TICKS ? "the daemon used " + used / 100 + " s of processor time" : null;
    }

    /** Begins a run. */
    public void next() {
        highest = Math.max(highest, peak.getAndSet(0));
        ticks = processorTicks();
    }

    private void sample() {
        while (!isClosed) {
            peak.accumulateAndGet(resident(), Math::max);
            try {
                TimeUnit.MILLISECONDS.sleep(50);
            } catch (InterruptedException interrupted) {
                return;
            }
        }
    }

    private long resident() {
        return processes().stream()
                .mapToLong(process -> {
                    Matcher matcher = RESIDENT.matcher(read(process, "status"));
                    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
                })
                .sum();
    }

    private long threads() {
        Matcher matcher = THREADS.matcher(read(daemon, "status"));
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    private long files() {
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(daemon.pid()), "fd"))) {
            return open.count();
        } catch (IOException ended) {
            return 0;
        }
    }

    private long processorTicks() {
        return processes().stream()
                .mapToLong(process -> {
                    String[] fields =
                            read(process, "stat").replaceFirst(".*\\) ", "").split(" ");
                    return fields.length < 13 ? 0 : Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
                })
                .sum();
    }

    /** The daemon and its containerd; the shims of containers are children of the system's first process. */
    private List<ProcessHandle> processes() {
        return Stream.concat(Stream.of(daemon), daemon.children()).toList();
    }

    private static String read(ProcessHandle process, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), file));
        } catch (IOException ended) {
            return "";
        }
    }

    @Override
    public String toString() {
        return "memory of the daemon: at first " + base + " KiB, at most " + Math.max(highest, peak.get()) + " KiB; "
                + threads() + " threads, " + files() + " open files";
    }

    @Override
    public void close() {
        isClosed = true;
        sampler.interrupt();
    }
}
