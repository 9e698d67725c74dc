/**
 * Which classes of Jetty does the proxy specialise, and what does each gain?
 *
 * <p>{@code docs/decisions/0010-one-thread-carries-an-exchange.md} has the measured gains. Several classes depend on
 * internal classes of Jetty; each class comment says what to check after an upgrade of Jetty.
 */
@NullMarked
package org.socketproxy.jetty;

import org.jspecify.annotations.NullMarked;
