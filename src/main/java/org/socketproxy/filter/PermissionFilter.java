package org.socketproxy.filter;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpURI;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Profiles;
import org.socketproxy.policy.RequestHead;
import org.socketproxy.policy.scope.UnconfinableException;

/**
 * Parses the request target, finds the operation, decides by the profile of the client, and denies the request or passes
 * it on.
 *
 * <p>Security: fails closed; an exception during the decision denies the request with status 500. The proxy forwards
 * exactly the target that this filter has parsed, or has written and parsed again for a profile with targets; the exchange
 * holds it.
 */
public final class PermissionFilter extends HttpFilter {
    private static final Logger LOG = LoggerFactory.getLogger(PermissionFilter.class);
    private static final long serialVersionUID = 1;

    private final transient OperationCatalogue catalogue;
    private final transient Profiles profiles;

    /** @param profiles called once for each exchange, because a reload may change the profile */
    public PermissionFilter(OperationCatalogue catalogue, Profiles profiles) {
        this.catalogue = catalogue;
        this.profiles = profiles;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        ErrorReply rejection = judge(request);
        if (rejection == null) {
            chain.doFilter(request, response);
        } else {
            rejection.answer(request);
        }
    }

    private @Nullable ErrorReply judge(HttpServletRequest request) {
        Exchange exchange = Exchange.of(request);
        try {
            exchange.assign(profiles.of(exchange.client()));
            if (HttpVersionCheck.isSpoken(request)) {
                exchange.deny(HttpVersionCheck.CODE);
                return new ErrorReply(HttpVersionCheck.STATUS, HttpVersionCheck.SENTENCE);
            }
            RequestTarget target = RequestTarget.parse(rawTarget(request));
            Operation operation = catalogue.find(request.getMethod(), target).orElse(null);
            Decision decision = exchange.profile().decide(operation, target, headOf(exchange.clientSide()));
            if (operation == null || !exchange.profile().letsThrough(decision)) {
                exchange.deny(decision);
                return new ErrorReply(
                        403,
                        DenialMessage.sentence(
                                decision, exchange.profile().origin(), () -> catalogue.methodsOf(target)));
            }
            if (GrpcContentTypeCheck.isTried(exchange.clientSide(), operation)) {
                exchange.deny(GrpcContentTypeCheck.CODE);
                return new ErrorReply(400, GrpcContentTypeCheck.SENTENCE);
            }
            return confine(exchange, operation, target, decision);
        } catch (BadTargetException rejected) {
            exchange.deny(rejected.fault().code());
            return new ErrorReply(400, rejected.fault().sentence());
        } catch (RuntimeException | StackOverflowError broken) {
            LOG.error("Exchange {} is denied, because the decision failed", exchange.id(), broken);
            exchange.deny("internal-error");
            return new ErrorReply(500, "the proxy failed to decide, so this request is not allowed; see the log");
        }
    }

    /** Allows the request, restricted to the targets of the profile, or denies it if that is not possible. */
    private static @Nullable ErrorReply confine(
            Exchange exchange, Operation operation, RequestTarget target, Decision decision) throws BadTargetException {
        Profile profile = exchange.profile();
        try {
            exchange.allow(profile.confine(operation, target), decision);
            return null;
        } catch (UnconfinableException unconfinable) {
            exchange.deny(profile.denyUnconfinable(decision));
            return new ErrorReply(
                    403, DenialMessage.unconfinable(operation, unconfinable.sentence(), profile.origin()));
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
