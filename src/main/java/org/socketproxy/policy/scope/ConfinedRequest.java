package org.socketproxy.policy.scope;

import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.RequestTarget;

/**
 * A request that is restricted to the objects of a profile.
 *
 * @param target the target to forward; its filters select own objects as far as the daemon can filter
 * @param view what the client may see of the response, or null if the daemon sends only that
 */
public record ConfinedRequest(
        RequestTarget target, @Nullable ResponseView view) {}
