/** Which events are reported to the administrator, and how? Start at {@link org.socketproxy.notify.Notifier}. */
@NullMarked
package org.socketproxy.notify;

import org.jspecify.annotations.NullMarked;
