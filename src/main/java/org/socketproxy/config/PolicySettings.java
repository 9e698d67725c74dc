package org.socketproxy.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.socketproxy.client.HostNames;

/**
 * The profiles of the clients.
 *
 * @param profiles the profiles of the policy file, in its order; the first one with the client applies; empty without a file
 * @param otherwise profile of all other clients; without a policy file, the profile of the environment
 * @param hosts host names in the conditions of the profiles; not started
 * @param text the policy file, or the permissions of the environment as lines of an env file
 * @param place of the policy file
 * @param leases templates of leases; empty without a file
 */
public record PolicySettings(
        List<ProfileSettings> profiles,
        ProfileSettings otherwise,
        HostNames hosts,
        String text,
        Place place,
        List<LeaseTemplate> leases) {
    private static final HostNames NO_HOSTS = new HostNames();

    public PolicySettings {
        profiles = List.copyOf(profiles);
        leases = List.copyOf(leases);
    }

    static PolicySettings ofEnvironment(ProfileSettings profile, String text) {
        return new PolicySettings(List.of(), profile, NO_HOSTS, text, Place.NONE, List.of());
    }

    /**
     * Where a policy comes from.
     *
     * @param file path of the policy file; empty for the environment
     * @param version of the signed policy file; 0 without a signature
     */
    public record Place(String file, long version) {
        static final Place NONE = new Place("", 0);
    }

    /** Returns the path of the policy file; empty for the environment. */
    public String source() {
        return place.file;
    }

    /** Returns the version of the signed policy file; 0 without a signature. */
    public long version() {
        return place.version;
    }

    public boolean isOfFile() {
        return otherwise.origin().isOfFile();
    }

    /** Returns each profile once, in the order of their evaluation. */
    public List<ProfileSettings> all() {
        List<ProfileSettings> all = new ArrayList<>(profiles);
        if (!all.contains(otherwise)) {
            all.add(otherwise);
        }
        return all;
    }

    /** Returns the template of leases with this name. */
    public Optional<LeaseTemplate> lease(String name) {
        return leases.stream().filter(lease -> lease.name().equals(name)).findFirst();
    }

    public Optional<ProfileSettings> find(String name) {
        return all().stream().filter(profile -> profile.name().equals(name)).findFirst();
    }
}
