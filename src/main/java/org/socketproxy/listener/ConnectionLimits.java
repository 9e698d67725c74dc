package org.socketproxy.listener;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.client.Client;
import org.socketproxy.config.Limits;
import org.socketproxy.config.Setting;
import org.socketproxy.exchange.ErrorReply;

/**
 * Counts open connections, in total and for each client, and rejects further connections with an error response.
 * Jetty's {@code NetworkConnectionLimit} stops accepting instead, so that clients wait without an error message.
 *
 * <p>Threading: thread-safe; one lock, taken when a connection opens and closes.
 */
public final class ConnectionLimits {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionLimits.class);
    /** Value of the Retry-After header in the response to a rejected client. */
    static final int RETRY_AFTER_SECONDS = 5;
    /** Highest number of rejected connections that wait for their response; more are closed without one. */
    private static final int MAX_ANSWERED = 256;

    private final Limits limits;
    private final RejectionCounter rejections;
    private final HeaderMemoryBudget headerMemory;
    private final @Nullable ProfileConnections profiles;
    private final Map<String, Integer> openByClient = new HashMap<>();
    private int most;
    private int mostOfClient;
    private int mostAnswered = MAX_ANSWERED;
    private int open;
    private int answered;

    /** Creates the limits of all listeners of one server without profiles. */
    public ConnectionLimits(Limits limits, RejectionCounter rejections) {
        this(limits, rejections, null);
    }

    /**
     * Creates the limits of all listeners of one server.
     *
     * @param profiles counts connections by profile; or null
     */
    public ConnectionLimits(Limits limits, RejectionCounter rejections, @Nullable ProfileConnections profiles) {
        this.limits = limits;
        this.most = limits.maxConnections();
        this.mostOfClient = limits.maxConnectionsPerClient();
        this.rejections = rejections;
        this.profiles = profiles;
        this.headerMemory = HeaderMemoryBudget.ofHeap();
    }

    /**
     * Lowers the limits to what the free file descriptors of this process allow, also for the connections to the daemon. A client keeps
     * its share of them, so that one client cannot take all.
     */
    public synchronized void fitOpenFiles() {
        int fitting = OpenFiles.connections(MAX_ANSWERED);
        if (fitting < most) {
            mostOfClient = ofClient(limits, fitting);
            most = fitting;
            mostAnswered = Math.min(MAX_ANSWERED, Math.max(1, fitting / 4));
            LOG.warn(
                    "{}={} is too high: this process may have {} open files, which suffice for {} connections, {} of a client. Raise"
                            + " the limit of open files (LimitNOFILE of systemd, --ulimit nofile of Docker)",
                    Setting.MAX_CONNECTIONS,
                    limits.maxConnections(),
                    OpenFiles.most().orElse(0),
                    most,
                    mostOfClient);
        }
    }

    /** Returns the same part of fewer connections as the limits grant to a client. */
    static int ofClient(Limits limits, int fitting) {
        double part = Math.min(1, (double) limits.maxConnectionsPerClient() / limits.maxConnections());
        return Math.min(limits.maxConnectionsPerClient(), Math.max(1, (int) (fitting * part)));
    }

    /**
     * Counts one more connection. The admission must be released when the connection ends, also if it is rejected.
     *
     * @param isIdentified false if the client is known only after the TLS handshake, see {@link Admission#identified}
     */
    Admission admit(Client client, boolean isIdentified) {
        String key = client.limitKey();
        ProfileConnections.Counted counted = profiles == null || !isIdentified ? null : profiles.count(client);
        ErrorReply refusal = counted == null ? null : counted.refusal();
        RejectionCounter.Cause cause;
        boolean isAnswered;
        synchronized (this) {
            cause = exceededBy(key);
            if (cause == null && refusal != null) {
                cause = RejectionCounter.Cause.CONNECTIONS_OF_PROFILE;
            }
            isAnswered = cause == null || answered < mostAnswered;
            if (cause == null) {
                open++;
                openByClient.merge(key, 1, Integer::sum);
            } else if (isAnswered) {
                answered++;
            }
        }
        ErrorReply reply = cause == null || !isAnswered ? null : reply(cause, refusal);
        if (cause != null) {
            if (profiles != null && counted != null) {
                profiles.release(counted);
            }
            String profile = cause == RejectionCounter.Cause.CONNECTIONS_OF_PROFILE && counted != null
                    ? counted.share().profile()
                    : null;
            rejections.refused(cause, client, profile, reply == null ? 0 : reply.status());
        }
        return new Admission(key, cause == null, reply, cause == null ? counted : null);
    }

    private RejectionCounter.@Nullable Cause exceededBy(String key) {
        if (openByClient.getOrDefault(key, 0) >= mostOfClient) {
            return RejectionCounter.Cause.CONNECTIONS_OF_CLIENT;
        }
        return open >= most ? RejectionCounter.Cause.CONNECTIONS : null;
    }

    private ErrorReply reply(RejectionCounter.Cause cause, @Nullable ErrorReply ofProfile) {
        if (cause == RejectionCounter.Cause.CONNECTIONS_OF_PROFILE && ofProfile != null) {
            return ofProfile;
        }
        if (cause == RejectionCounter.Cause.CONNECTIONS) {
            return new ErrorReply(
                    503,
                    "there are " + most + " connections already; close some"
                            + orRaise(most < limits.maxConnections(), Setting.MAX_CONNECTIONS));
        }
        return new ErrorReply(
                429,
                "there are " + mostOfClient + " connections of this client already; close some"
                        + orRaise(mostOfClient < limits.maxConnectionsPerClient(), Setting.MAX_CONNECTIONS_PER_CLIENT));
    }

    private String orRaise(boolean isOfFiles, Setting setting) {
        return isOfFiles ? ", or raise the limit of open files of the proxy" : limits.orRaise(setting);
    }

    private synchronized void release(Admission admission) {
        if (admission.isAdmitted) {
            open--;
            openByClient.computeIfPresent(admission.client, (client, count) -> count == 1 ? null : count - 1);
        } else if (admission.reply != null) {
            answered--;
        }
    }

    /** Returns the highest number of admitted connections. */
    public synchronized int most() {
        return most;
    }

    /** Returns the number of admitted connections that are open. */
    public synchronized int open() {
        return open;
    }

    /** Decision for one connection, and its share of the memory for request heads. */
    final class Admission {
        private final String client;
        private final boolean isAdmitted;
        private final @Nullable ErrorReply reply;
        private final HeaderMemoryBudget.Share share;
        private ProfileConnections.@Nullable Counted counted;
        private boolean isReleased;

        private Admission(
                String client,
                boolean isAdmitted,
                @Nullable ErrorReply reply,
                ProfileConnections.@Nullable Counted counted) {
            this.client = client;
            this.share = headerMemory.newShare(client);
            this.isAdmitted = isAdmitted;
            this.reply = reply;
            this.counted = counted;
        }

        /** Counts the connection for the profile of its client, which is known only now. Further calls have no effect. */
        synchronized void identified(Client identified) {
            if (profiles != null && isAdmitted && counted == null && !isReleased) {
                counted = profiles.count(identified);
            }
        }

        /** @throws HeaderRejection if the profile of the client has too many connections */
        synchronized void requireRoom() {
            ErrorReply refusal = counted == null ? null : counted.refusal();
            if (counted != null && refusal != null) {
                throw new HeaderRejection(refusal, counted.share().profile());
            }
        }

        boolean isAdmitted() {
            return isAdmitted;
        }

        HeaderMemoryBudget.Share headerMemory() {
            return share;
        }

        /** Returns the response for a rejected client, or null if it gets none. */
        @Nullable
        ErrorReply reply() {
            return reply;
        }

        /** Ends the admission. Further calls have no effect. */
        void release() {
            synchronized (this) {
                if (isReleased) {
                    return;
                }
                isReleased = true;
                if (profiles != null && counted != null) {
                    profiles.release(counted);
                }
            }
            share.release();
            ConnectionLimits.this.release(this);
        }
    }
}
