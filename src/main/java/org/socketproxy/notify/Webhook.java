package org.socketproxy.notify;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpRetryException;
import java.net.HttpURLConnection;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.NotifySettings;
import org.socketproxy.tls.SystemTrust;

/**
 * Sends messages by HTTP requests; blocks for a limited time.
 *
 * <p>Security: checks the certificate and the host name, follows no redirect, and reads no body of a response. The address may hold a
 * token, and exceptions contain it, so a failure has words of its own.
 */
final class Webhook {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int FIRST_FAILURE = 300;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERROR = 500;

    private final URI address;
    private final MessageForm form;
    private final @Nullable SSLContext tls;
    private final Duration patience;

    /**
     * Result of a request.
     *
     * @param problem why the message did not arrive, in words without the address; empty if it did
     * @param mayPass whether the same message can arrive later
     */
    record Result(String problem, boolean mayPass) {
        static final Result SENT = new Result("", false);

        boolean isSent() {
            return problem.isEmpty();
        }
    }

    /**
     * @param tls null for an address without TLS
     * @param patience time for a whole request
     */
    Webhook(NotifySettings settings, @Nullable SSLContext tls, Duration patience) {
        this.address = settings.address();
        this.form = MessageForm.of(settings.form());
        this.tls = tls;
        this.patience = patience;
    }

    static Webhook of(NotifySettings settings) {
        return new Webhook(settings, settings.isPlain() ? null : SystemTrust.context(), PATIENCE);
    }

    Result send(Notification message) {
        try {
            HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
            long begin = System.nanoTime();
            // The timeout of a read does not end a response that comes byte by byte.
            CompletableFuture<Void> end = CompletableFuture.runAsync(
                    connection::disconnect,
                    CompletableFuture.delayedExecutor(patience.toMillis(), TimeUnit.MILLISECONDS));
            Result result = result(connection, message);
            boolean isLate = System.nanoTime() - begin >= patience.toNanos();
            end.cancel(false);
            connection.disconnect();
            return isLate && !result.isSent() ? late(patience.toSeconds()) : result;
        } catch (IOException | RuntimeException failed) {
            return new Result(words(failed), true);
        }
    }

    private Result result(HttpURLConnection connection, Notification message) {
        try {
            return status(exchange(connection, message));
        } catch (HttpRetryException refused) { // a redirect, or a request for a password
            return status(refused.responseCode());
        } catch (IOException | RuntimeException failed) {
            return new Result(words(failed), true);
        }
    }

    private int exchange(HttpURLConnection connection, Notification message) throws IOException {
        byte[] body = form.body(message);
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setDoOutput(true);
        connection.setRequestMethod("POST");
        connection.setFixedLengthStreamingMode(body.length); // else the JDK repeats a failed request
        connection.setRequestProperty("Connection", "close");
        connection.setRequestProperty("Content-Type", form.type());
        form.headers(message).forEach(connection::setRequestProperty);
        if (address.getUserInfo() != null) {
            byte[] login = address.getUserInfo().getBytes(StandardCharsets.UTF_8);
            connection.setRequestProperty(
                    "Authorization", "Basic " + Base64.getEncoder().encodeToString(login));
        }
        if (connection instanceof HttpsURLConnection secured && tls != null) {
            SystemTrust.secure(secured, tls);
        }
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body);
        }
        return connection.getResponseCode();
    }

    private static Result status(int status) {
        return status > 0 && status < FIRST_FAILURE
                ? Result.SENT
                : new Result("HTTP status " + status, status == TOO_MANY_REQUESTS || status >= SERVER_ERROR);
    }

    private static Result late(long seconds) {
        return new Result("no answer within " + seconds + " seconds", true);
    }

    /** Returns words without the message of the exception. */
    private static String words(Exception failed) {
        if (failed instanceof UnknownHostException) {
            return "the host name is not known";
        } else if (failed instanceof SocketTimeoutException) {
            return late(TIMEOUT_MILLIS / 1000).problem();
        } else if (failed instanceof ConnectException || failed instanceof NoRouteToHostException) {
            return "the connection is refused";
        } else if (failed instanceof SSLException) {
            return "TLS failed: the certificate is not trusted, or is for another host";
        }
        return "the connection failed (" + failed.getClass().getSimpleName() + ")";
    }
}
