package org.socketproxy.filter.extension;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Method;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.extension.ExchangeFacts;

/**
 * Read-only view of a request for extensions: request line, headers and {@link ExchangeFacts}. It gives no access to
 * the body, the session, the servlet context or a decoded path; its attributes are separate from those of the request.
 *
 * <p>Security: the methods are an allowlist, so methods that a later servlet API adds are not accessible.
 */
final class ReadOnlyRequestView {
    private static final Set<String> READABLE = Set.of(
            "getMethod",
            "getRequestURI",
            "getQueryString",
            "getProtocol",
            "getScheme",
            "isSecure",
            "getHeader",
            "getHeaders",
            "getHeaderNames",
            "getDateHeader",
            "getIntHeader",
            "getContentLength",
            "getContentLengthLong",
            "getContentType",
            "getRemoteAddr",
            "getRemotePort",
            "getLocalAddr",
            "getLocalPort",
            "getDispatcherType",
            "isAsyncStarted",
            "isAsyncSupported");

    private static final Set<String> OWN =
            Set.of("getAttribute", "getAttributeNames", "setAttribute", "removeAttribute");

    private final HttpServletRequest request;
    private final Map<String, Object> attributes = new HashMap<>();

    ReadOnlyRequestView(HttpServletRequest request, ExchangeFacts facts) {
        this.request = request;
        attributes.put(ExchangeFacts.class.getName(), facts);
    }

    /** Returns true if {@link #call} supports this method. */
    boolean supports(Method method) {
        return READABLE.contains(method.getName()) || OWN.contains(method.getName());
    }

    @Nullable
    Object call(Method method, @Nullable Object[] arguments) throws ReflectiveOperationException {
        return switch (method.getName()) {
            case "getAttribute" -> attributes.get((String) arguments[0]);
            case "getAttributeNames" -> Collections.enumeration(Set.copyOf(attributes.keySet()));
            case "setAttribute" -> set((String) arguments[0], arguments[1]);
            case "removeAttribute" -> set((String) arguments[0], null);
            case "getDispatcherType" -> DispatcherType.REQUEST; // ASYNC behind a body that was judged
            case "isAsyncStarted" -> false;
            default -> method.invoke(request, arguments);
        };
    }

    /** Sets an attribute, except the facts: the next extension needs them too. */
    private @Nullable Object set(@Nullable String name, @Nullable Object value) {
        if (ExchangeFacts.class.getName().equals(name)) {
            throw new IllegalArgumentException("the facts of an exchange cannot be replaced");
        }
        if (name != null && value != null) {
            attributes.put(name, value);
        } else if (name != null) {
            attributes.remove(name);
        }
        return null;
    }
}
