package org.socketproxy.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A daemon on a Unix socket, or on TCP, that does byte for byte what a test tells it, and keeps what it saw. */
public final class FakeDaemon implements AutoCloseable {
    private static final String UNIX = "unix://";

    /** What the daemon does with one connection, until it returns. */
    public interface Script {
        void run(Peer peer) throws IOException;
    }

    /** What it listens on. */
    public enum Kind {
        UNIX,
        TCP
    }

    private final String host;
    private final ServerSocketChannel server;
    private final Script script;
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final BlockingQueue<String> heads = new LinkedBlockingQueue<>();
    private final BlockingQueue<Throwable> endings = new LinkedBlockingQueue<>();
    private final Queue<AssertionError> failures = new ConcurrentLinkedQueue<>();

    private FakeDaemon(String host, ServerSocketChannel server, Script script) {
        this.host = host;
        this.server = server;
        this.script = script;
    }

    /** A daemon of either kind that runs a script on each connection. */
    public static FakeDaemon running(Kind kind, Path folder, Script script) throws IOException {
        return kind == Kind.TCP ? onTcp(script) : running(folder, script);
    }

    /** A daemon that runs a script on each connection. */
    public static FakeDaemon running(Path folder, Script script) throws IOException {
        Path socket = folder.resolve("daemon.sock");
        Files.deleteIfExists(socket);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket), 1024);
        return start(UNIX + socket, server, script);
    }

    /** A daemon on a port of this machine that runs a script on each connection. */
    public static FakeDaemon onTcp(Script script) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        return start("tcp://127.0.0.1:" + server.socket().getLocalPort(), server, script);
    }

    private static FakeDaemon start(String host, ServerSocketChannel server, Script script) {
        FakeDaemon daemon = new FakeDaemon(host, server, script);
        Thread acceptor = new Thread(daemon::accept, "fake-daemon");
        acceptor.setDaemon(true);
        acceptor.start();
        return daemon;
    }

    /** A daemon that answers each request with the same bytes, and keeps its connections. */
    public static FakeDaemon answering(Path folder, String response) throws IOException {
        return running(folder, peer -> {
            while (peer.readRequest() != null) {
                peer.write(response);
            }
        });
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel channel = server.accept();
                accepted.incrementAndGet();
                open.incrementAndGet();
                Thread thread = new Thread(() -> serve(channel), "fake-daemon-connection");
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private void serve(SocketChannel channel) {
        try (channel) {
            script.run(new Peer(channel));
            endings.add(new IOException("The script came to its end"));
        } catch (IOException | RuntimeException ended) {
            endings.add(ended);
        } catch (AssertionError failed) {
            endings.add(failed);
            failures.add(failed);
        } finally {
            open.decrementAndGet();
        }
    }

    /** The socket's path, for one that has one. */
    public Path socket() {
        return Path.of(host.substring(UNIX.length()));
    }

    /** Where it is, in the form of {@code DOCKER_HOST}. */
    public String host() {
        return host;
    }

    /** How many connections were made since the start. */
    public int accepted() {
        return accepted.get();
    }

    /** How many connections are open. */
    public int open() {
        return open.get();
    }

    /** The next request head that came, in the order of coming, with its blank line. */
    public String takeHead() throws InterruptedException {
        String head = heads.poll(10, TimeUnit.SECONDS);
        if (head == null) {
            throw new AssertionError("No request reached the daemon within ten seconds");
        }
        return head;
    }

    /** Whether no request came that was not taken. */
    public boolean isUntouched() {
        return heads.isEmpty();
    }

    /** Waits until a script has ended, for whatever reason. */
    public Throwable awaitEnding(long millis) throws InterruptedException {
        Throwable ending = endings.poll(millis, TimeUnit.MILLISECONDS);
        if (ending == null) {
            throw new AssertionError("The daemon's connection is still open after " + millis + " ms");
        }
        return ending;
    }

    /** @throws AssertionError if an assertion of a script has failed: its own thread can fail no test */
    @Override
    public void close() throws IOException {
        server.close();
        if (host.startsWith(UNIX)) {
            Files.deleteIfExists(socket());
        }
        AssertionError failed = failures.poll();
        if (failed != null) {
            throw failed;
        }
    }

    /** The other end of one connection. */
    public final class Peer {
        private final SocketChannel channel;
        private final InputStream in;
        private final OutputStream out;

        Peer(SocketChannel channel) {
            this.channel = channel;
            this.in = new ChannelInput(channel);
            this.out = java.nio.channels.Channels.newOutputStream(channel);
        }

        /** Reads a head and the body that its Content-Length announces; null at the end. */
        public String readRequest() throws IOException {
            String head = readHead();
            if (head != null) {
                java.util.regex.Matcher length = java.util.regex.Pattern.compile("(?i)\r\nContent-Length: (\\d+)\r\n")
                        .matcher(head);
                if (length.find()) {
                    in.skipNBytes(Long.parseLong(length.group(1)));
                }
            }
            return head;
        }

        /** Reads up to a blank line; null if the connection ends before the first byte. */
        public String readHead() throws IOException {
            String head = Wire.readHead(in);
            if (head != null) {
                heads.add(head);
            }
            return head;
        }

        /** Exactly so many bytes, as ISO 8859-1. */
        public String read(int bytes) throws IOException {
            return new String(in.readNBytes(bytes), StandardCharsets.ISO_8859_1);
        }

        public String readToEnd() throws IOException {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }

        public InputStream input() {
            return in;
        }

        public OutputStream output() {
            return out;
        }

        public void write(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        public void shutdownOutput() throws IOException {
            channel.shutdownOutput();
        }
    }

    /** {@code Channels.newInputStream} takes one lock for both directions; tunnels need them apart. */
    static final class ChannelInput extends InputStream {
        private final SocketChannel channel;

        ChannelInput(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return channel.read(ByteBuffer.wrap(bytes, offset, length));
        }
    }

    /** Reading heads off a stream, for both sides of the proxy. */
    static final class Wire {
        private Wire() {}

        static String readHead(InputStream in) throws IOException {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            for (int b = in.read(); b >= 0; b = in.read()) {
                head.write(b);
                if (b == '\n' && head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                    return head.toString(StandardCharsets.ISO_8859_1);
                }
            }
            if (head.size() > 0) {
                throw new UncheckedIOException(new IOException("The connection ended within a head: " + head));
            }
            return null;
        }
    }
}
