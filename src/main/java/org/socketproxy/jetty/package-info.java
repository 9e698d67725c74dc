/**
 * Which classes of Jetty does the proxy specialise, and what does each gain?
 *
 * <p>{@code docs/evidence/performance.md} has the measured gains. Several classes depend on
 * internal classes of Jetty; {@code CONTRIBUTING.md} lists the tests to run after an upgrade of Jetty, and each class
 * comment names the methods to check.
 */
@NullMarked
package org.socketproxy.jetty;

import org.jspecify.annotations.NullMarked;
