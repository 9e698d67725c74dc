/**
 * Which classes of Jetty does the proxy specialise, and what does each gain?
 *
 * <p>{@code docs/decisions/0010} has what each gains, measured. An upgrade of Jetty must check each class of this package:
 * they depend on classes that Jetty calls internal.
 */
@NullMarked
package org.socketproxy.jetty;

import org.jspecify.annotations.NullMarked;
