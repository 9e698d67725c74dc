import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;

/** What a test with Testcontainers does: a web server and its client on a network of their own, and an image with "build". */
class Run {
    public static void main(String[] arguments) throws Exception {
        try (Network network = Network.newNetwork();
                GenericContainer<?> web = new GenericContainer<>(DockerImageName.parse("nginx:alpine"))
                        .withNetwork(network)
                        .withNetworkAliases("web")
                        .withExposedPorts(80)
                        .withCopyToContainer(
                                Transferable.of("copied page"), "/usr/share/nginx/html/copied.html")
                        .waitingFor(Wait.forHttp("/index.html"))) {
            web.start();
            see(get("http://" + web.getHost() + ":" + web.getMappedPort(80) + "/copied.html"));
            try (GenericContainer<?> client = new GenericContainer<>(DockerImageName.parse("alpine:latest"))
                    .withNetwork(network)
                    .withCommand("sh", "-c", "echo client is ready; exec sleep 1000")
                    .withCreateContainerCmdModifier(command -> command.withStopSignal("SIGKILL"))
                    .waitingFor(Wait.forLogMessage(".*client is ready.*", 1))) {
                client.start();
                see(client.execInContainer("wget", "-q", "-O", "-", "http://web/copied.html").getStdout());
                see(client.copyFileFromContainer("/etc/passwd", in -> "file of " + in.readAllBytes().length + " bytes"));
                see(client.getLogs().strip());
            }
        }
        if (arguments.length > 0) {
            ImageFromDockerfile image = new ImageFromDockerfile("shop/built:1", false)
                    .withFileFromString("made", "content of the context")
                    .withDockerfileFromBuilder(file -> file.from("alpine:latest").copy("made", "/made"));
            try (GenericContainer<?> built = new GenericContainer<>(image)
                    .withCommand("sh", "-c", "cat /made; echo; exec sleep 1000")
                    .withCreateContainerCmdModifier(command -> command.withStopSignal("SIGKILL"))
                    .waitingFor(Wait.forLogMessage(".*content.*", 1))) {
                built.start();
                see(built.getLogs().strip());
            }
        }
        see("end");
    }

    private static String get(String address) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) URI.create(address).toURL().openConnection();
        return new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static void see(String text) {
        System.out.println("seen: " + text);
    }
}
