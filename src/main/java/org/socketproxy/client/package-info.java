/**
 * Which client sent the request?
 *
 * <p>Start at {@link org.socketproxy.client.Client}: the address, the Unix peer or the certificate of a connection.
 * {@link org.socketproxy.client.ClientMatcher} is a condition on it.
 * {@link org.socketproxy.client.PrintableText} escapes text that clients control.
 */
@NullMarked
package org.socketproxy.client;

import org.jspecify.annotations.NullMarked;
