/**
 * Which extensions does the filter chain call, and do they allow the request?
 *
 * <p>Start at {@link org.socketproxy.filter.extension.Extensions#load}, which loads them. Their API is
 * {@link org.socketproxy.extension}; {@link org.socketproxy.filter.extension.ExtensionFilter} calls them and evaluates
 * the result.
 */
@NullMarked
package org.socketproxy.filter.extension;

import org.jspecify.annotations.NullMarked;
