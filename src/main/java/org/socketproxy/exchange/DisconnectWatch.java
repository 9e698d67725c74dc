package org.socketproxy.exchange;

import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Starts and ends the disconnect detection of one exchange.
 *
 * <p>Threading: thread-safe, one lock. A state that ends the detection must be entered before {@link #end}.
 */
final class DisconnectWatch {
    private final ClientConnection clientSide;
    private final Consumer<Throwable> onDisconnect;
    private @Nullable DisconnectDetector detector;

    /** @param onDisconnect called with the cause when the client disconnects */
    DisconnectWatch(ClientConnection clientSide, Consumer<Throwable> onDisconnect) {
        this.clientSide = clientSide;
        this.onDisconnect = onDisconnect;
    }

    /**
     * Starts or continues the detection.
     *
     * @param isDue whether the proxy still waits for the daemon
     * @param isBodyRead whether the request body is read to its end; the detector reads the bytes after it
     */
    void detect(BooleanSupplier isDue, BooleanSupplier isBodyRead) {
        if (clientSide.connection() instanceof StreamConnection streams) {
            detectLoss(streams, isDue);
            return;
        }
        DisconnectDetector started = startedDetector(isDue);
        if (started != null && isBodyRead.getAsBoolean()) {
            started.arm();
        }
    }

    private void detectLoss(StreamConnection streams, BooleanSupplier isDue) {
        if (isDue.getAsBoolean()) {
            streams.onStreamLost(clientSide.request(), cause -> {
                if (isDue.getAsBoolean()) {
                    onDisconnect.accept(cause);
                }
            });
        }
    }

    private synchronized @Nullable DisconnectDetector startedDetector(BooleanSupplier isDue) {
        if (!isDue.getAsBoolean() || !(clientSide.connection() instanceof HttpConnection connection)) {
            return null;
        }
        if (detector == null) {
            detector = DisconnectDetector.of(connection, Callback.from(() -> {}, onDisconnect));
            if (detector != null) {
                detector.disableIdleTimeout();
            }
        }
        return detector;
    }

    /** Ends the detection. */
    synchronized void end() {
        if (detector != null) {
            detector.disarm();
        }
    }
}
