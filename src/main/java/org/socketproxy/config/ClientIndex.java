package org.socketproxy.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.client.IpAddress;
import org.socketproxy.client.IpNetwork;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;

/**
 * Finds the first profile of a client among any number: by its address, for each length of a prefix, in the profiles that have only
 * networks; in the others one after the other.
 *
 * <p>Threading: immutable.
 */
final class ClientIndex {
    private final List<ConfiguredProfile> all;
    /** Positions of the first profile with each network. */
    private final Map<IpNetwork, Integer> firsts = new HashMap<>();

    private final int[] prefixes;
    /** Positions of the profiles with other conditions. */
    private final int[] others;

    ClientIndex(List<ConfiguredProfile> all) {
        this.all = List.copyOf(all);
        for (int i = 0; i < all.size(); i++) {
            if (isOfNetworks(all.get(i))) {
                for (ClientMatcher matcher : all.get(i).settings().clients()) {
                    firsts.putIfAbsent(matcher.remoteNetwork(), i);
                }
            }
        }
        this.prefixes =
                firsts.keySet().stream().mapToInt(IpNetwork::prefix).distinct().toArray();
        this.others = IntStream.range(0, all.size())
                .filter(i -> !isOfNetworks(all.get(i)))
                .toArray();
    }

    private static boolean isOfNetworks(ConfiguredProfile profile) {
        return profile.settings().clients().stream().allMatch(matcher -> matcher.remoteNetwork() != null);
    }

    /** Returns null without a profile. */
    @Nullable
    ConfiguredProfile find(Client client) {
        int first = all.size();
        IpAddress remote = client.remote();
        for (int i = 0; remote != null && i < prefixes.length; i++) {
            Integer found = firsts.get(IpNetwork.around(remote, prefixes[i]));
            if (found != null && !all.get(found).has(client)) {
                return scan(client); // the address is not believed, and another network of a later profile may be
            }
            first = found == null ? first : Math.min(first, found);
        }
        for (int other : others) {
            if (other > first) {
                break;
            }
            if (all.get(other).has(client)) {
                return all.get(other);
            }
        }
        return first == all.size() ? null : all.get(first);
    }

    private @Nullable ConfiguredProfile scan(Client client) {
        return all.stream().filter(each -> each.has(client)).findFirst().orElse(null);
    }
}
