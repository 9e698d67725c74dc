package org.socketproxy.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A dockerd for one test that listens on TCP and on a Unix socket, with the image of the tests. The tests prepare it through
 * the Unix socket.
 */
public final class TcpDocker implements RealDaemon, AutoCloseable {
    private final RestartableDocker docker;
    private final Path folder;
    private final int port;

    private TcpDocker(RestartableDocker docker, Path folder, int port) {
        this.docker = docker;
        this.folder = folder;
        this.port = port;
    }

    /** Starts a daemon without TLS; skips the test like {@link RealDocker}. */
    public static TcpDocker plain() throws IOException, InterruptedException {
        // Without --tls=false dockerd waits 15 seconds with a warning.
        return start("--tls=false");
    }

    /**
     * Starts a daemon with TLS that requires client certificates.
     *
     * @param server name of the daemon's certificate
     * @param authority name of the authority of the client certificates
     */
    public static TcpDocker verifying(Certificates files, String server, String authority)
            throws IOException, InterruptedException {
        return start(
                "--tlsverify",
                "--tlscacert=" + files.file(authority + ".pem"),
                "--tlscert=" + files.file(server + ".pem"),
                "--tlskey=" + files.file(server + "-key.pem"));
    }

    private static TcpDocker start(String... options) throws IOException, InterruptedException {
        int port = freePort();
        List<String> all = new ArrayList<>(List.of(options));
        all.add("--host=tcp://127.0.0.1:" + port);
        RestartableDocker docker = RestartableDocker.onMachineNetwork(all);
        TcpDocker started = new TcpDocker(docker, Files.createTempDirectory("tcp-docker-image-"), port);
        try {
            docker.awaitReady();
            RealDocker.makeImage(started.cli(started.folder, Map.of()));
            return started;
        } catch (AssertionError | IllegalStateException failed) {
            started.close();
            throw failed;
        }
    }

    /** Chooses a free port, because dockerd does not report a port that the system chose. */
    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    /** The TCP port on 127.0.0.1. */
    public int port() {
        return port;
    }

    @Override
    public Path socket() {
        return docker.socket();
    }

    @Override
    public Cli cli(Path workingFolder, Map<String, String> environment) {
        Map<String, String> variables = new HashMap<>(environment);
        variables.putIfAbsent("DOCKER_HOST", host());
        return Cli.in(workingFolder, variables);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        Cli cli = cli(folder, Map.of());
        cli.script("docker ps -aq | xargs -r docker rm -fv");
        docker.close();
        Cli.in(Path.of("/"), Map.of()).run("rm", "-rf", folder.toString());
    }
}
