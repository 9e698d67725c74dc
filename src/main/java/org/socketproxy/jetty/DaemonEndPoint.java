package org.socketproxy.jetty;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * End point of a connection to the daemon that still reads after a write has failed. The daemon can send an error
 * response and close its input in the middle of an upload, and a process in a container can close its input before it
 * sends output.
 *
 * <p>Specialises {@link ReadSavingEndPoint}: after the first failed write (EPIPE, ECONNRESET) all output is discarded,
 * and the response or the end of the stream completes the exchange. After an upgrade of Jetty check that
 * {@code SocketChannelEndPoint.flush} still throws on a failed write.
 */
public class DaemonEndPoint extends ReadSavingEndPoint {
    private volatile boolean isOutputBroken;

    /** Creates the end point of a channel that is registered with the selector. */
    public DaemonEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
        super(channel, selector, key, scheduler);
    }

    @Override
    public boolean flush(ByteBuffer... buffers) throws IOException {
        if (!isOutputBroken) {
            try {
                return super.flush(buffers);
            } catch (IOException broken) {
                if (!getChannel().isOpen()) {
                    throw broken; // closed by the proxy
                }
                isOutputBroken = true;
            }
        }
        for (ByteBuffer buffer : buffers) {
            buffer.position(buffer.limit());
        }
        return true;
    }
}
