package org.socketproxy.status;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Health endpoints: {@code /healthz} (liveness) returns 200, {@code /readyz} (readiness) while the daemon answers and
 * the proxy does not stop, and {@code /startupz} (startup) after its first answer; otherwise 503. The image's health check uses {@code /startupz}, so that an
 * outage of the daemon does not restart the proxy, which would cut all streams.
 *
 * <p>Security: needs no token, so the response is one word; only clients on the same machine get the reason of a 503. The calls
 * of the source must be cheap, because any client can cause them.
 */
final class Health {
    private final StatusSource source;

    /** @param source may block on the daemon, but only one caller at a time */
    Health(StatusSource source) {
        this.source = source;
    }

    /** Returns false without changing the response if the path is not a health endpoint. */
    boolean answers(HttpServletRequest request, HttpServletResponse response) throws IOException {
        switch (request.getRequestURI()) {
            case "/healthz" -> answer(response, HttpServletResponse.SC_OK, "alive");
            case "/readyz" ->
                answerIf(!source.isStopping() && source.isDaemonUp(), "ready", "unready", request, response);
            case "/startupz" -> answerIf(source.hasDaemonAnswered(), "started", "starting", request, response);
            default -> {
                return false;
            }
        }
        return true;
    }

    private void answerIf(
            boolean isHealthy, String word, String otherwise, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (isHealthy) {
            answer(response, HttpServletResponse.SC_OK, word);
        } else {
            String why =
                    source.isStopping() ? "the proxy stops" : "the daemon does not answer: " + source.daemonProblem();
            answer(
                    response,
                    HttpServletResponse.SC_SERVICE_UNAVAILABLE,
                    otherwise + (isSameMachine(request) ? ": " + why : ""));
        }
    }

    /** A client on the same machine connects from the address that it connects to. */
    private static boolean isSameMachine(HttpServletRequest request) {
        return request.getRemoteAddr().equals(request.getLocalAddr());
    }

    private static void answer(HttpServletResponse response, int status, String text) throws IOException {
        response.setStatus(status);
        response.setContentType("text/plain");
        response.setCharacterEncoding("utf-8");
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.getWriter().write(text + "\n");
    }
}
