package org.socketproxy.status;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Answers probes: {@code /healthz} while this program lives, {@code /readyz} while the daemon answers too, and
 * {@code /startupz} once the daemon has answered. The image's health check asks the last one: a daemon that was never
 * reached is a mistake in the configuration, but an outage later on must not make an orchestrator restart the proxy, which
 * cuts every stream and cures nothing.
 *
 * <p>Security: open to every client that reaches the listener, so the answer is one word; only a client on the same
 * machine is told why the daemon does not answer. The source must be cheap however often it is asked.
 */
final class Health {
    private final StatusSource source;

    /** @param source may wait for the daemon, but for one caller at a time */
    Health(StatusSource source) {
        this.source = source;
    }

    /** Answers if the path is one of the three; false leaves the response as it is. */
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
            boolean isWell, String word, String otherwise, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (isWell) {
            answer(response, HttpServletResponse.SC_OK, word);
        } else {
            String why = isSameMachine(request) ? ": the daemon does not answer: " + source.daemonProblem() : "";
            answer(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE, otherwise + why);
        }
    }

    /** A client that connects to an address of its own machine comes from the same address. */
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
