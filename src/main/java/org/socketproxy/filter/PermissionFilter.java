package org.socketproxy.filter;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.daemon.ClientContainers;
import org.socketproxy.daemon.DaemonQuery.NoAnswerException;
import org.socketproxy.daemon.DaemonVersion;
import org.socketproxy.decide.DeniedBodies;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.Denial;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.ExchangeState;
import org.socketproxy.exchange.ProfileConcurrency;
import org.socketproxy.policy.ApiTranslation;
import org.socketproxy.policy.ApiTranslation.Translated;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Profiles;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.RequestHead;
import org.socketproxy.policy.scope.OutOfScopeException;
import org.socketproxy.shadow.Shadow;

/**
 * Parses the request target, finds the operation, decides by the profile of the client, and denies the request or passes
 * it on. Before, it asks the daemon which container has the address of the client, if a condition uses addresses.
 *
 * <p>Security: fails closed; an exception during the decision denies the request with status 500. The proxy forwards
 * exactly the target that this filter has parsed, or has written and parsed again for a profile with targets; the exchange
 * holds it. Without an answer about the client the request is denied.
 *
 * <p>Threading: never blocks. The thread that reads the daemon's answer about the client dispatches the request again.
 */
public final class PermissionFilter extends HttpFilter {
    private static final Logger LOG = LoggerFactory.getLogger(PermissionFilter.class);
    private static final long serialVersionUID = 1;

    private final transient OperationCatalogue catalogue;
    private final transient Profiles profiles;
    private final transient ClientContainers containers;
    private final transient DaemonVersion daemon;
    private final transient ProfileConcurrency load;
    private final transient Shadow shadow;
    private final transient DeniedBodies bodies;

    /**
     * Creates the filter.
     *
     * @param profiles called once for each exchange, because a reload may change the profile
     * @param containers knows which container has the address of a client
     * @param daemon knows the lowest API version that the daemon accepts
     * @param load counts the requests of each profile
     * @param shadow applies another policy to permitted requests
     * @param bodies reads bodies of denied requests
     */
    public PermissionFilter(
            OperationCatalogue catalogue,
            Profiles profiles,
            ClientContainers containers,
            DaemonVersion daemon,
            ProfileConcurrency load,
            Shadow shadow,
            DeniedBodies bodies) {
        this.catalogue = catalogue;
        this.profiles = profiles;
        this.containers = containers;
        this.daemon = daemon;
        this.load = load;
        this.shadow = shadow;
        this.bodies = bodies;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = Exchange.of(request);
        boolean isFirst = request.getDispatcherType() == DispatcherType.REQUEST;
        boolean isDoubtful = isFirst && containers.isDoubtful(exchange.client());
        Denial rejection = isFirst && !isDoubtful ? admit(exchange) : null;
        CompletableFuture<Void> lookup = isFirst && rejection == null ? lookup(exchange, isDoubtful, request) : null;
        if (lookup != null) {
            AsyncContext async = request.startAsync();
            async.setTimeout(0);
            var unused = lookup.whenComplete((any, failure) -> goOn(exchange, isDoubtful, async, failure));
            return;
        }
        if (rejection == null && exchange.is(ExchangeState.RECEIVED)) {
            rejection = judge(exchange, request);
        }
        if (rejection == null) {
            chain.doFilter(request, response);
        } else if (rejection.decision() != null && bodies.concerns(exchange, rejection.decision())) {
            AsyncContext async = request.startAsync();
            async.setTimeout(0);
            var unused = bodies.tell(exchange, rejection.decision()).thenAccept(told -> answer(exchange, told));
        } else {
            exchange.deny(rejection).answer(request);
        }
    }

    /** Answers a denial with what the body needs. A body that has not come is not read any more. */
    private void answer(Exchange exchange, DeniedBodies.Told told) {
        ClientConnection client = exchange.clientSide();
        try {
            Denial denial = Denial.of(
                    told.denial(),
                    DenialMessage.sentence(
                            told.denial(), exchange.trial().profile().origin(), List::of));
            Callback end = told.isRead()
                    ? client.drainThenComplete(exchange.unreadBody())
                    : Callback.from(client::complete, failure -> client.complete());
            exchange.deny(denial).answer(client, end);
        } catch (RuntimeException broken) {
            LOG.warn("Exchange {} cannot go on", exchange.id(), broken);
        }
    }

    /** Asks the daemon what the decision needs; returns null if all is known. */
    private @Nullable CompletableFuture<Void> lookup(
            Exchange exchange, boolean isDoubtful, HttpServletRequest request) {
        CompletableFuture<Void> client = isDoubtful ? containers.refresh() : null;
        boolean isVersionNeeded = daemon.minimum() == null
                && request.getRequestURI().startsWith("/v")
                && profiles.of(exchange.client()).get(ApiTranslation.KEY).isAuto();
        if (!isVersionNeeded) {
            return client;
        }
        return client == null ? daemon.refresh() : CompletableFuture.allOf(client, daemon.refresh());
    }

