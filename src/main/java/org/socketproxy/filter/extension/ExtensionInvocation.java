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
 * One extension is asked about one exchange. It says yes by {@code chain.doFilter}, no by a denial, and whatever else it
 * does is a failure, which stays one even if it catches the exception that it got for it.
 *
 * <p>Threading: it may ask others to answer for it, as long as it waits for them; what they do later is refused.
 */
final class ExtensionInvocation {
    private static final Set<String> READABLE_OF_RESPONSE =
            Set.of("isCommitted", "getStatus", "containsHeader", "getHeader", "getHeaders", "getHeaderNames");
    private static final int FIRST_ERROR = 400;
    private static final int LAST_ERROR = 599;

    /** What came of it. */
    sealed interface Outcome permits Passed, Denied, Failed {}

    record Passed() implements Outcome {}

    record Denied(ErrorReply reply) implements Outcome {}

    /** @param cause what it threw, or null */
    record Failed(String sentence, @Nullable Throwable cause) implements Outcome {}

    private final ReadOnlyRequestView asked;
    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private boolean isPassed;
    private boolean isOver;
    private @Nullable ErrorReply answer;
    private @Nullable String breach;

    private ExtensionInvocation(ReadOnlyRequestView asked, HttpServletResponse original) {
        this.asked = asked;
        this.request = view(HttpServletRequest.class, this::callRequest);
        this.response =
                view(HttpServletResponse.class, (self, method, arguments) -> callResponse(original, method, arguments));
    }

    static Outcome hold(Filter extension, ReadOnlyRequestView asked, HttpServletResponse response) {
        return new ExtensionInvocation(asked, response).hold(extension);
    }

    private Outcome hold(Filter extension) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(extension.getClass().getClassLoader());
        try {
            extension.doFilter(request, response, this::pass);
            return end(null, null);
        } catch (DeniedException denial) {
            return end(new ErrorReply(403, denial.getMessage()), null);
        } catch (Throwable broken) { // an error too: a class that is missing must not let the request pass
            return end(null, broken);
        } finally {
            thread.setContextClassLoader(before);
            Thread.interrupted(); // else the next write on a channel would close it
        }
    }

    private synchronized Outcome end(@Nullable ErrorReply denial, @Nullable Throwable thrown) {
        isOver = true;
        if (breach != null) {
            return new Failed(breach, thrown);
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
                : new Failed("it returned and neither passed the request on nor denied it", null);
    }

    /** The extension's chain: noted now, and done when it has returned. */
    private synchronized void pass(ServletRequest given, ServletResponse answered) {
        if (isOver) {
            throw breach("it passed the request on after it had returned");
        }
        if (given != request || answered != response) {
            throw breach("it passed on another request or response than it was given");
        }
        if (isPassed) {
            throw breach("it passed the request on twice");
        }
        if (answer != null) {
            throw breach("it answered, and then passed the request on");
        }
        isPassed = true;
    }

    private synchronized @Nullable Object callRequest(Object self, Method method, @Nullable Object[] arguments)
            throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return callObject(self, method, arguments);
        }
        if (isOver || !asked.answers(method)) {
            throw breach(
                    "it called " + method.getName() + " of the request" + (isOver ? " after it had returned" : ""));
        }
        return invoked(() -> asked.call(method, arguments));
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
            throw breach(
                    "it called " + method.getName() + " of the response" + (isOver ? " after it had returned" : ""));
        }
        return invoked(() -> method.invoke(original, arguments));
    }

    private void answer(int status, @Nullable String sentence) {
        if (status < FIRST_ERROR || status > LAST_ERROR) {
            throw breach("it answered with status " + status + ", which is no error");
        }
        if (answer != null || isPassed) {
            throw breach("it answered after it had passed the request on or answered already");
        }
        answer = new ErrorReply(status, sentence == null || sentence.isBlank() ? "an extension denied it" : sentence);
    }

    private IllegalStateException breach(String what) {
        if (breach == null) {
            breach = what;
        }
        return new IllegalStateException("An extension may read, pass on or deny: " + what);
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
            default -> "what an extension may see";
        };
    }

    private static <T> T view(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(ExtensionInvocation.class.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
