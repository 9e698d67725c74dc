package org.socketproxy.jetty;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Keeps back what ends an exchange until nobody parses what comes on its connection.
 *
 * <p>Jetty reads an answer's body within the parsing of its head. An exchange that is ended in there is cleaned up at once, and
 * the parsing, when it is returned to, clears its buffer: which it may have given back to the pool, so that bytes of
 * another connection's answer are lost in it (what is known of that is in Jetty's issue 12934).
 *
 * <p>Threading: any; several may parse, where one takes over from another that has not returned yet. A parser may begin while
 * an abort runs that found none: Jetty ends exchanges while another thread parses, and only the buffer must wait, which it does.
 */
final class DeferredAborts {
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private final Runnable tidying;
    private int parsing;
    private boolean isUntidy;

    /** @param tidying what is to be done when an exchange has been ended; nobody may begin to parse meanwhile */
    DeferredAborts(Runnable tidying) {
        this.tidying = tidying;
    }

    synchronized void enter() {
        parsing++;
    }

    /** Runs what was kept back, once nobody parses any more. */
    void leave() {
        for (Runnable abort = left(); abort != null; abort = next()) {
            abort.run();
        }
    }

    private synchronized @Nullable Runnable left() {
        parsing--;
        tidy();
        return next();
    }

    private synchronized @Nullable Runnable next() {
        return parsing == 0 ? waiting.poll() : null;
    }

    /** Runs it now, or when the last one leaves. */
    void run(Runnable abort) {
        if (!isKept(abort)) {
            abort.run();
        }
    }

    private synchronized boolean isKept(Runnable abort) {
        return parsing > 0 && waiting.add(abort);
    }

    /** An exchange has been ended: tidies up now, or when the last one leaves. */
    synchronized void ended() {
        isUntidy = true;
        tidy();
    }

    private void tidy() {
        if (isUntidy && parsing == 0) {
            isUntidy = false;
            tidying.run();
        }
    }
}