    /** Judges the request of a client whose container is known now; denies it without an answer of the daemon. */
    private void goOn(Exchange exchange, boolean wasDoubtful, AsyncContext async, @Nullable Throwable failure) {
        try {
            Denial rejection =
                    failure != null ? unknownClient(exchange, failure) : wasDoubtful ? admit(exchange) : null;
            if (rejection == null) {
                async.dispatch();
            } else {
                exchange.deny(rejection)
                        .answer(exchange.clientSide(), exchange.clientSide().drainThenComplete(exchange.unreadBody()));
            }
        } catch (RuntimeException broken) {
            LOG.warn("Exchange {} cannot go on", exchange.id(), broken);
        }
    }

    private Denial unknownClient(Exchange exchange, Throwable failure) {
        exchange.assign(profiles);
        Throwable cause = failure instanceof CompletionException wrapped && wrapped.getCause() != null
                ? wrapped.getCause()
                : failure;
        return cause instanceof NoAnswerException unanswered
                ? Denial.of(Reason.CLIENT_LOOKUP, unanswered.reply())
                : Denial.of(
                        Reason.CLIENT_LOOKUP,
                        HttpStatus.BAD_GATEWAY_502,
                        "the daemon did not describe the networks of this proxy, by which it knows its clients");
    }

    /** Assigns the profile, and counts the request for it before anything that costs more. */
    private @Nullable Denial admit(Exchange exchange) {
        try {
            exchange.assign(profiles);
            if (!exchange.isRecordable()) {
                return Denial.of(
                        Reason.AUDIT_UNAVAILABLE,
                        HttpStatus.SERVICE_UNAVAILABLE_503,
                        "the proxy cannot write its audit log, and AUDIT_FAIL=closed denies what it cannot record; see the log of"
                                + " the proxy");
            }
            Profile profile = exchange.trial().profile();
            int seconds = profile.isRateLimited() ? load.admit(profile) : 0;
            if (seconds == 0) {
                return null;
            }
            ErrorReply reply = new ErrorReply(
                    HttpStatus.TOO_MANY_REQUESTS_429, profile.limits().sentence(seconds, profile.origin()), seconds);
            return Denial.of(Reason.PROFILE_MAX_REQUESTS, reply);
        } catch (RuntimeException broken) {
            return broken(exchange, broken);
        }
    }

    private static Denial broken(Exchange exchange, Throwable cause) {
        LOG.error("Exchange {} is denied, because the decision failed", exchange.id(), cause);
        return Denial.of(
                Reason.INTERNAL_ERROR,
                HttpStatus.INTERNAL_SERVER_ERROR_500,
                "the proxy failed to decide, so this request is not allowed; see the log");
    }

    private @Nullable Denial judge(Exchange exchange, HttpServletRequest request) {
        try {
            if (request.getDispatcherType() != DispatcherType.REQUEST) { // a reload may have come during the query
                exchange.assign(profiles);
            }
            boolean isShadowed = profiles.areShadowed();
            int shadowSeconds = isShadowed ? shadow.admit(exchange.client()) : 0;
            if (!exchange.clientSide().isStream() && isNewerThanHttp1(request)) {
                return Denial.of(
                        Reason.HTTP_VERSION,
                        505,
                        "the proxy supports only HTTP/1.1; use HTTP/1.1, or a listener without other protocols");
            }
            RequestTarget target = RequestTarget.parse(rawTarget(request));
            Denial denial = judge(exchange, request.getMethod(), target);
            if (denial == null && isShadowed) {
                shadow.see(exchange, target, headOf(exchange.clientSide()), shadowSeconds);
            }
            return denial;
        } catch (BadTargetException rejected) {
            return Denial.of(
                    Reason.of(rejected.fault()),
                    HttpStatus.BAD_REQUEST_400,
                    rejected.fault().sentence());
        } catch (RuntimeException | StackOverflowError broken) {
            return broken(exchange, broken);
        }
    }

