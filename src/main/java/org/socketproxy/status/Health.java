package org.socketproxy.status;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Health endpoints: {@code /healthz} (liveness) always returns 200, {@code /readyz} (readiness) returns 200 while the daemon
 * answers, {@code /startupz} (startup) returns 200 after the daemon has answered once; otherwise they return 503. The
 * image's health check uses {@code /startupz}: a daemon that was never reached is a configuration error, but a later outage
 * must not make an orchestrator restart the proxy, because a restart cuts all streams and does not help.
 *
 * <p>Security: the endpoints need no token, so the response is one word. Only clients on the same machine receive the reason
 * why the daemon does not answer. The calls of the source must be cheap, because any client can cause them.
 */
final class Health {
    private final StatusSource source;

    /** @param source may block on the daemon, but only one caller at a time */
    Health(StatusSource source) {
        this.source = source;
    }

    /** Writes the response if the path is a health endpoint; otherwise returns false and does not change the response. */
    boolean answers(HttpServletRequest request, HttpServletResponse response) throws IOException {
        switch (request.getRequestURI()) {
            case "/healthz" -> answer(response, HttpServletResponse.SC_OK, "alive");
            case "/readyz" -> answerIf(source.isDaemonUp(), "ready", "unready", request, response);
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
            String why = isSameMachine(request) ? ": the daemon does not answer: " + source.daemonProblem() : "";
            answer(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE, otherwise + why);
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
