package org.socketproxy.listener;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.Channel;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.ListenAddress;
import org.socketproxy.config.NetworkAddress;
import org.socketproxy.config.Setting;
import org.socketproxy.config.StartException;
import org.socketproxy.config.UnixAddress;

/**
 * Listening socket that the process inherits as descriptor 0, for example from systemd with {@code StandardInput=socket}. The channel is
 * never closed, because its close redirects the descriptors 0 to 2 to /dev/null, and the last records would be lost. No thread waits in
 * {@code accept()}, because an interrupt would close the channel.
 *
 * <p>Threading: one thread accepts; another one stops it.
 */
final class InheritedSocket {
    private final ServerSocketChannel channel;
    private @Nullable Selector selector;
    private boolean isStopped;

    /** Takes an accepted connection. */
    @FunctionalInterface
    interface Taker {
        void take(SocketChannel accepted) throws IOException;
    }

    private InheritedSocket(ServerSocketChannel channel) {
        this.channel = channel;
    }

    /** @throws StartException if descriptor 0 is not a listening socket with this address */
    static InheritedSocket take(ListenAddress address) throws StartException {
        try {
            Channel inherited = System.inheritedChannel();
            if (!(inherited instanceof ServerSocketChannel channel)) {
                throw cannot(
                        address,
                        "descriptor 0 is not a listening socket. Start the proxy by a socket unit of systemd, with"
                                + " StandardInput=socket in the service, or remove fd=0",
                        null);
            }
            SocketAddress bound = channel.getLocalAddress();
            if (!isAt(address, bound)) {
                throw cannot(
                        address,
                        "descriptor 0 is the socket " + text(bound) + ". Use this address, or change the socket unit",
                        null);
            }
            return new InheritedSocket(channel);
        } catch (IOException failed) {
            throw cannot(address, "descriptor 0 cannot be used (" + failed + "). Remove fd=0", failed);
        }
    }

    /** Compares with the configured address, whose port can be 0 for any port. */
    private static boolean isAt(ListenAddress address, SocketAddress bound) throws UnknownHostException {
        if (address instanceof UnixAddress unix && bound instanceof UnixDomainSocketAddress at) {
            return at.getPath().equals(unix.path());
        }
        return address instanceof NetworkAddress network
                && bound instanceof InetSocketAddress at
                && (network.port() == 0 || network.port() == at.getPort())
                && isAt(network, at.getAddress());
    }

    private static boolean isAt(NetworkAddress network, InetAddress bound) throws UnknownHostException {
        return network.host().isEmpty()
                ? bound.isAnyLocalAddress()
                : List.of(InetAddress.getAllByName(network.host())).contains(bound);
    }

    private static String text(SocketAddress bound) {
        return bound instanceof InetSocketAddress at
                ? new NetworkAddress(at.getAddress().getHostAddress(), at.getPort()).toString()
                : "unix://" + bound;
    }

    ServerSocketChannel channel() {
        return channel;
    }

    /** Waits for a connection, and returns also without one. */
    void accept(Taker taker) throws IOException {
        try {
            Selector open = selector();
            if (open == null) {
                return;
            }
            open.select();
            open.selectedKeys().clear();
            synchronized (this) {
                SocketChannel accepted = isStopped ? null : channel.accept();
                if (accepted != null) {
                    taker.take(accepted);
                }
            }
        } catch (ClosedSelectorException stopped) {
            // the caller sees that its connector has stopped
        }
    }

    private synchronized @Nullable Selector selector() throws IOException {
        if (selector == null && !isStopped) {
            channel.configureBlocking(false);
            selector = Selector.open();
            channel.register(selector, SelectionKey.OP_ACCEPT);
        }
        return selector;
    }

    /** Stops accepting. Connections that wait are left to the next process. */
    synchronized void stop() {
        isStopped = true;
        try {
            if (selector != null) {
                selector.close();
            }
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static StartException cannot(ListenAddress address, String sentence, @Nullable Throwable cause) {
        return StartException.cannotListen(Setting.LISTEN, address, sentence, cause);
    }
}
