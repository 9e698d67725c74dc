/** How long may a client act, and what remains of it? Leases: a listener, a profile and a label for one client, and their end. */
@NullMarked
package org.socketproxy.lease;

import org.jspecify.annotations.NullMarked;
