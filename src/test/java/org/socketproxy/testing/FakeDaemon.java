package org.socketproxy.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/** A daemon on a Unix socket or on TCP that runs a test's script for each connection and records the request heads. */
public final class FakeDaemon implements AutoCloseable {
    private static final String UNIX = "unix://";
    private static final Pattern TRACE = Pattern.compile("(?m)^traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-01\\r\\n");

    /** Handles one connection; the daemon closes the connection when the script returns. */
    public interface Script {
        void run(Peer peer) throws IOException;
    }

    /** Kind of the daemon's socket. */
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

    /** Starts a daemon of a kind that runs a script for each connection. */
    public static FakeDaemon running(Kind kind, Path folder, Script script) throws IOException {
        return kind == Kind.TCP ? onTcp(script) : running(folder, script);
    }

    /** Starts a daemon on a Unix socket that runs a script for each connection. */
    public static FakeDaemon running(Path folder, Script script) throws IOException {
        Path socket = folder.resolve("daemon.sock");
        Files.deleteIfExists(socket);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket), 1024);
        return start(UNIX + socket, server, script);
    }

    /** Starts a daemon on a TCP port of this machine that runs a script for each connection. */
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

    /** Starts a daemon that answers each request with the same bytes on persistent connections. */
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
                if (!host.startsWith(UNIX)) {
                    channel.setOption(StandardSocketOptions.TCP_NODELAY, true); // as Go does
                }
                accepted.incrementAndGet();
                open.incrementAndGet();
                Thread thread = new Thread(() -> serve(channel), "fake-daemon-connection");
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException closed) {
            // close() closed the socket
        }
    }

    private void serve(SocketChannel channel) {
        try (channel) {
            script.run(new Peer(channel));
            ended(new IOException("The script returned"));
        } catch (IOException | RuntimeException ended) {
            ended(ended);
        } catch (AssertionError failed) {
            failures.add(failed);
            ended(failed);
        }
    }

    private void ended(Throwable ending) {
        open.decrementAndGet();
        endings.add(ending);
    }

    /** The path of the Unix socket. */
    public Path socket() {
        return Path.of(host.substring(UNIX.length()));
    }

    /** The address in the form of {@code DOCKER_HOST}. */
    public String host() {
        return host;
    }

    /** Number of connections accepted since the start. */
    public int accepted() {
        return accepted.get();
    }

    /** Number of open connections. */
    public int open() {
        return open.get();
    }

    /** Returns the next received request head as the client sent it: without a trace, which the proxy begins. */
    public String takeHead() throws InterruptedException {
        return TRACE.matcher(takeWholeHead()).replaceFirst("");
    }

    /** Returns the next received request head including its blank line; waits for at most five minutes. */
    public String takeWholeHead() throws InterruptedException {
        String head = heads.poll(300, TimeUnit.SECONDS);
        if (head == null) {
            throw new AssertionError("No request reached the daemon within five minutes");
        }
        return head;
    }

    /** Takes this number of heads, each after the wait of {@link #takeHead}. */
    public List<String> takeHeads(int number) throws InterruptedException {
        List<String> taken = new ArrayList<>();
        while (taken.size() < number) {
            taken.add(takeHead());
        }
        return taken;
    }

    /** Returns true if there is no received request head that was not taken. */
    public boolean isUntouched() {
        return heads.isEmpty();
    }

    /** Waits until a script has ended; returns the exception that ended it. */
    public Throwable awaitEnding() throws InterruptedException {
        Throwable ending = endings.poll(300, TimeUnit.SECONDS);
        if (ending == null) {
            throw new AssertionError("The daemon's connection is still open after five minutes");
        }
        return ending;
    }

    /** @throws AssertionError if an assertion of a script failed, because the script's thread cannot fail the test */
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

    /** The daemon's end of one connection. */
    public final class Peer {
        private final SocketChannel channel;
        private final InputStream in;
        private final OutputStream out;

        Peer(SocketChannel channel) {
            this.channel = channel;
            this.in = new ChannelInput(channel);
            this.out = java.nio.channels.Channels.newOutputStream(channel);
        }

        /** Reads a head and a body of its Content-Length; returns the head, or null at the end of the stream. */
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

        /** Reads up to a blank line; returns null if the connection ends before the first byte. */
        public String readHead() throws IOException {
            String head = Wire.readHead(in);
            if (head != null) {
                heads.add(head);
            }
            return head;
        }

        /** Reads a number of bytes, decoded as ISO 8859-1. */
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

        /** Returns the connection for a daemon that becomes a client, as BuildKit on a session. */
        public RawClient asClient() throws IOException {
            return RawClient.over(channel);
        }

        public void write(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        public void shutdownOutput() throws IOException {
            channel.shutdownOutput();
        }
    }

    /** Input stream of a channel. {@code Channels.newInputStream} would block writes during a read, which breaks tunnels. */
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

    /** Reads request and response heads. */
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
