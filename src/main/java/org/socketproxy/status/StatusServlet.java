package org.socketproxy.status;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.advice.Suggestion;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.status.StatusSource.Validation;

/**
 * Serves the status page with its files, {@code /metrics}, {@code /suggest}, {@code /policy}, {@code /difference} and the health
 * endpoints; read-only. Examines policies for {@code POST /validate}.
 *
 * <p>Security: {@link StatusGate} controls access; the template engine escapes every value.
 */
public final class StatusServlet extends HttpServlet {
    private static final long serialVersionUID = 1;
    private static final List<String> METHODS = List.of("GET", "HEAD");
    private static final String TEXT = "text/plain";
    private static final Map<String, String> FILES = Map.of("/status.css", "text/css", "/status.js", "text/javascript");
    private static final String POLICY =
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:;"
                    + " base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static final int MAX_POLICY_BYTES = 256 * 1024;
    /** Unprocessable Content (RFC 9110 section 15.5.21). */
    private static final int INVALID = 422;

    private final transient Semaphore validating = new Semaphore(1);
    private final transient StatusGate gate;
    private final transient StatusSource source;
    private final transient Health health;
    private final transient TemplateEngine templates = templates();

    public StatusServlet(StatusGate gate, StatusSource source) {
        this.gate = gate;
        this.source = source;
        this.health = new Health(source);
    }

    /** jte loads templates with the thread's context class loader, which may be that of another program. */
    private static TemplateEngine templates() {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        ClassLoader own = StatusServlet.class.getClassLoader();
        thread.setContextClassLoader(own);
        try {
            return TemplateEngine.createPrecompiled(null, ContentType.Html, own, "org.socketproxy.status.templates");
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** The superclass would answer TRACE with the client's headers. */
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (METHODS.contains(request.getMethod()) && health.answers(request, response)) {
            return; // no check of Host and token: probes use any host name, and the response contains no details
        }
        if (!gate.isKnownHost(request.getHeader("Host"))) {
            String cure = "Open this page by an IP address or localhost, or add this host name to STATUS_HOSTS.\n";
            answer(response, HttpServletResponse.SC_FORBIDDEN, TEXT, cure);
        } else if (request.getMethod().equals("POST") && request.getRequestURI().equals("/validate")) {
            validate(request, response);
        } else if (!METHODS.contains(request.getMethod())) {
            response.setHeader("Allow", String.join(", ", METHODS));
            answer(
                    response,
                    HttpServletResponse.SC_METHOD_NOT_ALLOWED,
                    TEXT,
                    "This page is read-only: use GET or HEAD.\n");
        } else if (gate.isKeyInAddress(request)) {
            gate.letIn(request, response);
            response.setHeader("Location", request.getRequestURI());
            answer(response, HttpServletResponse.SC_SEE_OTHER, TEXT, "");
        } else if (!gate.admits(request)) {
            response.setHeader("WWW-Authenticate", "Bearer");
            String cure = "This page requires a token: open the address that the proxy printed at its start,"
                    + " or add ?token= and the value of STATUS_TOKEN to this address."
                    + " Programs send the token in the header Authorization: Bearer.\n";
            answer(response, HttpServletResponse.SC_UNAUTHORIZED, TEXT, cure);
        } else {
            show(request, response);
        }
    }

    /**
     * Examines the policy in the body, one at a time.
     *
     * <p>Security: only with a token in the header {@code Authorization}, which no page of another site can send.
     */
    private void validate(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!gate.isBearer(request)) {
            response.setHeader("WWW-Authenticate", "Bearer");
            answer(
                    response,
                    HttpServletResponse.SC_UNAUTHORIZED,
                    TEXT,
                    "Set STATUS_TOKEN_FILE, and send the token in the header Authorization: Bearer.\n");
            return;
        }
        if (!validating.tryAcquire()) {
            answer(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE, TEXT, "Another policy is being examined.\n");
            return;
        }
        AsyncContext async = request.startAsync();
        async.setTimeout(0); // the idle timeout of the connection ends a read
        async.start(
                () -> { // the thread of the selector, which calls this method, must not wait for a body
                    try {
                        answerValidation(request, response);
                    } catch (IOException gone) {
                        response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
                    } finally {
                        validating.release();
                        async.complete();
                    }
                });
    }

