package org.socketproxy.decide;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.policy.BodyJudge;

/**
 * Judges the request body if the profile has a judge for the operation (stage 3): holds the whole body, then denies the request
 * or passes it on. The servlet forwards the held bytes. An operation without a judge passes at once.
 *
 * <p>The filter does not wait for the body. {@link BodyReader} reads it as it comes, and then dispatches the request again:
 * the filters behind this one see a request with a body only in the dispatch of the type {@code ASYNC}. {@link ContainerStep}
 * can dispatch it too, before the body is read.
 */
public final class BodyStep extends HttpFilter {
    private static final long serialVersionUID = 1;
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final transient HeldMemory memory;
    private final transient ActiveExchanges exchanges;
    private final transient Duration timeout;
    private final transient SelfProtection self;

    /** A filter without protection of the proxy's own container. */
    public BodyStep(ActiveExchanges exchanges) {
        this(exchanges, SelfProtection.NONE);
    }

    /**
     * A filter that holds bodies in at most one eighth of the heap, each for at most 30 seconds.
     *
     * @param exchanges contains an exchange while its body is read
     * @param self adds judges of bodies that name the proxy's own container
     */
    public BodyStep(ActiveExchanges exchanges, SelfProtection self) {
        this(exchanges, self, HeldMemory.ofThisProcess(), TIMEOUT);
    }

    /** @param timeout time from the head to the end of a body */
    BodyStep(ActiveExchanges exchanges, HeldMemory memory, Duration timeout) {
        this(exchanges, SelfProtection.NONE, memory, timeout);
    }

    private BodyStep(ActiveExchanges exchanges, SelfProtection self, HeldMemory memory, Duration timeout) {
        this.self = self;
        this.exchanges = exchanges;
        this.memory = memory;
        this.timeout = timeout;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = Exchange.of(request);
        BodyJudge judge = self.bodyJudge(exchange);
        if (judge == null || exchange.isBodyHeld()) {
            chain.doFilter(request, response);
        } else if (exchange.clientSide().hasBody()) {
            read(exchange, judge, request);
        } else {
            ErrorReply denial = BodyVerdict.judge(exchange, judge, ByteBuffer.allocate(0));
            if (denial == null) {
                chain.doFilter(request, response);
            } else {
                denial.answer(request);
            }
        }
    }

    /** Holds the whole body, then denies the request or dispatches it again. */
    void read(Exchange exchange, BodyJudge judge, HttpServletRequest request) {
        HeldMemory.Share share = memory.share(exchange.client(), exchange.profile());
        new BodyReader(exchange, judge, share, exchanges, request.startAsync()).begin(timeout);
    }
}