    /** Judges a target. One that is translated to a newer API version is judged again, as if the client had sent it. */
    private @Nullable Denial judge(Exchange exchange, String method, RequestTarget target) throws BadTargetException {
        Operation operation = catalogue
                .find(method, target)
                .filter(found -> !found.isCallOfDaemon())
                .orElse(null);
        Decision decision = exchange.trial().profile().decide(operation, target, headOf(exchange.clientSide()));
        if (operation == null || !exchange.trial().profile().letsThrough(decision)) {
            return Denial.of(
                    decision,
                    DenialMessage.sentence(
                                    decision, exchange.trial().profile().origin(), () -> catalogue.methodsOf(target))
                            + (decision.reason() == Reason.NO_PROFILE
                                    ? ": " + exchange.client().facts()
                                    : ""));
        }
        if (operation.isGrpc() && !exchange.clientSide().isGrpc()) {
            return Denial.of(
                    Reason.HTTP_VERSION, 400, "a gRPC method needs HTTP/2 and the content type application/grpc");
        }
        if (isGrpc(exchange.clientSide(), operation)) {
            return Denial.of(
                    Reason.GRPC_CONTENT_TYPE,
                    400,
                    "the content type application/grpc is only for operations that upgrade to h2c");
        }
        if (exchange.clientSide().isStream() && operation.upgrade() != null) {
            return Denial.of(
                    Reason.HTTP_VERSION,
                    400,
                    "this operation takes over the whole connection, so it needs HTTP/1.1; use HTTP/1.1");
        }
        boolean isJudged = (operation.isGrpcConnection() || operation.isSession())
                && !exchange.trial().profile().isTunnellingBuilds();
        if (isJudged && exchange.clientSide().hasBody()) {
            // The daemon would read it as the first frames of the new protocol.
            return Denial.of(Reason.UPGRADE_BODY, 400, "a request for an upgrade to h2c has no body");
        }
        if (isJudged && !exchange.clientSide().canStream()) {
            return Denial.of(
                    Reason.HTTP_VERSION,
                    501,
                    "the calls of a build need a listener with HTTP/2 of the proxy itself; set BUILDS=tunnel here");
        }
        Translated versions = exchange.trial().profile().isTranslating()
                        && exchange.trial().translated() == null
                ? exchange.trial().profile().get(ApiTranslation.KEY).translate(operation, target, daemon::minimum)
                : null;
        if (versions == null) {
            return confine(exchange, operation, target, decision);
        }
        exchange.trial().translates(versions);
        daemon.clients().translated(exchange.trial().profile(), exchange.client(), versions);
        return judge(exchange, method, target.withVersion(versions.forwarded()));
    }

    /**
     * Returns true for HTTP/2 and newer. The connectors of another server may accept it if it deploys the WAR: they do not limit
     * streams as those of the proxy, and a body without {@code Content-Length} would count as no body.
     */
    private static boolean isNewerThanHttp1(HttpServletRequest request) {
        HttpVersion version = ServletContextRequest.getServletContextRequest(request)
                .getConnectionMetaData()
                .getHttpVersion();
        return version.getVersion() > HttpVersion.HTTP_1_1.getVersion();
    }

    /**
     * Returns true for a gRPC content type, also with a suffix such as {@code +proto}, on an operation without gRPC. Daemons newer than
     * Podman 5.4 and dockerd 26 route such a request to their gRPC server, whatever its path, so it would bypass the checked operation.
     */
    private static boolean isGrpc(ClientConnection clientSide, Operation operation) {
        if (operation.isOfBuildKit()) {
            return false;
        }
        for (HttpField field : clientSide.request().getHeaders()) {
            String value = field.getValue();
            if (field.is(HttpHeader.CONTENT_TYPE.asString())
                    && value != null
                    && value.toLowerCase(Locale.ROOT).contains("application/grpc")) {
                return true;
            }
        }
        return false;
    }

    /** Allows the request, restricted to the targets of the profile, or denies it if that is not possible. */
    private static @Nullable Denial confine(
            Exchange exchange, Operation operation, RequestTarget target, Decision decision) throws BadTargetException {
        Profile profile = exchange.trial().profile();
        try {
            exchange.permit(profile.confine(operation, target), decision);
            return null;
        } catch (OutOfScopeException unconfinable) {
            return Denial.of(
                    decision.deny(Reason.TARGET_PARAMETER_UNCONFINED),
                    DenialMessage.unconfinable(operation, unconfinable.sentence(), profile.origin()));
        }
    }

    /** Returns the target as received: Jetty keeps its parts undecoded, including a fragment, which is invalid. */
    private static String rawTarget(HttpServletRequest request) {
        HttpURI uri = ServletContextRequest.getServletContextRequest(request).getHttpURI();
        return uri.getFragment() == null ? uri.getPathQuery() : uri.getPathQuery() + "#" + uri.getFragment();
    }

    private static RequestHead headOf(ClientConnection clientSide) {
        return new RequestHead() {
            @Override
            public List<String> values(String header) {
                return clientSide.request().getHeaders().getValuesList(header);
            }

            @Override
            public boolean hasBody() {
                return clientSide.hasBody();
            }
        };
    }
}