    private void answerValidation(HttpServletRequest request, HttpServletResponse response) throws IOException {
        byte[] policy = request.getInputStream().readNBytes(MAX_POLICY_BYTES + 1);
        if (policy.length > MAX_POLICY_BYTES) {
            answer(response, HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE, TEXT, "A policy has at most 256 KiB.\n");
            return;
        }
        Validation found = source.validate(new String(policy, StandardCharsets.UTF_8));
        if (found == null) {
            answer(response, HttpServletResponse.SC_NOT_FOUND, TEXT, "Not found.\n");
        } else {
            answer(response, found.isValid() ? HttpServletResponse.SC_OK : INVALID, TEXT, found.text());
        }
    }

    private void show(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = request.getRequestURI();
        String fileType = FILES.get(path);
        if (path.equals("/metrics")) {
            response.setContentType(MetricsText.contentType());
            response.setHeader("Cache-Control", "no-store");
            response.setHeader("X-Content-Type-Options", "nosniff");
            MetricsText.write(source.metrics(), ProcessMetrics.all(), response.getOutputStream());
        } else if (path.equals("/suggest")) {
            boolean isJson = "format=json".equals(request.getQueryString());
            List<Suggestion> suggestions = source.suggestions();
            answer(
                    response,
                    HttpServletResponse.SC_OK,
                    isJson ? "application/json" : TEXT,
                    isJson ? Suggestion.asJson(suggestions) : Suggestion.asText(suggestions));
        } else if (path.equals("/policy")) {
            answer(response, HttpServletResponse.SC_OK, TEXT, source.policy());
        } else if (path.equals("/difference")) {
            PageQuery query = PageQuery.parse(request.getQueryString());
            answer(response, HttpServletResponse.SC_OK, TEXT, PolicyDifference.of(withVariables(query), query));
        } else if (path.equals("/")) {
            showPage(PageQuery.parse(request.getQueryString()), request.getHeader("If-None-Match"), response);
        } else if (fileType != null) {
            answer(response, HttpServletResponse.SC_OK, fileType, file(path));
        } else {
            answer(response, HttpServletResponse.SC_NOT_FOUND, TEXT, "Not found.\n");
        }
    }

    /** Returns the facts of the shown profile, or of all; those of the overview have no variables. */
    private List<StatusFacts> withVariables(PageQuery query) {
        List<StatusFacts> profiles = query.profile().isEmpty() ? source.overview() : List.of();
        return profiles.isEmpty()
                ? List.of(source.facts(query.profile()))
                : profiles.stream()
                        .map(each ->
                                source.facts(each.setup().profile().origin().name()))
                        .toList();
    }

    /** Answers an unchanged page with 304, because an open page polls every second. */
    private void showPage(PageQuery query, @Nullable String ifNoneMatch, HttpServletResponse response)
            throws IOException {
        StringOutput page = new StringOutput();
        List<StatusFacts> profiles = query.profile().isEmpty() ? source.overview() : List.of();
        StatusPage shown = profiles.isEmpty()
                ? StatusPage.of(source.facts(query.profile()), query)
                : StatusPage.overview(profiles, query);
        templates.render("status.jte", shown, page);
        String text = page.toString();
        String tag = "\"" + Integer.toHexString(text.hashCode()) + "-" + text.length() + "\"";
        response.setHeader("ETag", tag);
        if (tag.equals(ifNoneMatch)) {
            answer(response, HttpServletResponse.SC_NOT_MODIFIED, "text/html", "");
        } else {
            answer(response, HttpServletResponse.SC_OK, "text/html", text);
        }
    }

    private static String file(String path) throws IOException {
        try (InputStream file = StatusServlet.class.getResourceAsStream(path.substring(1))) {
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
