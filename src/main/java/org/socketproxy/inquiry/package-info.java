/**
 * What does the daemon tell about the objects that a request names, and what is the verdict?
 *
 * <p>Start at {@link org.socketproxy.inquiry.Inquiry}: a {@link org.socketproxy.inquiry.Step} gets one, and returns a
 * {@link org.socketproxy.inquiry.Verdict}. {@link org.socketproxy.inquiry.DaemonObjects} has what is remembered between requests.
 */
@NullMarked
package org.socketproxy.inquiry;

import org.jspecify.annotations.NullMarked;
