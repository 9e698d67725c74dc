/**
 * Who is asking?
 *
 * <p>Start at {@link org.socketproxy.client.Client}: the address, the Unix peer or the certificate at the other end of a
 * connection. {@link org.socketproxy.client.PrintableText} escapes the names that clients choose.
 */
@NullMarked
package org.socketproxy.client;

import org.jspecify.annotations.NullMarked;
