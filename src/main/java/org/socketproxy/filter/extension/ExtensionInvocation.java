package org.socketproxy.filter.extension;

import jakarta.servlet.Filter;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.extension.DeniedException;

/**
 * Invocation of one extension for one exchange. {@code chain.doFilter} allows the request and a denial denies it; any
 * other action is a violation, which denies the request even if the extension catches the resulting exception.
 *
 * <p>Threading: the extension may use other threads until it returns; later calls from them fail.
 */
final class ExtensionInvocation {
    private static final Set<String> READABLE_OF_RESPONSE =
            Set.of("isCommitted", "getStatus", "containsHeader", "getHeader", "getHeaders", "getHeaderNames");
    private static final int FIRST_ERROR = 400;
    private static final int LAST_ERROR = 599;

    /** Result of an invocation. */
    sealed interface Outcome permits Passed, Denied, Failed {}

    record Passed() implements Outcome {}

    record Denied(ErrorReply reply) implements Outcome {}

    /** @param cause the exception of the extension, or null */
    record Failed(String sentence, @Nullable Throwable cause) implements Outcome {}

    private final ReadOnlyRequestView requestView;
    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private boolean isPassed;
    private boolean isOver;
    private @Nullable ErrorReply answer;
    private @Nullable String violation;

    ExtensionInvocation(ReadOnlyRequestView requestView, HttpServletResponse original) {
        this.requestView = requestView;
        this.request = view(HttpServletRequest.class, this::callRequest);
        this.response =
                view(HttpServletResponse.class, (self, method, arguments) -> callResponse(original, method, arguments));
    }

    Outcome invoke(Filter extension) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(extension.getClass().getClassLoader());
        try {
            extension.doFilter(request, response, this::pass);
            return end(null, null);
        } catch (DeniedException denial) {
            return end(new ErrorReply(403, denial.getMessage()), null);
        } catch (Throwable broken) { // errors too: a missing class must not allow the request
            return end(null, broken);
        } finally {
            thread.setContextClassLoader(before);
            Thread.interrupted(); // a set interrupt flag would close the channel at the next write
        }
    }

    /** Ends the invocation before the extension has returned: its later calls fail. */
    synchronized void expire() {
        isOver = true;
    }

    private synchronized Outcome end(@Nullable ErrorReply denial, @Nullable Throwable thrown) {
        isOver = true;
        if (violation != null) {
            return new Failed(violation, thrown);
        }
        if (thrown != null) {
            return new Failed("it threw " + thrown, thrown);
        }
        ErrorReply reply = denial == null ? answer : denial;
        if (reply != null) {
            return new Denied(reply);
        }
        return isPassed
                ? new Passed()
                : new Failed("it returned, and neither called chain.doFilter nor denied the request", null);
    }

    /** The extension's filter chain: records the call; the proxy continues after the extension has returned. */
    private synchronized void pass(ServletRequest given, ServletResponse answered) {
        if (isOver) {
            throw violation("it called chain.doFilter after it had returned");
        }
        if (given != request || answered != response) {
            throw violation("it called chain.doFilter with another request or response");
        }
        if (isPassed) {
            throw violation("it called chain.doFilter twice");
        }
        if (answer != null) {
            throw violation("it called chain.doFilter after response.sendError");
        }
        isPassed = true;
    }

    private synchronized @Nullable Object callRequest(Object self, Method method, @Nullable Object[] arguments)
            throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return callObject(self, method, arguments);
        }
        if (isOver || !requestView.supports(method)) {
            throw violation(
                    "it called " + method.getName() + " of the request" + (isOver ? " after it had returned" : ""));
        }
        return invoked(() -> requestView.call(method, arguments));
    }

    private synchronized @Nullable Object callResponse(
            HttpServletResponse original, Method method, @Nullable Object[] arguments) throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return callObject(response, method, arguments);
        }
        if (!isOver && method.getName().equals("sendError")) {
            answer((int) arguments[0], arguments.length > 1 ? (String) arguments[1] : null);
            return null;
        }
        if (isOver || !READABLE_OF_RESPONSE.contains(method.getName())) {
            throw violation(
                    "it called " + method.getName() + " of the response" + (isOver ? " after it had returned" : ""));
        }
        return invoked(() -> method.invoke(original, arguments));
    }

    private void answer(int status, @Nullable String sentence) {
        if (status < FIRST_ERROR || status > LAST_ERROR) {
            throw violation("it called response.sendError with status " + status + ", which is not an error");
        }
        if (answer != null || isPassed) {
            throw violation("it called response.sendError after chain.doFilter or a second time");
        }
        answer = new ErrorReply(status, sentence == null || sentence.isBlank() ? "an extension denied it" : sentence);
    }

    private IllegalStateException violation(String description) {
        if (violation == null) {
            violation = description;
        }
        return new IllegalStateException("An extension may only read, call chain.doFilter or deny: " + description);
    }

    private interface Call {
        @Nullable
        Object make() throws ReflectiveOperationException;
    }

    private static @Nullable Object invoked(Call call) throws Throwable {
        try {
            return call.make();
        } catch (InvocationTargetException failed) {
            throw failed.getTargetException();
        }
    }

    private static @Nullable Object callObject(Object self, Method method, @Nullable Object[] arguments) {
        return switch (method.getName()) {
            case "equals" -> self == arguments[0];
            case "hashCode" -> System.identityHashCode(self);
            default -> "read-only view for an extension";
        };
    }

    private static <T> T view(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(ExtensionInvocation.class.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
