/**
 * Which API may extensions rely on?
 *
 * <p>An extension denies requests that the policy allows. It is a {@link jakarta.servlet.Filter} with a constructor
 * without parameters, named in {@code META-INF/services/jakarta.servlet.Filter} of its jar. The proxy calls it once for
 * each request that the policy allows, before it sends a byte of the request to the daemon:
 *
 * <pre>{@code
 * public final class NoPlugins extends HttpFilter {
 *     @Override
 *     protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
 *             throws IOException, ServletException {
 *         if (ExchangeFacts.of(request).operation().id().startsWith("Plugin")) {
 *             throw new DeniedException("plugins are not allowed");
 *         }
 *         chain.doFilter(request, response);
 *     }
 * }
 * }</pre>
 *
 * <p>To allow a request, the filter calls {@code chain.doFilter} once with the same request and response, and returns.
 * To deny it, the filter throws a {@link org.socketproxy.extension.DeniedException} or calls
 * {@code response.sendError}. In all other cases the proxy denies the request with status 500 and logs an error: the
 * filter throws another exception, does neither, passes on another request or response, reads the body, writes a
 * response, or starts asynchronous processing.
 *
 * <p>{@code chain.doFilter} returns immediately and sends nothing: after the filter has returned, the proxy calls the
 * next extension or forwards the request. An exception that the filter throws after {@code chain.doFilter} therefore
 * still denies.
 *
 * <p>Threading: several threads call a filter concurrently. It may block one thread of a pool of 64, so use a timeout.
 *
 * <p>Versions: an extension can use this package, the servlet API 6.0, {@code jakarta.annotation} and
 * {@code org.slf4j}, but no other class of the proxy. By Semantic Versioning, this package is only changed incompatibly
 * in a new major version. Records may get additional components, so only tests should call their constructors. Before
 * version 1.0 a minor version may change the package; the changelog lists such changes.
 */
@NullMarked
package org.socketproxy.extension;

import org.jspecify.annotations.NullMarked;
