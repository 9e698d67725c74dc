package org.socketproxy.lease;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.http.HttpStatus;
import org.socketproxy.config.LeaseTemplate;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.daemon.DaemonQuery.Answer;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.ResponseReader;
import org.socketproxy.json.StrictJson;
import org.socketproxy.lease.LeaseRecord.Kind;
import org.socketproxy.lease.LeaseRecord.Made;
import org.socketproxy.policy.create.BindVolume;

/**
 * Removes the objects of one lease: containers with their volumes without a name, networks, volumes, then images unless others use them.
 *
 * <p>Threading: one pass at a time, which blocks.
 *
 * <p>Security: an object is removed only if it is in the record and has the label of the lease; anybody can give a label. An object
 * that is not in the record, because the answer of the daemon was lost, belongs to it if it was created at that time.
 */
final class Sweep {
    /** Requests to the daemon at the same time. */
    private static final int AT_ONCE = 4;

    private static final String ANONYMOUS = "com.docker.volume.anonymous";

    private final DaemonQuery daemon;
    private final Lease lease;
    private final LeaseRecord record;
    private final String label;

    Sweep(DaemonQuery daemon, Lease lease) {
        this.daemon = daemon;
        this.lease = lease;
        this.record = lease.record();
        this.label = record.head().label();
    }

