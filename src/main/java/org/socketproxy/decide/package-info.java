/**
 * Which objects does a permitted request act on, and may the profile act on them?
 *
 * <p>Everything between the permission filter and the servlet that depends on the request body or on answers of the daemon.
 */
@NullMarked
package org.socketproxy.decide;

import org.jspecify.annotations.NullMarked;
