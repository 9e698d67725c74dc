package org.socketproxy.status;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Shows the status page and its two files, and nothing else; it only reads.
 *
 * <p>Security: answers only to a {@code Host} that is an IP literal or {@code localhost}, so that no web page can reach
 * it under a name of its own (DNS rebinding); every value is escaped by the template engine.
 */
public final class StatusServlet extends HttpServlet {
    private static final long serialVersionUID = 1;
    private static final Pattern LITERAL_HOST =
            Pattern.compile("(localhost|\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+])(:\\d{1,5})?");
    private static final List<String> METHODS = List.of("GET", "HEAD");
    private static final String TEXT = "text/plain";
    private static final Map<String, String> FILES = Map.of("/status.css", "text/css", "/status.js", "text/javascript");
    private static final String POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
            + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final transient Supplier<StatusFacts> facts;
    private final transient TemplateEngine templates = TemplateEngine.createPrecompiled(
            null, ContentType.Html, StatusServlet.class.getClassLoader(), "org.socketproxy.status.templates");

    /** @param facts asked at each request */
    public StatusServlet(Supplier<StatusFacts> facts) {
        this.facts = facts;
    }

    /** Not left to the methods of the superclass, which would also answer TRACE, with the client's own headers. */
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String host = request.getHeader("Host");
        if (host == null || !LITERAL_HOST.matcher(host).matches()) {
            answer(response, HttpServletResponse.SC_FORBIDDEN, TEXT, "Open this page by an IP address or localhost.\n");
        } else if (!METHODS.contains(request.getMethod())) {
            response.setHeader("Allow", String.join(", ", METHODS));
            answer(response, HttpServletResponse.SC_METHOD_NOT_ALLOWED, TEXT, "This page can only be read.\n");
        } else {
            show(request.getRequestURI(), response);
        }
    }

    private void show(String path, HttpServletResponse response) throws IOException {
        String fileType = FILES.get(path);
        if (path.equals("/")) {
            StringOutput page = new StringOutput();
            templates.render("status.jte", facts.get(), page);
            answer(response, HttpServletResponse.SC_OK, "text/html", page.toString());
        } else if (fileType != null) {
            answer(response, HttpServletResponse.SC_OK, fileType, file(path));
        } else {
            answer(response, HttpServletResponse.SC_NOT_FOUND, TEXT, "There is nothing here.\n");
        }
    }

    private String file(String path) throws IOException {
        try (InputStream file = getServletContext().getResourceAsStream(path)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void answer(HttpServletResponse response, int status, String type, String text) throws IOException {
        response.setStatus(status);
        response.setContentType(type);
        response.setCharacterEncoding("utf-8");
        response.setHeader("Content-Security-Policy", POLICY);
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("Cache-Control", "no-store");
        response.getWriter().write(text);
    }
}
