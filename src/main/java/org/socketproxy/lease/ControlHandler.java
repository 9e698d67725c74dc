package org.socketproxy.lease;

import java.io.EOFException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;
import org.socketproxy.client.UnixPeer;
import org.socketproxy.json.JsonText;
import org.socketproxy.lease.Approvals.Question;
import org.socketproxy.lease.Leases.Opened;

/**
 * The API of the control socket: {@code POST /leases?template=NAME&for=2h} opens a lease, and its response ends with the lease; {@code
 * POST /leases/ID?key=KEY&for=2h} renews it, {@code DELETE /leases/ID} ends it, {@code GET /leases} lists those of the user. {@code GET
 * /approvals} lists the requests that wait for an answer; {@code POST /approvals/ID} approves one, {@code DELETE /approvals/ID} refuses it.
 *
 * <p>Threading: {@code open} writes a file; no other method blocks.
 *
 * <p>Security: the kernel reports the user of each connection.
 */
public final class ControlHandler extends Handler.Abstract {
    private static final String ALL = "/leases";
    private static final Pattern ONE = Pattern.compile("/leases/([0-9a-f]{8})");
    private static final String APPROVALS = "/approvals";
    private static final Pattern APPROVAL = Pattern.compile("/approvals/([0-9A-F]{4})");
    private static final Pattern LENGTH = Pattern.compile("(\\d{1,6})([smh])");

    private final Leases leases;

    public ControlHandler(Leases leases) {
        this.leases = leases;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        try {
            answer(request, response, callback);
        } catch (RefusedException refused) {
            response.setStatus(refused.status());
            write(response, message(String.valueOf(refused.getMessage())), callback);
        }
        return true;
    }

    private void answer(Request request, Response response, Callback callback) throws RefusedException {
        Client client = Client.of(request);
        UnixPeer peer = client.peer();
        int uid = peer == null ? UnixPeer.UNKNOWN : peer.uid();
        if (uid == UnixPeer.UNKNOWN) {
            throw new RefusedException(403, "the kernel does not tell the user of this connection");
        }
        String path = request.getHttpURI().getPath();
        Fields query = Request.extractQueryParameters(request);
        Matcher one = ONE.matcher(path == null ? "" : path);
        Matcher approval = APPROVAL.matcher(path == null ? "" : path);
        String place = one.matches() ? "one" : approval.matches() ? "approval" : path;
        switch (request.getMethod() + " " + place) {
            case "GET " + APPROVALS ->
                write(response, questions(leases.approvals().waiting(client)), callback);
            case "POST approval", "DELETE approval" -> {
                boolean isApproved = request.getMethod().equals("POST");
                Question answered = leases.approvals().answer(approval.group(1), client, isApproved);
                write(response, questions(List.of(answered)), callback);
            }
            case "POST " + ALL -> open(request, client, query, response, callback);
            case "GET " + ALL -> write(response, list(uid), callback);
            case "DELETE one" -> write(response, json(leases.end(one.group(1), uid), null, null), callback);
            case "POST one" -> {
                Duration length = length(query);
                String key = value(query, "key");
                if (length == null) {
                    throw new RefusedException(400, "name the new time, such as for=1h");
                }
                write(response, json(leases.renew(one.group(1), key, length), null, null), callback);
            }
            default ->
                throw new RefusedException(
                        404,
                        "use POST or GET /leases, POST or DELETE /leases/ID, GET /approvals, POST or DELETE /approvals/ID");
        }
    }

    private void open(Request request, Client client, Fields query, Response response, Callback callback)
            throws RefusedException {
        OpenResponse holder =
                new OpenResponse(response, callback, request.getComponents().getScheduler());
        Opened opened = leases.open(value(query, "template"), client, value(query, "project"), length(query), holder);
        var unused = leases.prepare(opened.lease()).whenComplete((any, failed) -> {
            if (failed == null) {
                holder.begin(json(opened.lease(), opened.key(), leases));
            } else {
                Throwable cause = failed.getCause() == null ? failed : failed.getCause();
                holder.refuse(message("the lease cannot be opened: " + cause.getMessage()));
            }
        });
    }

    private static String value(Fields query, String name) {
        String value = query.getValue(name);
        return value == null ? "" : value;
    }

    /** Returns null without a time. */
    private static @Nullable Duration length(Fields query) throws RefusedException {
        String text = value(query, "for");
        if (text.isEmpty()) {
            return null;
        }
        Matcher parts = LENGTH.matcher(text);
        if (!parts.matches()) {
            throw new RefusedException(400, "use a number with s, m or h for the time, such as for=2h");
        }
        return Duration.parse("PT" + parts.group(1) + parts.group(2));
    }

