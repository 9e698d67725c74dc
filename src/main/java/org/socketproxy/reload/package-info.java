/**
 * What can change while the proxy runs?
 *
 * <p>Start at {@link org.socketproxy.reload.LiveConfiguration}, which holds the settings and the policy in force.
 * {@link org.socketproxy.reload.ChangePoller} polls for changed files once per second and reloads immediately on SIGHUP.
 */
@NullMarked
package org.socketproxy.reload;

import org.jspecify.annotations.NullMarked;
