package org.socketproxy.status;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Access control of the status page: checks the Host header and the token, in constant time.
 *
 * <p>Security: accepts only IP literals, {@code localhost} and configured host names, against DNS rebinding by web pages. The
 * first visit moves the token from the URL to a cookie, so that it appears in no browser history and no {@code Referer}.
 */
public final class StatusGate {
    private static final Pattern HOST = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^:\\[\\]]+)(:\\d{1,5})?");
    private static final Pattern LITERAL = Pattern.compile("localhost|\\d{1,3}(\\.\\d{1,3}){3}|\\[.*]");
    private static final String PARAMETER = "token=";
    private static final String BEARER = "Bearer ";
    private static final int RANDOM_BYTES = 16;

    private final Set<String> hosts;
    private final @Nullable String token;

    private StatusGate(Set<String> hosts, @Nullable String token) {
        this.hosts = Set.copyOf(hosts);
        this.token = token;
    }

    public static StatusGate open(Set<String> hosts) {
        return new StatusGate(hosts, null);
    }

    public static StatusGate locked(Set<String> hosts, String token) {
        return new StatusGate(hosts, token);
    }

    /** Returns 128 random bits, 22 characters in base64url. */
    public static String randomToken() {
        byte[] random = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    boolean isKnownHost(@Nullable String header) {
        var parts = HOST.matcher(header == null ? "" : header);
        if (!parts.matches()) {
            return false;
        }
        String host = parts.group(1).toLowerCase(Locale.ROOT);
        return LITERAL.matcher(host).matches() || hosts.contains(host);
    }

    /** Returns true if no token is required, or if the cookie or {@code Authorization: Bearer} contains it. */
    boolean admits(HttpServletRequest request) {
        if (token == null) {
            return true;
        }
        if (isBearer(request)) {
            return true;
        }
        Cookie[] cookies = request.getCookies();
        for (Cookie cookie : cookies == null ? new Cookie[0] : cookies) {
            if (cookie.getName().equals(cookieName(request)) && isToken(cookie.getValue())) {
                return true;
            }
        }
        return false;
    }

    /** Returns true if there is a token, and {@code Authorization: Bearer} contains it. */
    boolean isBearer(HttpServletRequest request) {
        String header = request.getHeader("Authorization");
        return header != null && header.startsWith(BEARER) && isToken(header.substring(BEARER.length()));
    }

    boolean isKeyInAddress(HttpServletRequest request) {
        String query = request.getQueryString();
        return token != null
                && query != null
                && query.startsWith(PARAMETER)
                && isToken(query.substring(PARAMETER.length()));
    }

    void letIn(HttpServletRequest request, HttpServletResponse response) {
        Cookie cookie = new Cookie(cookieName(request), token);
        cookie.setHttpOnly(true);
        cookie.setPath("/");
        // Lax, not Strict: the cookie must be sent when the visitor follows a link to the page. The page is read-only.
        cookie.setAttribute("SameSite", "Lax");
        response.addCookie(cookie);
    }

    /** Contains the port, because all ports of a host share cookies, and a host may run several proxies. */
    private static String cookieName(HttpServletRequest request) {
        return "socket-proxy-" + request.getServerPort();
    }

    private boolean isToken(String given) {
        return token != null
                && MessageDigest.isEqual(
                        given.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }
}
