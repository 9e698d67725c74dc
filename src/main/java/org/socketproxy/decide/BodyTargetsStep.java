package org.socketproxy.decide;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopedBody;

/**
 * With {@code TARGETS}, asks the daemon about the objects that a judged body names, denies the request if one of them does not
 * belong to the profile, and forces the labels of the profile on what the request creates.
 *
 * <p>The filter does not wait for the daemon: {@link BodyTargetLookup} dispatches the request again.
 */
public final class BodyTargetsStep extends HttpFilter {
    private static final long serialVersionUID = 1;

    private final transient DaemonObjects objects;
    private final transient ActiveExchanges exchanges;
    private final transient SelfProtection self;

    /**
     * Creates the filter.
     *
     * @param exchanges contains an exchange while the daemon is asked about its objects
     * @param self judges the bodies that name the proxy's own container
     */
    public BodyTargetsStep(DaemonObjects objects, ActiveExchanges exchanges, SelfProtection self) {
        this.objects = objects;
        this.exchanges = exchanges;
        this.self = self;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = Exchange.of(request);
        Scope rules = exchange.profile().targets();
        if (rules == null || !isConfinedByBody(exchange) || exchange.notes().isBodyConfined()) {
            chain.doFilter(request, response);
            return;
        }
        ScopedBody confined = read(exchange, rules);
        if (confined == null) {
            exchange.deny("target-body");
            new ErrorReply(400, exchange.operation().id() + " needs a body that is a JSON object").answer(request);
            return;
        }
        String fault = confined.fault();
        if (fault != null) {
            exchange.deny("target-name");
            new ErrorReply(403, exchange.operation().id() + " " + fault).answer(request);
            return;
        }
        exchange.notes().confineBody();
        ObjectQuestion question = new ObjectQuestion(exchange, request.startAsync());
        question.begin(exchanges);
        BodyTargetLookup lookup = new BodyTargetLookup(
                question, rules, confined, objects, Objects.requireNonNull(self.bodyJudge(exchange)));
        if (RemovalQueue.isUse(exchange.operation())) {
            objects.removals().run(rules, question, lookup::begin);
        } else {
            lookup.begin();
        }
    }

    /** Returns true if the body is to be confined. */
    static boolean isConfinedByBody(Exchange exchange) {
        return exchange.profile().targets() != null && ScopedBody.isOf(exchange.operation());
    }

    /** Parses the held body. Returns null if it is no object. */
    static @Nullable ScopedBody read(Exchange exchange, Scope rules) {
        JsonObject body = body(exchange);
        return body == null ? null : new ScopedBody(rules, exchange.operation(), exchange.target(), body);
    }

    private static @Nullable JsonObject body(Exchange exchange) {
        try {
            if (exchange.operation().id().equals("ImageCommit") && isEmpty(exchange.heldBody())) {
                return JsonObject.EMPTY;
            }
            return exchange.isBodyHeld() && StrictJson.read(exchange.heldBody()) instanceof JsonObject object
                    ? object
                    : null;
        } catch (InvalidJsonException denied) {
            return null;
        }
    }

    /** The docker CLI sends {@code null} for no changes to the configuration of the image. */
    private static boolean isEmpty(ByteBuffer body) throws InvalidJsonException {
        return !body.hasRemaining() || StrictJson.read(body) == JsonLiteral.NULL;
    }
}
