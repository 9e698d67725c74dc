package org.socketproxy.filter.extension;

import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import java.util.Collections;
import java.util.Enumeration;
import org.jspecify.annotations.Nullable;

/**
 * Filter configuration of an extension, which contains only its name.
 *
 * <p>Security: it gives no access to the servlet context, which could register filters and servlets outside the chain.
 *
 * @param getFilterName the class of the extension
 */
record ExtensionConfig(String getFilterName) implements FilterConfig {
    @Override
    public ServletContext getServletContext() {
        throw new UnsupportedOperationException("an extension has no servlet context");
    }

    /** Returns null: an extension reads its settings from the environment or from a file. */
    @Override
    public @Nullable String getInitParameter(String name) {
        return null;
    }

    @Override
    public Enumeration<String> getInitParameterNames() {
        return Collections.emptyEnumeration();
    }
}
