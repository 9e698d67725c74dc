/**
 * What may others rely on who deny more than the variables do?
 *
 * <p>An extension is a {@link jakarta.servlet.Filter} with a constructor without parameters, named in
 * {@code META-INF/services/jakarta.servlet.Filter} of its jar. It is asked once for each request that the policy let
 * through, before a byte of it goes to the daemon:
 *
 * <pre>{@code
 * public final class NoPlugins extends HttpFilter {
 *     @Override
 *     protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
 *             throws IOException, ServletException {
 *         if (ExchangeFacts.of(request).operation().id().startsWith("Plugin")) {
 *             throw new DeniedException("no plugins here");
 *         }
 *         chain.doFilter(request, response);
 *     }
 * }
 * }</pre>
 *
 * <p>It either calls {@code chain.doFilter} once, with the request and the response that it was given, and returns; or it
 * denies, by a {@link org.socketproxy.extension.DeniedException} or {@code response.sendError}. All else denies too, with
 * status 500 and a line in the log: any other exception, returning without either, passing on something else, reading the
 * body, writing a response, starting asynchronous handling.
 *
 * <p>{@code chain.doFilter} returns at once and sends nothing yet: the request goes to the daemon, or to the next
 * extension, when the filter has returned. So whatever a filter throws after it still denies.
 *
 * <p>Threading: a filter is asked by many threads at a time. It may block; what it blocks is a thread of 200, so what it
 * waits for needs a limit of its own.
 *
 * <p>Versions: this package, the servlet API 6.0, {@code jakarta.annotation} and {@code org.slf4j} are all of the proxy that
 * an extension sees. By Semantic Versioning, nothing of this package is removed, renamed or changed in its meaning without a
 * new major version. Records may grow by components, so code other than tests should not call their constructors. Until
 * version 1.0 a minor version may change it, and the changelog says so.
 */
@NullMarked
package org.socketproxy.extension;

import org.jspecify.annotations.NullMarked;
