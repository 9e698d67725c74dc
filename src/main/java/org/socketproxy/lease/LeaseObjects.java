package org.socketproxy.lease;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.ExchangeState;
import org.socketproxy.exchange.Trial;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.lease.LeaseRecord.Kind;
import org.socketproxy.policy.CreationTransform;
import org.socketproxy.policy.build.BuildMessage;
import org.socketproxy.policy.build.BuildRules;
import org.socketproxy.policy.build.MalformedMessageException;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.table.Table;

/**
 * Records what the clients of a lease create, after all steps have allowed the request and before it is forwarded.
 *
 * <p>Threading: never blocks, except for lines of the record.
 *
 * <p>Security: a request that passes here counts for the lease; afterwards nothing is created for a lease that has ended.
 */
public final class LeaseObjects extends HttpFilter {
    private static final long serialVersionUID = 1;
    /** By the id of the operation. */
    private static final Map<String, Creates> CREATIONS = new Table<>(
                    "creations.tsv", "operation kind names", Creates::of)
            .load(LeaseObjects.class).stream().collect(Collectors.toMap(Creates::operation, creates -> creates));

    /** Where a request that makes an image has its names. */
    private enum Names {
        NONE,
        /** The parameter {@code t}. */
        T,
        /** The parameters {@code repo} and {@code tag}. */
        REPO,
        /** The same, if the request is an import: a pulled image can be of use for others. */
        IMPORT,
        /** The message of BuildKit. */
        MESSAGE
    }

    /** A row of {@code creations.tsv}. */
    private record Creates(String operation, Kind kind, Names names) {
        static Creates of(String[] cells) {
            return new Creates(
                    cells[0],
                    Kind.valueOf(cells[1].toUpperCase(Locale.ROOT)),
                    cells[2].equals("-") ? Names.NONE : Names.valueOf(cells[2].toUpperCase(Locale.ROOT)));
        }
    }

    private final transient Leases leases;
    private final transient DaemonQuery daemon;

    public LeaseObjects(Leases leases, DaemonQuery daemon) {
        this.leases = leases;
        this.daemon = daemon;
    }

    /**
     * Records a volume before the proxy makes it for a client of a lease, so that a sweep finds it also if the daemon is killed then. A
     * volume with an id as its name is one of the daemon, which has no label.
     */
    public void willMakeVolume(Client client, String name) {
        Lease lease = leases.of(client.listener());
        if (lease != null && !ObjectIds.isFull(name)) {
            lease.record().add(Kind.VOLUME, name);
        }
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = Exchange.of(request);
        Lease lease = leases.of(exchange.client().listener());
        Creates creates = lease == null || !exchange.is(ExchangeState.ALLOWED) ? null : creates(exchange.trial());
        if (lease != null && creates != null) {
            if (!lease.begin(exchange.id(), creates.kind)) {
                exchange.deny(lease.denial()).answer(request);
                return;
            }
            new Creation(lease, creates, exchange).begin();
        }
        chain.doFilter(request, response);
    }

    private static @Nullable Creates creates(Trial trial) {
        Creates creates = CREATIONS.get(trial.operation().id());
        boolean isPull = creates != null
                && creates.names == Names.IMPORT
                && trial.target().values("fromSrc").stream().allMatch(String::isEmpty);
        return isPull ? null : creates;
    }

    /** One request that creates an object. */
    private final class Creation {
        private final Lease lease;
        private final LeaseRecord record;
        private final Kind kind;
        private final Names names;
        private final Exchange exchange;
        private final Trial trial;
        /** Ids of the images that have the names before the request. */
        private final Map<String, CompletableFuture<String>> before = new LinkedHashMap<>();

        private volatile boolean isKnown;
        private volatile CompletableFuture<?> volumes = CompletableFuture.completedFuture(null);

        Creation(Lease lease, Creates creates, Exchange exchange) {
            this.lease = lease;
            this.record = lease.record();
            this.kind = creates.kind;
            this.names = creates.names;
            this.exchange = exchange;
            this.trial = exchange.trial();
        }

