package org.socketproxy.jetty;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Our end of a connection to the daemon. A daemon that takes no more bytes is still listened to: it answers and closes in
 * the middle of an upload that it refuses, and a process that is done with its input may have output left. So what can no
 * longer be written is thrown away, and what comes, or the end of it, says how the exchange went.
 */
public class DaemonEndPoint extends ReadSavingEndPoint {
    private volatile boolean isDeaf;

    public DaemonEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
        super(channel, selector, key, scheduler);
    }

    @Override
    public boolean flush(ByteBuffer... buffers) throws IOException {
        if (!isDeaf) {
            try {
                return super.flush(buffers);
            } catch (IOException broken) {
                if (!getChannel().isOpen()) {
                    throw broken; // closed by us
                }
                isDeaf = true;
            }
        }
        for (ByteBuffer buffer : buffers) {
            buffer.position(buffer.limit());
        }
        return true;
    }
}
