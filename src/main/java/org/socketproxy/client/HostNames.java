package org.socketproxy.client;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.Security;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resolves host names in the background, so that no request waits.
 *
 * <p>Threading: {@link #add} before {@link #start}; a daemon thread resolves the names, any thread reads the addresses.
 *
 * <p>Security: fails closed. A name has no address before its first look-up, after a failed one, and if the last one began more
 * than {@link #MAX_AGE} ago.
 */
public final class HostNames implements AutoCloseable {
    public static final Duration PERIOD = Duration.ofSeconds(10);
    public static final Duration MAX_AGE = Duration.ofSeconds(60);
    /** Highest number of addresses of one name. */
    static final int MAX_ADDRESSES = 64;

    private static final Logger LOG = LoggerFactory.getLogger(HostNames.class);
    private static final int MAX_NAME_CHARS = 253;
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_]([a-zA-Z0-9_-]*)(\\.[a-zA-Z0-9_][a-zA-Z0-9_-]*)*");
    /** The C library parses such a name as an IPv4 address. */
    private static final Pattern NUMBER = Pattern.compile("(.*\\.)?(\\d+|0[xX][0-9a-fA-F]*)");

    private static final String CACHE_TTL = "networkaddress.cache.ttl"; // in seconds

    private final Resolver resolver;
    private final LongSupplier nanoTime;
    private final List<Host> hosts = new CopyOnWriteArrayList<>();
    private @Nullable Thread thread;
    private boolean isClosed;

    /** May block. */
    @FunctionalInterface
    interface Resolver {
        InetAddress[] resolve(String name) throws UnknownHostException;
    }

    /**
     * Makes the JDK's cache of addresses shorter than {@link #PERIOD}, unless the administrator has set it. Called before the first
     * look-up.
     */
    public static void shortenCacheOfTheJdk() {
        if (Security.getProperty(CACHE_TTL) == null) {
            Security.setProperty(CACHE_TTL, "5");
        }
    }

    /** Resolves as the JDK does: {@code /etc/hosts}, then DNS. */
    public HostNames() {
        this(InetAddress::getAllByName, System::nanoTime);
    }

    HostNames(Resolver resolver, LongSupplier nanoTime) {
        this.resolver = resolver;
        this.nanoTime = nanoTime;
    }

    /** @throws IllegalArgumentException if it is not a host name; the message is for the administrator */
    Host add(String name) {
        if (name.length() > MAX_NAME_CHARS || !NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("\"" + name + "\" is not a host name; use letters, digits, -, _ and .");
        }
        if (NUMBER.matcher(name).matches()) {
            throw new IllegalArgumentException("\"" + name + "\" is a number or an address; use a network for it");
        }
        Host host = new Host(name.toLowerCase(Locale.ROOT), nanoTime);
        synchronized (this) {
            if (thread != null || isClosed) {
                throw new IllegalStateException("Names are added before the start");
            }
            hosts.add(host);
        }
        return host;
    }

    /** Does nothing without a name, and after {@link #close}. */
    public synchronized void start() {
        if (hosts.isEmpty() || isClosed || thread != null) {
            return;
        }
        Thread created = new Thread(this::run, "host-names");
        created.setDaemon(true);
        created.start();
        thread = created;
    }

    /** Starts after a reload. A known name keeps its addresses and their age, so that clients match during the first look-up. */
    public void startAfter(HostNames before) {
        for (Host host : hosts) {
            before.hosts.stream()
                    .filter(other -> other.name.equals(host.name))
                    .findFirst()
                    .ifPresent(other -> host.resolved = other.resolved);
        }
        start();
    }

    private void run() {
        while (isOpen()) {
            resolveAll();
            pause();
        }
    }

    public void resolveAll() {
        for (Host host : List.copyOf(hosts)) {
            if (isOpen()) {
                host.resolve(resolver);
            }
        }
    }

    /** Logs the names that mean more than one container. */
    public void report(LocalContainers containers) {
        hosts.forEach(host -> host.report(containers));
    }

    public boolean isEmpty() {
        return hosts.isEmpty();
    }

    private synchronized boolean isOpen() {
        return !isClosed;
    }

    private synchronized void pause() {
        long end = System.nanoTime() + PERIOD.toNanos();
        long left = PERIOD.toNanos();
        while (!isClosed && left > 0) {
            try {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException unused) {
                isClosed = true;
            }
            left = end - System.nanoTime();
        }
    }

    /** Stops after the current look-up. The addresses expire after {@link #MAX_AGE}. */
    @Override
    public synchronized void close() {
        isClosed = true;
        notifyAll();
    }

    static final class Host {
        private final String name;
        private final LongSupplier nanoTime;
        /** Null before the first look-up. */
        private volatile @Nullable Resolved resolved;

        private volatile Set<String> ambiguous = Set.of();
        private volatile boolean isOfContainer;

        /** @param addresses empty after a failed look-up */
        private record Resolved(List<IpAddress> addresses, long beginNanos) {}

        private Host(String name, LongSupplier nanoTime) {
            this.name = name;
            this.nanoTime = nanoTime;
        }

        String name() {
            return name;
        }

        List<IpAddress> addresses() {
            Resolved known = resolved;
            return known == null ? List.of() : known.addresses;
        }

        /** Returns true if the address comes only from the look-up, and not from a container of this name. */
        boolean isOnlyResolvedTo(IpAddress address) {
            return !isOfContainer && has(address);
        }

        /** Logs only once that the name means more than one container. */
        private void report(LocalContainers containers) {
            Set<String> meanings = containers.meanings(name, addresses());
            if (meanings.size() > 1 && !meanings.equals(ambiguous)) {
                LOG.warn("The host name {} means more than one container ({}): no client has it", name, meanings);
            }
            ambiguous = meanings.size() > 1 ? meanings : Set.of();
            isOfContainer = containers.isNamed(name);
        }

        /** Never blocks, allocates nothing. */
        boolean has(IpAddress address) {
            Resolved known = resolved;
            if (known == null || nanoTime.getAsLong() - known.beginNanos > MAX_AGE.toNanos()) {
                return false;
            }
            for (int i = 0; i < known.addresses.size(); i++) { // without an iterator
                if (known.addresses.get(i).equals(address)) {
                    return true;
                }
            }
            return false;
        }

        private void resolve(Resolver resolver) {
            long begin = nanoTime.getAsLong();
            List<IpAddress> found;
            try {
                found = Arrays.stream(resolver.resolve(name))
                        .limit(MAX_ADDRESSES)
                        .map(IpAddress::of)
                        .toList();
            } catch (UnknownHostException | RuntimeException failed) {
                found = List.of();
            }
            report(found);
            resolved = new Resolved(found, begin);
        }

        /** Logs only a change. */
        private void report(List<IpAddress> found) {
            Resolved before = resolved;
            boolean wasResolved = before != null && !before.addresses.isEmpty();
            if (found.isEmpty() && (before == null || wasResolved)) {
                LOG.warn("The host name {} cannot be resolved: no client has it", name);
            } else if (!found.isEmpty() && before != null && !wasResolved) {
                LOG.info("The host name {} is resolved again", name);
            }
        }
    }
}
