package org.socketproxy.shadow;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.client.Client;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.HeldBody;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.exchange.ProfileConcurrency;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.policy.Profiles;
import org.socketproxy.policy.RequestHead;
import org.socketproxy.usage.ShadowCounts;
import org.socketproxy.usage.ShadowCounts.Skip;

/**
 * Applies the policy in {@code SHADOW_POLICY} to the exchanges that the policy in force permits, and reports what it would deny.
 *
 * <p>Threading: judges the head on the thread of the exchange, copies of requests and responses on a thread of its own with a bounded queue, and
 * objects on the thread that reads the daemon's answer.
 *
 * <p>Security: never changes, delays or fails an exchange. Copies of bodies have a limit each, and one together; queries to the
 * daemon have a bounded rate.
 */
public final class Shadow {
    /**
     * The policy in {@code SHADOW_POLICY}.
     *
     * @param file its name, for the page
     * @param counts begin when the policy is read
     */
    public record ShadowPolicy(String file, Profiles profiles, ShadowCounts counts) {}

    private static final Logger LOG = LoggerFactory.getLogger(Shadow.class);
    private static final int QUEUED = 256;
    private static final int IDLE_SECONDS = 10;
    /** Bytes of all copies of bodies; one client gets half of them. */
    private static final int MOST_BYTES = 16 << 20;

    private static final long RECORD_NANOS = Duration.ofMinutes(10).toNanos();

    private final Supplier<@Nullable ShadowPolicy> policy;
    private final ProfileConcurrency load = new ProfileConcurrency();
    private final DaemonQuery query;
    private final DaemonObjects objects;
    private final ShadowQuery.Limit limit = new ShadowQuery.Limit();
    private final HeldMemory memory = new HeldMemory(MOST_BYTES);
    private volatile long missedNanos = System.nanoTime() - RECORD_NANOS;
    private final ThreadPoolExecutor judges =
            new ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(QUEUED), task -> {
                Thread thread = new Thread(task, "shadow-policy");
                thread.setDaemon(true);
                return thread;
            });

    /**
     * @param policy returns the policy in use, or null; called once for each exchange
     * @param query asks the daemon about objects, with memory of its own
     */
    public Shadow(Supplier<@Nullable ShadowPolicy> policy, DaemonQuery query) {
        this.policy = policy;
        this.query = query;
        this.objects = new DaemonObjects(query);
        judges.allowCoreThreadTimeOut(true);
    }

    /**
     * Counts a request for {@code max.requests}, also one that the policy in force denies.
     *
     * @return 0, or the seconds until the policy would allow the next one
     */
    public int admit(Client client) {
        ShadowPolicy used = policy.get();
        if (used == null) {
            return 0;
        }
        try {
            return load.admit(used.profiles().of(client));
        } catch (RuntimeException broken) {
            failed(used, broken);
            return 0;
        }
    }

    /**
     * Judges the head of a permitted request, and watches its exchange.
     *
     * @param target as the client has sent it
     * @param retryAfterSeconds the result of {@link #admit}
     */
    public void see(Exchange exchange, RequestTarget target, RequestHead head, int retryAfterSeconds) {
        ShadowPolicy used = policy.get();
        if (used == null) {
            return;
        }
        try {
            exchange.shadow(ShadowExchange.of(this, used, exchange, target, head, retryAfterSeconds));
        } catch (RuntimeException | StackOverflowError broken) {
            failed(used, broken);
        }
    }

    /** Returns the queries of one exchange. */
    ShadowQuery newQuery() {
        return new ShadowQuery(query, limit, memory);
    }

    /** Returns the caches of all exchanges. */
    DaemonObjects objects() {
        return objects;
    }

    /** Records that an updater has ended a container which could not be recorded. */
    void missRecord() {
        missedNanos = System.nanoTime();
    }

    /** Returns true for some minutes after {@link #missRecord}: the container could be created again. */
    boolean mayMissRecord() {
        return System.nanoTime() - missedNanos < RECORD_NANOS;
    }

    ProfileConcurrency load() {
        return load;
    }

    /** Returns the copy of a body, which is not longer than {@code maxBytes}. */
    HeldBody copy(Client client, int maxBytes) {
        return new HeldBody(maxBytes, memory.share(client, null));
    }

    /**
     * Runs a judgement later, or counts it as left out.
     *
     * @param end called if the judgement does not run, or fails
     */
    void judgeLater(ShadowPolicy used, Runnable judgement, Runnable end) {
        try {
            judges.execute(() -> {
                try {
                    judgement.run();
                } catch (RuntimeException | StackOverflowError broken) {
                    failed(used, broken);
                    end.run();
                }
            });
        } catch (RejectedExecutionException full) {
            used.counts().skipped(Skip.LOAD);
            end.run();
        }
    }

    static void failed(ShadowPolicy used, Throwable broken) {
        used.counts().skipped(Skip.FAILURE);
        LOG.warn("The policy {} could not be applied to a request", used.file(), broken);
    }
}
