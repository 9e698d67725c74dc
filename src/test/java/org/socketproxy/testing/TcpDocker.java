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
 * A Docker daemon of one test that listens on TCP too, with the image of the tests. The tests' own way to it is its Unix
 * socket.
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

    /** Without TLS; skipped where {@link RealDocker} is. */
    public static TcpDocker plain() throws IOException, InterruptedException {
        // Said in as many words it starts at once; else it would warn for a quarter of a minute.
        return start("--tls=false");
    }

    /**
     * With TLS, for clients with a certificate.
     *
     * @param server name of the daemon's certificate
     * @param authority who signs those of clients
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
        RestartableDocker docker = RestartableDocker.start(all);
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

    /** The daemon cannot choose one itself and say which. */
    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    /** Where it listens, on 127.0.0.1. */
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
