package org.socketproxy.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A separate process that sends requests: as another user, in a user namespace or in a network namespace. Perl, which
 * every Debian has, opens the connections.
 */
public final class ClientProgram {
    /** Arguments: peer, connections, requests on each, target, and a user id for after the connection. */
    private static final String SCRIPT = """
            my ($peer, $connections, $requests, $target, $uid) = @ARGV;
            $| = 1;
            for (1 .. $connections) {
                my $socket = $peer =~ m{^/} ? IO::Socket::UNIX->new(Peer => $peer)
                    : IO::Socket::INET->new(PeerAddr => $peer, Timeout => 20);
                die "no connection to $peer: $! $@" unless $socket;
                if (defined $uid) { $( = $) = $uid; $< = $> = $uid; die "setuid: $!" if $< != $uid; }
                for (1 .. $requests) {
                    print $socket "GET $target HTTP/1.1\\r\\nHost: d\\r\\n\\r\\n";
                    $socket->flush;
                    my ($status, $length);
                    while (my $line = <$socket>) {
                        $status //= substr($line, 9, 3);
                        $length = $1 if $line =~ /^Content-Length: (\\d+)/i;
                        last if $line eq "\\r\\n";
                    }
                    die "no response" unless defined $length;
                    read $socket, my $body, $length;
                    print "$status $body";
                }
            }
            """;

    private final List<String> prefix;

    private ClientProgram(List<String> prefix) {
        this.prefix = prefix;
    }

    /** Runs as the user of the test. */
    public static ClientProgram plain() {
        return new ClientProgram(List.of());
    }

    /** Runs with an effective and real user and group, and without other groups; needs root and util-linux. */
    public static ClientProgram ofUser(int uid, int gid) {
        return new ClientProgram(List.of("setpriv", "--reuid=" + uid, "--regid=" + gid, "--clear-groups"));
    }

    /** Runs in a network namespace. */
    public static ClientProgram in(NetworkNamespace namespace) {
        return new ClientProgram(List.of(namespace.command()));
    }

    /** Runs as root of a new user namespace, which maps only the user that creates it. */
    public ClientProgram asRootOfAUserNamespace() {
        List<String> longer = new ArrayList<>(prefix);
        longer.addAll(List.of("unshare", "--user", "--map-root-user"));
        return new ClientProgram(longer);
    }

    /**
     * Starts the program.
     *
     * @param peer path of a socket, or address:port
     * @param connections number of connections, one after the other
     * @param requests number of requests on each
     */
    public Cli.Running start(String peer, int connections, int requests, String target) {
        return run(peer, String.valueOf(connections), String.valueOf(requests), target);
    }

    /** Sends one request and returns status and body. */
    public String get(String peer, String target) {
        return output(run(peer, "1", "1", target));
    }

    /** Connects, becomes another user, and then sends one request. */
    public String getAfterSetuid(String peer, String target, int uid) {
        return output(run(peer, "1", "1", target, String.valueOf(uid)));
    }

    private Cli.Running run(String... arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of("perl", "-MIO::Socket::INET", "-MIO::Socket::UNIX", "-e", SCRIPT));
        command.addAll(List.of(arguments));
        return Cli.in(Path.of("/"), Map.of()).start(command.toArray(String[]::new));
    }

    /** Waits for the end of a program and returns its output. */
    public static String output(Cli.Running program) {
        try (program) {
            Cli.Result done = program.await(Duration.ofSeconds(60));
            if (done.exitCode() != 0) {
                throw new AssertionError(done.stderr() + done.stdout());
            }
            return done.stdout();
        }
    }
}