        void begin() {
            if (kind == Kind.IMAGE) {
                names().forEach(name -> before.put(name, idOf(name)));
            } else {
                trial.check(new CreationTransform(this::answered));
            }
            exchange.atEnd(this::end);
        }

        /** The client gets no id that is not recorded. */
        private CompletableFuture<Boolean> answered(ByteBuffer response) {
            return StrictJson.readOrNull(response) instanceof JsonObject answer
                    ? record(answer).thenApply(any -> true)
                    : CompletableFuture.completedFuture(true);
        }

        private CompletableFuture<?> record(JsonObject answer) {
            String id = kind == Kind.VOLUME
                    ? answer.text("Name")
                    : answer.text("Id").isEmpty() ? answer.text("id") : answer.text("Id");
            if (id.isEmpty()) {
                return CompletableFuture.completedFuture(null);
            }
            record.add(kind, id);
            isKnown = true;
            if (kind == Kind.CONTAINER) {
                LeaseAppeals appeals = lease.appeals();
                CreateRules rules = trial.profile().create();
                if (appeals != null && rules != null && trial.isApproved()) {
                    appeals.created(id, rules);
                }
                volumes = daemon.get("/containers/" + id + "/json").thenAccept(inspected -> {
                    if (inspected.status() == HttpStatus.OK_200
                            && StrictJson.readOrNull(inspected.body()) instanceof JsonObject container) {
                        Sweep.addVolumes(record, container);
                    }
                });
            }
            return kind == Kind.NETWORK
                    ? new LeaseNetworks(daemon).connect(lease, id)
                    : CompletableFuture.completedFuture(null);
        }

        private void end() {
            int status = trial.daemonStatus();
            boolean isRefused = status == 0 ? !exchange.wasForwarded() : status >= 300 && status < 500;
            CompletableFuture<?> known =
                    kind == Kind.IMAGE && status / 100 == 2 ? addImages() : volumes.exceptionally(failed -> null);
            var unused = known.whenComplete((any, failed) -> {
                if (isKnown || isRefused || kind == Kind.IMAGE) {
                    record.done(exchange.id());
                }
                lease.recorded();
            });
        }

        private CompletableFuture<?> addImages() {
            List<CompletableFuture<?>> added = new ArrayList<>();
            before.forEach((name, earlier) -> added.add(earlier.thenCombine(idOf(name), (then, now) -> {
                if (!now.isEmpty() && !now.equals(then)) {
                    record.add(Kind.IMAGE, now + " " + name);
                }
                return now;
            })));
            return CompletableFuture.allOf(added.toArray(CompletableFuture[]::new));
        }

        private List<String> names() {
            RequestTarget target = trial.target();
            return switch (names) {
                case NONE -> List.of();
                case T -> target.values("t");
                case REPO, IMPORT ->
                    target.values("repo").stream()
                            .filter(repository -> !repository.isEmpty())
                            .map(repository -> repository
                                    + target.values("tag").stream()
                                            .filter(tag -> !tag.isEmpty())
                                            .map(tag -> ":" + tag)
                                            .findFirst()
                                            .orElse(""))
                            .toList();
                case MESSAGE -> namesOfBuild();
            };
        }

        private List<String> namesOfBuild() {
            try {
                return BuildRules.imageNames(BuildMessage.read(trial.operation(), trial.heldBody())).stream()
                        .filter(name -> !name.isEmpty())
                        .toList();
            } catch (MalformedMessageException | IllegalArgumentException unread) {
                return List.of();
            }
        }

        /** Completes with an empty text if there is no such image, or no answer. */
        private CompletableFuture<String> idOf(String image) {
            String name = URLEncoder.encode(image, StandardCharsets.UTF_8).replace("+", "%20");
            return daemon.get("/images/" + name + "/json")
                    .thenApply(answer -> answer.status() == HttpStatus.OK_200
                                    && StrictJson.readOrNull(answer.body()) instanceof JsonObject found
                            ? found.text("Id")
                            : "")
                    .exceptionally(failed -> "");
        }
    }
}
