package org.socketproxy.decide;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;

/** Calls a filter at the first dispatch that is not one of the client filter's wait, and passes later ones on. */
public final class OnceFilter implements Filter {
    private static final String RESUMED = OnceFilter.class.getName();

    private final Filter filter;

    public OnceFilter(Filter filter) {
        this.filter = filter;
    }

    /** Returns true in the first dispatch of a request that passes the client filter. */
    public static boolean isFirst(ServletRequest request) {
        return request.getDispatcherType() == DispatcherType.REQUEST || request.getAttribute(RESUMED) != null;
    }

    /** Passes a request on as in its first dispatch. */
    public static void resume(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        request.setAttribute(RESUMED, true);
        try {
            chain.doFilter(request, response);
        } finally {
            request.removeAttribute(RESUMED); // the servlet container begins no other dispatch before
        }
    }

    @Override
    public void init(FilterConfig config) throws ServletException {
        filter.init(config);
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (isFirst(request)) {
            filter.doFilter(request, response, chain);
        } else {
            chain.doFilter(request, response);
        }
    }

    @Override
    public void destroy() {
        filter.destroy();
    }
}
