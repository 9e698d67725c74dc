package org.socketproxy.status;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.BooleanSupplier;

/**
 * Answers probes: {@code /healthz} while this program lives, {@code /readyz} while the daemon answers too.
 *
 * <p>Security: open to whoever reaches the page, so it tells one word, and the supplier must be cheap however often it is
 * asked.
 */
public final class Health {
    private final BooleanSupplier isDaemonUp;

    /** @param isDaemonUp may wait for the daemon, but for one caller at a time */
    public Health(BooleanSupplier isDaemonUp) {
        this.isDaemonUp = isDaemonUp;
    }

    /** Answers if the path is one of the two; false leaves the response as it is. */
    boolean answers(String path, HttpServletResponse response) throws IOException {
        switch (path) {
            case "/healthz" -> answer(response, HttpServletResponse.SC_OK, "alive");
            case "/readyz" -> {
                boolean isReady = isDaemonUp.getAsBoolean();
                int status = isReady ? HttpServletResponse.SC_OK : HttpServletResponse.SC_SERVICE_UNAVAILABLE;
                answer(response, status, isReady ? "ready" : "unready");
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void answer(HttpServletResponse response, int status, String word) throws IOException {
        response.setStatus(status);
        response.setContentType("text/plain");
        response.setCharacterEncoding("utf-8");
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.getWriter().write(word + "\n");
    }
}
