package org.socketproxy.listener;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.client.Client;
import org.socketproxy.config.Limits;
import org.socketproxy.config.Setting;
import org.socketproxy.exchange.ErrorReply;

/**
 * Counts the connections of a server, and says which come beyond a limit. Jetty's own {@code NetworkConnectionLimit}
 * stops accepting then, so that a client waits and is never told why.
 *
 * <p>Threading: any; one lock, taken at the begin and the end of a connection.
 */
public final class ConnectionLimits {
    /** Told a refused client, so that it does not come again at once. */
    static final int RETRY_AFTER_SECONDS = 5;
    /** So many refused connections are answered at a time; others are closed without a word. */
    private static final int MOST_ANSWERED = 256;

    private final Limits limits;
    private final RejectionCounter refusals;
    private final HeaderMemoryBudget heads;
    private final Map<String, Integer> openByClient = new HashMap<>();
    private int open;
    private int answered;

    public ConnectionLimits(Limits limits, RejectionCounter refusals) {
        this.limits = limits;
        this.refusals = refusals;
        this.heads = HeaderMemoryBudget.ofHeap();
    }

    /** One more connection; it must be given back when it has ended, whatever became of it. */
    Admission admit(Client client) {
        RejectionCounter.Cause refused;
        boolean isAnswered;
        synchronized (this) {
            refused = exceededBy(client.countedBy());
            isAnswered = refused == null || answered < MOST_ANSWERED;
            if (refused == null) {
                open++;
                openByClient.merge(client.countedBy(), 1, Integer::sum);
            } else if (isAnswered) {
                answered++;
            }
        }
        ErrorReply reply = refused == null || !isAnswered ? null : reply(refused);
        if (refused != null) {
            refusals.refused(refused, client, reply == null ? 0 : reply.status());
        }
        return new Admission(client.countedBy(), refused == null, reply);
    }

    private RejectionCounter.@Nullable Cause exceededBy(String client) {
        if (openByClient.getOrDefault(client, 0) >= limits.maxConnectionsPerClient()) {
            return RejectionCounter.Cause.CONNECTIONS_OF_CLIENT;
        }
        return open >= limits.maxConnections() ? RejectionCounter.Cause.CONNECTIONS : null;
    }

    private ErrorReply reply(RejectionCounter.Cause refused) {
        if (refused == RejectionCounter.Cause.CONNECTIONS) {
            return new ErrorReply(
                    503,
                    "there are " + limits.maxConnections() + " connections already; close some"
                            + limits.orRaise(Setting.MAX_CONNECTIONS));
        }
        return new ErrorReply(
                429,
                "there are " + limits.maxConnectionsPerClient() + " connections of this client already; close some"
                        + limits.orRaise(Setting.MAX_CONNECTIONS_PER_CLIENT));
    }

    private synchronized void release(Admission admission) {
        if (admission.isAdmitted) {
            open--;
            openByClient.computeIfPresent(admission.client, (client, count) -> count == 1 ? null : count - 1);
        } else if (admission.reply != null) {
            answered--;
        }
    }

    /** How many connections are served. */
    synchronized int open() {
        return open;
    }

    /** What becomes of one connection. */
    final class Admission {
        private final String client;
        private final boolean isAdmitted;
        private final @Nullable ErrorReply reply;
        private final HeaderMemoryBudget.Share share = heads.newShare();
        private boolean isReleased;

        private Admission(String client, boolean isAdmitted, @Nullable ErrorReply reply) {
            this.client = client;
            this.isAdmitted = isAdmitted;
            this.reply = reply;
        }

        boolean isAdmitted() {
            return isAdmitted;
        }

        /** What the connection may hold of the memory for request heads. */
        HeaderMemoryBudget.Share heads() {
            return share;
        }

        /** What a refused client is told, or null for nothing. */
        @Nullable
        ErrorReply reply() {
            return reply;
        }

        /** Only the first time counts. */
        void release() {
            synchronized (this) {
                if (isReleased) {
                    return;
                }
                isReleased = true;
            }
            share.release();
            ConnectionLimits.this.release(this);
        }
    }
}