    /**
     * Removes what it can.
     *
     * @return the number of containers, networks and volumes of the lease that it has found, also of those that it has removed
     * @throws IOException if the daemon does not answer
     */
    int pass() throws IOException {
        lease.fails("");
        int found = 0;
        try {
            for (Kind kind : List.of(Kind.CONTAINER, Kind.NETWORK, Kind.VOLUME)) {
                adopt(kind);
                List<String> names = record.of(kind);
                for (int i = 0; i < names.size(); i += AT_ONCE) {
                    List<CompletableFuture<Boolean>> removals =
                            names.subList(i, Math.min(names.size(), i + AT_ONCE)).stream()
                                    .map(name -> remove(kind, name))
                                    .toList();
                    for (CompletableFuture<Boolean> removal : removals) {
                        found += removal.join() ? 1 : 0;
                    }
                }
            }
            if (found == 0) {
                record.of(Kind.IMAGE).forEach(this::removeImage);
            }
            return found;
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof IOException unanswered) {
                throw unanswered;
            }
            throw failed;
        }
    }

    private static String path(Kind kind, String name) {
        String part = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
        return switch (kind) {
            case CONTAINER -> "/containers/" + part;
            case NETWORK -> "/networks/" + part;
            case VOLUME -> "/volumes/" + part;
            case IMAGE -> "/images/" + part;
        };
    }

    /** Returns whether there was such an object of the lease. */
    private CompletableFuture<Boolean> remove(Kind kind, String name) {
        String inspected = path(kind, name) + (kind == Kind.CONTAINER ? "/json" : "");
        return daemon.get(inspected).thenCompose(answer -> {
            if (answer.status() == HttpStatus.NOT_FOUND_404) {
                record.remove(new Made(kind, name));
                return CompletableFuture.completedFuture(false);
            }
            JsonObject object = object(answer, kind, name);
            if (kind == Kind.VOLUME && BindVolume.isReserved(name)) {
                record.remove(new Made(kind, name)); // of a bind; the daemon keeps it while another container has it
                return daemon.delete(path(kind, name)).thenApply(removal -> false);
            }
            if (!isOwn(kind, object)) {
                record.remove(new Made(kind, name));
                return CompletableFuture.completedFuture(false);
            }
            if (kind == Kind.CONTAINER) {
                addVolumes(record, object);
            }
            CompletableFuture<?> ready = kind == Kind.NETWORK
                    ? LeaseNetworks.empty(daemon, name, object).exceptionally(failed -> null)
                    : CompletableFuture.completedFuture(null);
            return ready.thenCompose(
                            any -> daemon.delete(path(kind, name) + (kind == Kind.CONTAINER ? "?force=1&v=1" : "")))
                    .thenApply(removal -> {
                        judge(kind, name, removal);
                        return true;
                    });
        });
    }

    private void judge(Kind kind, String name, Answer removal) {
        if (removal.status() / 100 == 2) {
            lease.removed(kind);
            record.remove(new Made(kind, name));
        } else if (removal.status() != HttpStatus.NOT_FOUND_404) {
            String shown = name.length() > 12 && kind != Kind.VOLUME ? name.substring(0, 12) : name;
            lease.fails("the daemon did not remove the " + kind.name().toLowerCase(Locale.ROOT) + " " + shown
                    + ": status " + removal.status());
        }
    }

    private static JsonObject object(Answer answer, Kind kind, String name) {
        if (answer.status() == HttpStatus.OK_200 && StrictJson.readOrNull(answer.body()) instanceof JsonObject read) {
            return read;
        }
        throw new CompletionException(new IOException(
                "The daemon described the " + kind + " " + name + " with the status " + answer.status()));
    }

    private boolean isOwn(Kind kind, JsonObject object) {
        JsonObject labels = (kind == Kind.CONTAINER ? object.object("Config") : object).object("Labels");
        return labels.text(LeaseTemplate.LABEL).equals(label)
                || kind == Kind.VOLUME
                        && ObjectIds.isFull(object.text("Name"))
                        && labels.members().containsKey(ANONYMOUS);
    }

    /** Records the volumes of an inspected container: the daemon or the proxy has made them for it. */
    static void addVolumes(LeaseRecord record, JsonObject container) {
        container.elements("Mounts").stream()
                .filter(mount -> mount.text("Type").equals("volume"))
                .map(mount -> mount.text("Name"))
                .filter(name -> !name.isEmpty())
                .forEach(name -> record.add(Kind.VOLUME, name));
    }

    /** Removes a name if it still means the image that the lease has made, and the image if it has no other name. */
    private void removeImage(String idAndName) {
        String id = idAndName.substring(0, idAndName.indexOf(' '));
        String name = idAndName.substring(id.length() + 1);
        boolean isSame = text(Kind.IMAGE, name, "Id").equals(id);
        if (isSame && delete(name)) {
            lease.removed(Kind.IMAGE);
        }
        Answer left = daemon.get(path(Kind.IMAGE, id) + "/json").join();
        if (left.status() == HttpStatus.OK_200
                && StrictJson.readOrNull(left.body()) instanceof JsonObject image
                && image.texts("RepoTags").isEmpty()
                && image.texts("RepoDigests").isEmpty()
                && delete(id)
                && !isSame) {
            lease.removed(Kind.IMAGE);
        }
        record.remove(new Made(Kind.IMAGE, idAndName));
    }

    /** Without force: the daemon refuses to remove an image that a container uses. */
    private boolean delete(String image) {
        return daemon.delete(path(Kind.IMAGE, image)).join().status() / 100 == 2;
    }

    private String text(Kind kind, String name, String member) {
        Answer answer = daemon.get(path(kind, name) + "/json").join();
        return answer.status() == HttpStatus.OK_200 && StrictJson.readOrNull(answer.body()) instanceof JsonObject read
                ? read.text(member)
                : "";
    }

    /** Records the objects of creates without an answer. */
    private void adopt(Kind kind) {
        if (!record.isUnknown(kind)) {
            return;
        }
        String filters = URLEncoder.encode(
                "{\"label\":[\"" + LeaseTemplate.LABEL + "=" + label + "\"]}", StandardCharsets.UTF_8);
        String list = switch (kind) {
            case CONTAINER -> "/containers/json?all=1&filters=";
            case NETWORK -> "/networks?filters=";
            default -> "/volumes?filters=";
        };
        Labelled labelled = new Labelled(kind);
        daemon.get(list + filters, null, labelled)
                .thenAccept(answer -> {
                    Map<String, Long> found = answer.status() == HttpStatus.OK_200 ? labelled.facts() : null;
                    if (found == null) {
                        throw new CompletionException(
                                new IOException("The daemon listed with the status " + answer.status()));
                    }
                    found.forEach((name, created) -> {
                        if (record.isOfUnknown(kind, created)) {
                            record.add(kind, name);
                        }
                    });
                })
                .join();
    }

    /** Ids or names, and the times of the creation in seconds. */
    private static final class Labelled extends ResponseReader<Map<String, Long>> {
        private static final int BYTES = 200;

        private final Kind kind;
        private final Map<String, Long> found = new LinkedHashMap<>();

        Labelled(Kind kind) {
            super(
                    kind == Kind.VOLUME ? "Volumes" : JsonElements.ARRAY,
                    kind == Kind.VOLUME ? Set.of("Name", "CreatedAt") : Set.of("Id", "Created"));
            this.kind = kind;
        }

        @Override
        protected int read(ByteBuffer element) {
            JsonObject object = StrictJson.object(element);
            switch (kind) {
                case CONTAINER -> found.put(object.text("Id"), number(object));
                case NETWORK -> found.put(object.text("Id"), seconds(object.text("Created")));
                default -> found.put(object.text("Name"), seconds(object.text("CreatedAt")));
            }
            return BYTES;
        }

        private static long number(JsonObject object) {
            return object.get("Created") instanceof JsonNumber number
                            && number.text().matches("\\d{1,12}")
                    ? Long.parseLong(number.text())
                    : 0;
        }

        private static long seconds(String time) {
            try {
                return OffsetDateTime.parse(time).toEpochSecond();
            } catch (DateTimeParseException unknown) {
                return 0;
            }
        }

        @Override
        protected Map<String, Long> result() {
            return found;
        }
    }

    /** Returns a text such as {@code 14 containers, 2 networks removed}. */
    static String text(Map<Kind, Integer> removed) {
        List<String> parts = new ArrayList<>();
        removed.forEach((kind, count) ->
                parts.add(count + " " + kind.name().toLowerCase(Locale.ROOT) + (count == 1 ? "" : "s")));
        return parts.isEmpty() ? "nothing to remove" : String.join(", ", parts) + " removed";
    }
}
