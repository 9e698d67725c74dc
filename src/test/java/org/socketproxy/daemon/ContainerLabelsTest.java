package org.socketproxy.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.junit.jupiter.api.Test;
import org.socketproxy.client.OwnLabels;
import org.socketproxy.config.Settings;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.FakeDaemon;

/** Labels of containers that their images do not have. The ids of the daemon's containers and images differ in the first letter. */
class ContainerLabelsTest {
    private static final Map<String, String> DAEMON = Map.ofEntries(
            Map.entry("/containers/" + id("a") + "/json", container("{'p':'ci','x':'y'}", "1")),
            Map.entry("/containers/" + id("b") + "/json", container("{'p':'ci','q':'r'}", "2")),
            Map.entry("/containers/" + id("c") + "/json", container("{'x':'y'}", "0")),
            Map.entry("/containers/" + id("d") + "/json", container("null", "1")),
            // Its image was removed.
            Map.entry("/containers/" + id("e") + "/json", container("{'p':'ci'}", "9")),
            // The daemon describes the image for another processor.
            Map.entry(
                    "/containers/" + id("f") + "/json",
                    container(
                            "{'p':'ci'}", "1', 'ImageManifestDescriptor':{'platform':{'architecture':'386'}}, 'z':'")),
            Map.entry(
                    "/containers/" + id("1") + "/json",
                    container(
                            "{'p':'ci'}",
                            "1', 'ImageManifestDescriptor':{'platform':{'architecture':'amd64'}}, 'z':'")),
            Map.entry("/images/1/json", "{'Architecture':'amd64','Config':{'Labels':{'z':'y'}}}"),
            Map.entry("/images/2/json", "{'Architecture':'amd64','Config':{'Labels':{'p':'other'}}}"));

    private final Queue<String> targets = new ConcurrentLinkedQueue<>();

    private static String id(String begin) {
        return begin + "0".repeat(63);
    }

    private static String container(String labels, String image) {
        return "{'Image':'" + image + "','Config':{'Image':'busybox','Labels':" + labels + "}}";
    }

    @Test
    void aLabelOfTheImageIsNoneOfTheContainer() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.onTcp(peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                String target = head.split(" ")[1];
                targets.add(target);
                String body = DAEMON.getOrDefault(target, "{}").replace('\'', '"');
                int status = DAEMON.containsKey(target) ? 200 : target.contains("/images/9") ? 404 : 500;
                peer.write("HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            }
        })) {
            Settings settings = Settings.read(Map.of("DOCKER_HOST", daemon.host()), Variables.load());
            DaemonClient client = new DaemonClient(
                    DaemonClient.daemonAt(settings.connections().daemon(), null), InvocationType.NON_BLOCKING);
            client.http().start();
            ContainerLabels labels =
                    new ContainerLabels(new DaemonQuery(client, HeldMemory.ofThisProcess(DaemonQuery.MAX_BYTES)));
            Set<String> all =
                    Set.of(id("a"), id("b"), id("c"), id("d"), id("e"), id("f"), id("1"), id("5"), "ep-" + id("a"));

            assertThat(labels.ask(all, Set.of()).get()).isEqualTo(OwnLabels.NONE);
            assertThat(targets).isEmpty();

            OwnLabels found = labels.ask(all, Set.of("p", "q")).get();

            assertThat(found.byContainer())
                    .as("the daemon does not describe the last one")
                    .isEqualTo(Map.of(
                            id("a"),
                            Map.of("p", "ci"),
                            id("b"),
                            Map.of("q", "r"),
                            id("c"),
                            Map.of(),
                            id("d"),
                            Map.of(),
                            id("e"),
                            Map.of(),
                            id("f"),
                            Map.of(),
                            id("1"),
                            Map.of("p", "ci"),
                            "ep-" + id("a"),
                            Map.of()));

            targets.clear();
            assertThat(labels.ask(Set.of(id("a"), id("5")), Set.of("p", "q"))
                            .get()
                            .byContainer())
                    .containsOnlyKeys(id("a"));
            assertThat(targets).as("only what is not known").containsExactly("/containers/" + id("5") + "/json");
            assertThat(labels.ask(Set.of(id("a")), Set.of("x")).get().byContainer())
                    .as("other keys")
                    .isEqualTo(Map.of(id("a"), Map.of("x", "y")));
            client.http().stop();
        }
    }
}
