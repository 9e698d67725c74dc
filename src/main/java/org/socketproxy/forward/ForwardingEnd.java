package org.socketproxy.forward;

import org.eclipse.jetty.util.Callback;
import org.socketproxy.archive.ArchiveException;
import org.socketproxy.daemon.Daemon;
import org.socketproxy.daemon.DaemonVersion;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.Archives;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.TransformException;

/** Ends a forwarded exchange: with the response of the daemon, with an error response, or by closing the connection. */
final class ForwardingEnd {
    private final Daemon daemon;
    private final DaemonVersion version;
    private final Exchange exchange;
    private final ActiveExchanges exchanges;
    private final ClientConnection clientSide;

    ForwardingEnd(Daemon daemon, DaemonVersion version, Exchange exchange, ActiveExchanges exchanges) {
        this.daemon = daemon;
        this.version = version;
        this.exchange = exchange;
        this.exchanges = exchanges;
        this.clientSide = exchange.clientSide();
    }

    /**
     * Returns the exchange to the servlet container, then removes it. In the other order a stop of the container could come
     * between them, and it would log a failure.
     */
    void complete() {
        exchange.returnToContainer();
        exchanges.end(exchange);
    }

    void abort(Throwable cause) {
        clientSide.abort(cause);
        complete();
    }

    Callback drainThenComplete() {
        exchange.drain();
        return clientSide.drainThen(this::complete, exchange.unreadBody());
    }

    void fail(Throwable failure) {
        clientSide.response().getHeaders().clear();
        if (exchange.isAbandoned()) {
            abort(failure);
        } else {
            explain(failure).answer(clientSide, drainThenComplete());
        }
    }

    ErrorReply explain(Throwable failure) {
        if (failure instanceof ArchiveException refused) {
            exchange.deny(refused.isOfMemory() ? Reason.BODY_MEMORY : Reason.ARCHIVE_REFUSED);
            return new ErrorReply(
                    refused.isOfMemory() ? 503 : 403,
                    Archives.sentence(
                            exchange.trial().profile(), exchange.trial().operation(), refused));
        }
        if (failure instanceof TransformException withheld && withheld.fault() == TransformException.Fault.OUTSIDE) {
            return new ErrorReply(withheld.fault().status(), String.valueOf(withheld.getMessage()));
        }
        if (failure instanceof TransformException withheld) {
            return new ErrorReply(
                    withheld.fault().status(),
                    "the response of the daemon is withheld, because the proxy must change it and cannot: "
                            + withheld.getMessage());
        }
        version.forget();
        return daemon.explain(failure);
    }
}
