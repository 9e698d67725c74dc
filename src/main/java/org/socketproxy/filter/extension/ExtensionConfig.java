package org.socketproxy.filter.extension;

import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import java.util.Collections;
import java.util.Enumeration;
import org.jspecify.annotations.Nullable;

/**
 * What an extension is initialized with: its name.
 *
 * <p>Security: no container, by which it could add filters and servlets of its own beside the chain.
 *
 * @param getFilterName the class of the extension
 */
record ExtensionConfig(String getFilterName) implements FilterConfig {
    @Override
    public ServletContext getServletContext() {
        throw new UnsupportedOperationException("an extension has no servlet context");
    }

    /** None: an extension reads what it needs of the environment, or of a file. */
    @Override
    public @Nullable String getInitParameter(String name) {
        return null;
    }

    @Override
    public Enumeration<String> getInitParameterNames() {
        return Collections.emptyEnumeration();
    }
}
