package org.socketproxy.cosign;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.ImageName;
import org.socketproxy.tls.SystemTrust;

/**
 * Reads manifests and blobs of one repository (OCI distribution specification 1.1).
 *
 * <p>Threading: one thread; blocks until a deadline.
 *
 * <p>Security: uses TLS, with the authorities of the system, except on the loopback address, as the daemon does. A password goes only to
 * the registry, and to the address that it names for tokens. Answers have a limit, and nothing of them is in a message.
 */
final class Registry {
    private static final String HUB = "docker.io";
    private static final String HUB_API = "registry-1.docker.io";
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final int MAX_BYTES = 1 << 20;
    private static final int MOST_REDIRECTS = 3;
    private static final Pattern LOOPBACK = Pattern.compile("(?:localhost|127(?:\\.\\d{1,3}){3}|\\[::1])(?::\\d+)?");
    private static final Pattern BEARER = Pattern.compile("(?i)Bearer\\s+(.*)");
    private static final Pattern PARAMETER = Pattern.compile("([a-z]+)=\"([^\"]*)\"");
    private static final String MANIFESTS = "application/vnd.oci.image.manifest.v1+json,"
            + "application/vnd.docker.distribution.manifest.v2+json,application/vnd.oci.image.index.v1+json";

    private final String host;
    private final String path;
    private final @Nullable String login;
    private final Supplier<SSLContext> tls;
    private final long deadlineNanos;
    private String authorization = "";

    /**
     * @param login user and password with a colon between them, or null
     * @param time for all requests together
     */
    Registry(ImageName image, @Nullable String login, Supplier<SSLContext> tls, Duration time) {
        int slash = image.name().indexOf('/');
        this.host = image.name().substring(0, slash);
        this.path = image.name().substring(slash + 1);
        this.login = login;
        this.tls = tls;
        this.deadlineNanos = System.nanoTime() + time.toNanos();
    }

    private boolean isPlain() {
        return LOOPBACK.matcher(host).matches();
    }

    /** Returns a manifest; an empty object if there is none. */
    JsonObject manifest(String reference) throws IOException {
        return object(get("manifests/" + reference, MANIFESTS));
    }

    /** Returns the list of manifests with this digest as their subject; an empty object if the registry has no such lists. */
    JsonObject referrers(String digest) throws IOException {
        return object(get("referrers/" + digest, "application/vnd.oci.image.index.v1+json"));
    }

    private static JsonObject object(@Nullable ByteBuffer bytes) {
        return bytes == null ? JsonObject.EMPTY : StrictJson.object(bytes);
    }

    /** Returns a blob, or null if there is none with this digest. */
    @Nullable
    ByteBuffer blob(String digest) throws IOException {
        ByteBuffer blob = get("blobs/" + digest, "*/*");
        return blob != null && digest.equals("sha256:" + sha256(blob)) ? blob : null;
    }

    private static String sha256(ByteBuffer bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes.duplicate());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible); // each JVM has it
        }
    }

    private @Nullable ByteBuffer get(String target, String accept) throws IOException {
        URI address = URI.create((isPlain() ? "http://" : "https://") + (host.equals(HUB) ? HUB_API : host) + "/v2/"
                + path + "/" + target);
        Answer answer = send(address, accept, authorization);
        if (answer.status == HttpURLConnection.HTTP_UNAUTHORIZED && authorization.isEmpty()) {
            authorization = authorize(answer.challenge);
            answer = send(address, accept, authorization);
        }
        for (int i = 0; i < MOST_REDIRECTS && answer.status / 100 == 3; i++) {
            address = allowed(address.resolve(answer.location));
            answer = send(address, accept, "");
        }
        return switch (answer.status) {
            case HttpURLConnection.HTTP_OK -> answer.body;
            case HttpURLConnection.HTTP_NOT_FOUND -> null;
            default -> throw new IOException("the registry answered with status " + answer.status);
        };
    }

    /** Gets a token as in the token specification of the registry; the registry may want the password itself. */
    private String authorize(String challenge) throws IOException {
        String basic = login == null
                ? ""
                : "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
        Matcher bearer = BEARER.matcher(challenge);
        if (!bearer.matches()) {
            return basic;
        }
        String realm = "";
        String service = "";
        for (Matcher each = PARAMETER.matcher(bearer.group(1)); each.find(); ) {
            realm = each.group(1).equals("realm") ? each.group(2) : realm;
            service = each.group(1).equals("service") ? each.group(2) : service;
        }
        URI address = allowed(URI.create(realm + (realm.contains("?") ? "&" : "?") + "service=" + encoded(service)
                + "&scope=" + encoded("repository:" + path + ":pull")));
        Answer answer = send(address, "application/json", basic);
        JsonObject token = object(answer.body);
        String text = token.text("token").isEmpty() ? token.text("access_token") : token.text("token");
        if (answer.status != HttpURLConnection.HTTP_OK || text.isEmpty()) {
            throw new IOException("the registry's server for tokens answered with status " + answer.status);
        }
        return "Bearer " + text;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** Returns an address that the registry has named. */
    private URI allowed(URI address) throws IOException {
        String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
        if (address.getHost() == null || !scheme.equals("https") && !(isPlain() && scheme.equals("http"))) {
            throw new IOException("the registry names an address without TLS");
        }
        return address;
    }

    /** An answer; the body is empty for all but status 200. */
    private record Answer(int status, ByteBuffer body, String challenge, String location) {}

    private Answer send(URI address, String accept, String password) throws IOException {
        long left = deadlineNanos - System.nanoTime();
        if (left <= 0) {
            throw new IOException("the registry is too slow");
        }
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
        // The timeout of a read does not end a response that comes byte by byte.
        CompletableFuture<Void> end = CompletableFuture.runAsync(
                connection::disconnect, CompletableFuture.delayedExecutor(left, TimeUnit.NANOSECONDS));
        try {
            connection.setConnectTimeout(TIMEOUT_MILLIS);
            connection.setReadTimeout(TIMEOUT_MILLIS);
            connection.setInstanceFollowRedirects(false);
            connection.setUseCaches(false);
            connection.setRequestProperty("Accept", accept);
            if (!password.isEmpty()) {
                connection.setRequestProperty("Authorization", password);
            }
            if (connection instanceof HttpsURLConnection secured) {
                SystemTrust.secure(secured, tls.get());
            }
            int status = connection.getResponseCode();
            byte[] body = new byte[0];
            if (status == HttpURLConnection.HTTP_OK) {
                try (InputStream content = connection.getInputStream()) {
                    body = content.readNBytes(MAX_BYTES + 1);
                }
            }
            if (body.length > MAX_BYTES) {
                throw new IOException("the registry's answer is larger than 1 MiB");
            }
            return new Answer(
                    status,
                    ByteBuffer.wrap(body),
                    header(connection, "WWW-Authenticate"),
                    header(connection, "Location"));
        } finally {
            end.cancel(false);
            connection.disconnect();
        }
    }

    private static String header(HttpURLConnection connection, String name) {
        String value = connection.getHeaderField(name);
        return value == null ? "" : value;
    }
}
