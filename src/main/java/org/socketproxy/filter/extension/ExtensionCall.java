package org.socketproxy.filter.extension;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.exchange.Denial;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.Reason;

/**
 * Calls the extensions for one exchange, one after the other, and dispatches the request again if none denies it.
 *
 * <p>Threading: runs on a thread of {@link ExtensionThreads}; the time limit runs on another one. The first outcome counts.
 *
 * <p>Security: fails closed; an extension that does not return in time denies the request.
 */
final class ExtensionCall implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(ExtensionCall.class);
    private static final long LIMIT_SECONDS = 10;

    private final Exchange exchange;
    private final List<Filter> extensions;
    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final ReadOnlyRequestView view;
    private final AsyncContext async;
    private final Scheduler.Task limit;
    private Filter extension;
    private @Nullable ExtensionInvocation invocation;
    private @Nullable Thread thread;
    private boolean isOver;

    /** Starts the time limit, which includes the wait for a thread. */
    ExtensionCall(
            Exchange exchange,
            List<Filter> extensions,
            HttpServletRequest request,
            HttpServletResponse response,
            ReadOnlyRequestView view) {
        this.exchange = exchange;
        this.extensions = extensions;
        this.extension = extensions.get(0);
        this.request = request;
        this.response = response;
        this.view = view;
        this.async = request.startAsync();
        async.setTimeout(0);
        this.limit = exchange.clientSide().scheduler().schedule(this::expire, LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void run() {
        for (Filter each : extensions) {
            ExtensionInvocation begun = begin(each);
            if (begun == null) {
                return;
            }
            ExtensionInvocation.Outcome outcome = begun.invoke(each);
            if (!returned()) {
                return;
            }
            if (!(outcome instanceof ExtensionInvocation.Passed)) {
                if (end()) {
                    deny(outcome);
                }
                return;
            }
        }
        if (end()) {
            request.setAttribute(ExtensionFilter.PASSED, true);
            async.dispatch();
        }
    }

    /** Returns null if the exchange is denied already. */
    private synchronized @Nullable ExtensionInvocation begin(Filter next) {
        if (isOver) {
            return null;
        }
        extension = next;
        invocation = new ExtensionInvocation(view, response);
        thread = Thread.currentThread();
        return invocation;
    }

    /** Ends the time in which the limit interrupts this thread. Returns false if the exchange is denied already. */
    private synchronized boolean returned() {
        thread = null;
        Thread.interrupted();
        return !isOver;
    }

    /** Returns true for the first outcome. */
    private synchronized boolean end() {
        boolean isFirst = !isOver;
        isOver = true;
        limit.cancel();
        return isFirst;
    }

    private void expire() {
        ExtensionInvocation late;
        synchronized (this) {
            if (isOver) {
                return;
            }
            isOver = true;
            late = invocation;
            if (thread != null) {
                thread.interrupt();
            }
        }
        if (late != null) {
            late.expire();
        }
        deny(new ExtensionInvocation.Failed("it did not return within " + LIMIT_SECONDS + " seconds", null));
    }

    private void deny(ExtensionInvocation.Outcome outcome) {
        String name = ExtensionFilter.nameOf(extension);
        if (outcome instanceof ExtensionInvocation.Denied denied) {
            answer(exchange.deny(Denial.of(Reason.EXTENSION, denied.reply()), name));
        } else if (outcome instanceof ExtensionInvocation.Failed failed) {
            LOG.error(
                    "Exchange {} is denied, because the extension {} failed: {}",
                    exchange.id(),
                    name,
                    failed.sentence(),
                    failed.cause());
            String sentence = "the extension " + name + " failed, so this request is not allowed; see the log";
            answer(exchange.deny(Denial.of(Reason.EXTENSION_FAILED, 500, sentence), name));
        }
    }

    private void answer(ErrorReply reply) {
        reply.answer(exchange.clientSide(), exchange.clientSide().drainThenComplete(exchange.unreadBody()));
    }
}
