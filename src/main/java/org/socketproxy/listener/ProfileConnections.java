package org.socketproxy.listener;

import java.util.Set;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.ProfileConcurrency;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileLimits.ProfileLimit;
import org.socketproxy.policy.Profiles;

/**
 * Counts a connection for the profile that its client has when it connects. A reload does not move it to another profile.
 *
 * @param load the counts of all profiles
 */
public record ProfileConnections(Profiles profiles, ProfileConcurrency load) {
    private static final Set<ProfileLimit> CONNECTIONS = Set.of(ProfileLimit.CONNECTIONS);

    /** @param refusal the response to a connection beyond the limit, which is not counted; else null */
    record Counted(ProfileConcurrency.Share share, @Nullable ErrorReply refusal) {}

    Counted count(Client client) {
        Profile profile = profiles.of(client);
        ProfileConcurrency.Share share = load.take(profile, CONNECTIONS);
        ProfileLimit exceeded = share.exceeded();
        ErrorReply refusal = exceeded == null
                ? null
                : new ErrorReply(
                        HttpStatus.TOO_MANY_REQUESTS_429, profile.limits().sentence(exceeded, profile.origin()));
        return new Counted(share, refusal);
    }

    void release(Counted counted) {
        load.release(counted.share);
    }
}
