package org.socketproxy.filter.extension;

import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Method;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.extension.ExchangeFacts;

/**
 * What extensions see of a request: its line, its headers, and the facts. The body, the session, the container and every
 * decoded copy of the path are out of reach, and attributes are the extensions' own.
 *
 * <p>Security: a method that is not in the list is refused, one that a later servlet API brings too.
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

    /** Whether {@link #call} knows this method. */
    boolean answers(Method method) {
        return READABLE.contains(method.getName()) || OWN.contains(method.getName());
    }

    @Nullable
    Object call(Method method, @Nullable Object[] arguments) throws ReflectiveOperationException {
        return switch (method.getName()) {
            case "getAttribute" -> attributes.get((String) arguments[0]);
            case "getAttributeNames" -> Collections.enumeration(Set.copyOf(attributes.keySet()));
            case "setAttribute" -> set((String) arguments[0], arguments[1]);
            case "removeAttribute" -> set((String) arguments[0], null);
            default -> method.invoke(request, arguments);
        };
    }

    /** The facts stay: the next extension is asked about the same exchange. */
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
