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
 * Who may see the page: by which host name, and with which token.
 *
 * <p>Security: only an IP literal, {@code localhost} and the names that were configured are answered to, so that no web
 * page can reach it under a name of its own (DNS rebinding). A token is compared in constant time, and moves from the
 * address into a cookie at the first visit, so that it stays in no history and no {@code Referer}.
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

    /** A gate that asks for no token. */
    public static StatusGate open(Set<String> hosts) {
        return new StatusGate(hosts, null);
    }

    /** A gate that asks for this token. */
    public static StatusGate locked(Set<String> hosts, String token) {
        return new StatusGate(hosts, token);
    }

    /** 22 characters that nobody guesses. */
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

    /** Whether no token is needed, or the cookie or the {@code Authorization: Bearer} of the request is it. */
    boolean admits(HttpServletRequest request) {
        if (token == null) {
            return true;
        }
        String header = request.getHeader("Authorization");
        if (header != null && header.startsWith(BEARER) && isToken(header.substring(BEARER.length()))) {
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

    /** Whether the query of the request is the token. */
    boolean isKeyInAddress(HttpServletRequest request) {
        String query = request.getQueryString();
        return token != null
                && query != null
                && query.startsWith(PARAMETER)
                && isToken(query.substring(PARAMETER.length()));
    }

    /** Gives the visitor the token as a cookie, until the browser is closed. */
    void letIn(HttpServletRequest request, HttpServletResponse response) {
        Cookie cookie = new Cookie(cookieName(request), token);
        cookie.setHttpOnly(true);
        cookie.setPath("/");
        // Lax, since whoever follows a link to the page comes from elsewhere; the page only reads.
        cookie.setAttribute("SameSite", "Lax");
        response.addCookie(cookie);
    }

    /** Cookies know no ports, and one machine may have several proxies. */
    private static String cookieName(HttpServletRequest request) {
        return "socket-proxy-" + request.getServerPort();
    }

    private boolean isToken(String given) {
        return token != null
                && MessageDigest.isEqual(
                        given.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }
}
