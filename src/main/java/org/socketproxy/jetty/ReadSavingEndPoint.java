package org.socketproxy.jetty;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Saves the reads that find nothing: Jetty reads until nothing comes, which is up to three system calls more in each
 * exchange. After a read that left room in its buffer nothing is read until the selector says that there is something; an
 * end of the stream right behind the bytes is seen then too, because whoever is told of no bytes asks the selector. Between
 * two reads the selector is not told that nobody reads: see {@link StickyReadInterestKey}.
 *
 * <p>Threading: any. If a reader and the selector cross, the selector, which is level-triggered, tells again.
 */
public class ReadSavingEndPoint extends SocketChannelEndPoint {
    /** Behind a larger read more is on its way, and asking the selector first would cost more than it saves. */
    private static final int BULK_BYTES = 16 * 1024;

    private final ManagedSelector selector;
    private volatile StickyReadInterestKey interest;

    /** An end point of a connected channel that is registered with the selector. */
    public ReadSavingEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
        this(channel, selector, new StickyReadInterestKey(key), scheduler);
    }

    private ReadSavingEndPoint(
            SocketChannel channel, ManagedSelector selector, StickyReadInterestKey interest, Scheduler scheduler) {
        super(channel, selector, interest, scheduler);
        this.selector = selector;
        this.interest = interest;
    }

    /** Serves this connection from its begin to its end. */
    public ManagedSelector selector() {
        return selector;
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        if (interest.isDrained() && !isInputShutdown()) {
            return 0;
        }
        int filled = super.fill(buffer);
        interest.drained(filled >= 0 && filled < BULK_BYTES && BufferUtil.space(buffer) > 0);
        return filled;
    }

    @Override
    public Runnable onSelected() {
        interest.selected();
        return super.onSelected();
    }

    @Override
    public void replaceKey(SelectionKey key) {
        interest = new StickyReadInterestKey(key);
        super.replaceKey(interest);
    }
}
