package org.socketproxy.lease;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.config.LeaseTemplate;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.daemon.DaemonQuery.Answer;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.lease.LeaseRecord.Kind;

/**
 * Networks of leases without open egress: makes the one that containers get which name none, and connects the containers of others that
 * pass requests on to each network of the lease.
 *
 * <p>Threading: never blocks.
 *
 * <p>Security: the network is read back, because a daemon can ignore an option that it does not know.
 */
final class LeaseNetworks {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseNetworks.class);
    private static final String NO_ADDRESS = "com.docker.network.bridge.inhibit_ipv4";

    private final DaemonQuery daemon;

    LeaseNetworks(DaemonQuery daemon) {
        this.daemon = daemon;
    }

    private static String path(String network) {
        return "/networks/" + URLEncoder.encode(network, StandardCharsets.UTF_8);
    }

    /** Makes the network of a lease; ends the lease, and fails with an {@link IOException}, if the daemon does not. */
    CompletableFuture<Void> makeOrEnd(Lease lease) {
        return make(lease).whenComplete((any, failed) -> {
            if (failed != null) {
                lease.enter(LeaseState.CLOSING, "the daemon did not make its network");
            }
        });
    }

    private CompletableFuture<Void> make(Lease lease) {
        if (lease.egress().isOpen()) {
            return CompletableFuture.completedFuture(null);
        }
        String name = LeaseTemplate.network(lease.id());
        String label = lease.record().head().label();
        lease.record().add(Kind.NETWORK, name);
        byte[] body = JsonText.compact(json -> {
                    json.writeStartObject();
                    json.writeStringField("Name", name);
                    json.writeStringField("Driver", "bridge");
                    json.writeBooleanField("Internal", true);
                    json.writeObjectFieldStart("Options");
                    json.writeStringField(NO_ADDRESS, "true");
                    json.writeEndObject();
                    json.writeObjectFieldStart("Labels");
                    json.writeStringField(LeaseTemplate.LABEL, label);
                    json.writeEndObject();
                    json.writeEndObject();
                })
                .getBytes(StandardCharsets.UTF_8);
        return daemon.post("/networks/create", body)
                .thenCompose(made -> daemon.get(path(name)).thenAccept(answer -> check(made, answer, label)))
                .thenCompose(any -> connect(lease, name))
                .thenAccept(missing -> {
                    if (!missing.isEmpty()) {
                        throw new CompletionException(new IOException(
                                "the daemon does not connect " + String.join(", ", missing) + " to its network"));
                    }
                });
    }

    private static void check(Answer made, Answer answer, String label) {
        JsonObject network =
                answer.status() == HttpStatus.OK_200 && StrictJson.readOrNull(answer.body()) instanceof JsonObject read
                        ? read
                        : JsonObject.EMPTY;
        boolean isIsolated = network.get("Internal") == JsonLiteral.TRUE
                && network.get("EnableIPv6") != JsonLiteral.TRUE
                && network.text("Driver").equals("bridge")
                && network.object("Options").text(NO_ADDRESS).equals("true")
                && network.object("Labels").text(LeaseTemplate.LABEL).equals(label);
        if (!isIsolated) {
            throw new CompletionException(
                    new IOException("the daemon makes no isolated network (status " + made.status() + ")"));
        }
    }

    /** Connects the containers that pass requests on; completes with the names of those that are not connected. */
    CompletableFuture<List<String>> connect(Lease lease, String network) {
        CompletableFuture<List<String>> missing = CompletableFuture.completedFuture(new ArrayList<>());
        for (String container : lease.egress().containers()) {
            missing = missing.thenCompose(names -> daemon.post(path(network) + "/connect", body(container, false))
                    .handle((answer, failed) -> {
                        if (failed != null || !isConnected(answer)) {
                            LOG.warn("Lease {}: {} is not connected to its network", lease.id(), container, failed);
                            names.add(container);
                        }
                        return names;
                    }));
        }
        return missing;
    }

    /** The daemon answers 403 if the container is connected already. */
    private static boolean isConnected(Answer answer) {
        return answer.status() / 100 == 2
                || answer.status() == HttpStatus.FORBIDDEN_403
                        && StandardCharsets.UTF_8
                                .decode(answer.body().duplicate())
                                .toString()
                                .contains("already exists");
    }

    /** Disconnects the containers of others from an inspected network of a lease, which has no other containers any more. */
    static CompletableFuture<Void> empty(DaemonQuery daemon, String network, JsonObject inspected) {
        Function<String, CompletableFuture<?>> disconnect =
                container -> daemon.post(path(network) + "/disconnect", body(container, true));
        return CompletableFuture.allOf(inspected.object("Containers").members().keySet().stream()
                .map(disconnect)
                .toArray(CompletableFuture[]::new));
    }

    private static byte[] body(String container, boolean isForced) {
        return JsonText.compact(json -> {
                    json.writeStartObject();
                    json.writeStringField("Container", container);
                    if (isForced) {
                        json.writeBooleanField("Force", true);
                    }
                    json.writeEndObject();
                })
                .getBytes(StandardCharsets.UTF_8);
    }
}