    private static void write(Response response, String line, Callback callback) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, bytes(line), callback);
    }

    private static ByteBuffer bytes(String line) {
        return ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static String message(String text) {
        return JsonText.compact(json -> {
            json.writeStartObject();
            json.writeStringField("message", text);
            json.writeEndObject();
        });
    }

    private String list(int uid) {
        return JsonText.compact(json -> {
            json.writeStartArray();
            for (Lease lease : leases.all().stream()
                    .filter(each -> each.uid() == uid || LeaseFolder.isAdministrator(uid))
                    .toList()) {
                json.writeRawValue(json(lease, null, null));
            }
            json.writeEndArray();
        });
    }

    private static String questions(List<Question> questions) {
        return JsonText.compact(json -> {
            json.writeStartArray();
            for (Question question : questions) {
                json.writeStartObject();
                json.writeStringField("approval", question.id());
                json.writeStringField("lease", question.lease().id());
                json.writeStringField("template", question.lease().template());
                json.writeNumberField("uid", question.lease().uid());
                json.writeStringField("operation", question.operation());
                json.writeStringField("image", question.image());
                json.writeArrayFieldStart("settings");
                for (String setting : question.settings()) {
                    json.writeString(setting);
                }
                json.writeEndArray();
                json.writeStringField("since", question.since().toString());
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    /**
     * @param key for its opener, or null
     * @param all tell the path of the socket; or null to leave it out
     */
    private static String json(Lease lease, @Nullable String key, @Nullable Leases all) {
        return JsonText.compact(json -> {
            json.writeStartObject();
            json.writeStringField("lease", lease.id());
            json.writeStringField("template", lease.template());
            json.writeNumberField("uid", lease.uid());
            json.writeStringField("state", lease.state().word());
            json.writeStringField("ends", lease.ends().toString());
            json.writeNumberField("objects", lease.record().size());
            json.writeNumberField("denials", lease.denials());
            if (!lease.cause().isEmpty()) {
                json.writeStringField("cause", lease.cause());
            }
            if (!lease.problem().isEmpty()) {
                json.writeStringField("problem", lease.problem());
            }
            if (all != null) {
                json.writeStringField("socket", all.folder().socket(lease).toString());
            }
            if (key != null) {
                json.writeStringField("key", key);
                if (!lease.egress().proxies().isEmpty()) {
                    json.writeStringField("proxy", lease.egress().proxies().get(0));
                }
            }
            json.writeEndObject();
        });
    }

    /** Returns the last line of the response to the opener. */
    static String ended(Lease lease, String removed) {
        return JsonText.compact(json -> {
            json.writeStartObject();
            json.writeStringField("lease", lease.id());
            json.writeStringField("state", lease.state().word());
            json.writeStringField("cause", lease.cause());
            json.writeStringField("removed", removed);
            json.writeNumberField("denials", lease.denials());
            json.writeEndObject();
        });
    }

    /**
     * The response that holds a lease. An empty line each second shows whether the opener is there; a line that it does not read waits,
     * and is no second one.
     */
    private static final class OpenResponse implements Holder {
        private static final byte[] EMPTY_LINE = {'\n'};

        private final Response response;
        private final Callback callback;
        private final Scheduler scheduler;
        private final AtomicBoolean isWriting = new AtomicBoolean();
        private volatile boolean isGone;
        private @Nullable String last;
        private boolean isEnded;

        OpenResponse(Response response, Callback callback, Scheduler scheduler) {
            this.response = response;
            this.callback = callback;
            this.scheduler = scheduler;
        }

        void begin(String line) {
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/x-ndjson");
            isWriting.set(true);
            response.write(false, bytes(line), Callback.from(this::written, this::failed));
        }

        /** Answers that there is no lease. */
        void refuse(String line) {
            synchronized (this) {
                isEnded = true;
            }
            isGone = true;
            response.setStatus(HttpStatus.SERVICE_UNAVAILABLE_503);
            write(response, line, callback);
        }

        private void written() {
            isWriting.set(false);
            synchronized (this) {
                if (last != null) {
                    writeLast();
                    return;
                }
            }
            scheduler.schedule(this::beat, 1, TimeUnit.SECONDS);
        }

        private void beat() {
            if (!isGone && isWriting.compareAndSet(false, true)) {
                response.write(false, ByteBuffer.wrap(EMPTY_LINE), Callback.from(this::written, this::failed));
            }
        }

        private void failed(Throwable cause) {
            isGone = true;
            end("");
        }

        @Override
        public boolean isGone() {
            return isGone;
        }

        @Override
        public void end(String line) {
            synchronized (this) {
                last = line;
                if (isWriting.get() && !isGone) {
                    return;
                }
                writeLast();
            }
        }

        private void writeLast() {
            if (isEnded) {
                return;
            }
            isEnded = true;
            if (isGone) {
                callback.failed(new EOFException("The opener has left"));
            } else if (isWriting.compareAndSet(false, true)) {
                response.write(true, bytes(String.valueOf(last)), callback);
            }
        }
    }
}
