/**
 * Which filters of others stand in the chain, and can they be used?
 *
 * <p>Start at {@link org.socketproxy.filter.extension.Extensions#load}. What such a filter may rely on is in
 * {@link org.socketproxy.extension}; what it is asked, and what is made of its answer, in
 * {@link org.socketproxy.filter.extension.ExtensionFilter}.
 */
@NullMarked
package org.socketproxy.filter.extension;

import org.jspecify.annotations.NullMarked;
