package org.socketproxy.status;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.reload.ReloadResult;

/**
 * Configuration of the running proxy, for the start report and the status page.
 *
 * @param daemon address of the daemon, such as {@code unix:///var/run/docker.sock}
 * @param extensions names, in the order of their invocation
 * @param profiles the profiles of the policy file, in their order; empty without a policy file
 * @param profile the shown profile
 * @param defaults names of the variables that are on if the environment does not set them
 * @param file name of the file with the permissions, or empty for the environment
 * @param hints unexpected effects of the variables, one sentence each
 * @param ownContainer sentence about the protection of the proxy's container
 * @param notifications number of messages to the administrator
 */
public record ProxySetup(
        String version,
        Instant since,
        String daemon,
        List<String> listening,
        List<String> extensions,
        List<Variable> variables,
        List<ProfileLink> profiles,
        Profile profile,
        Risk risk,
        Set<String> defaults,
        AssignmentForm form,
        String file,
        List<String> hints,
        String ownContainer,
        String notifications,
        @Nullable ReloadResult lastReload) {

    /** Name of the proxy's service in the examples. */
    private static final String SERVICE = "socket-proxy";

    public ProxySetup {
        listening = List.copyOf(listening);
        extensions = List.copyOf(extensions);
        variables = List.copyOf(variables);
        profiles = List.copyOf(profiles);
        defaults = Set.copyOf(defaults);
        hints = List.copyOf(hints);
    }

    /** Remaining minutes of learn mode, rounded up; 0 if learn mode is off. */
    public long learningMinutes() {
        return (profile.learning().left().toSeconds() + 59) / 60;
    }

    /** Returns the link of the shown profile of a policy file. */
    public ProfileLink link() {
        return profiles.stream().filter(ProfileLink::isShown).findFirst().orElseThrow();
    }

    /** Returns the lines with which a client that reads {@code DOCKER_HOST} connects, a text for each listener. */
    public List<String> connections() {
        return listening.stream().map(ProxySetup::connection).distinct().toList();
    }

    /** Returns whether {@link #connections} name the proxy's service in place of a wildcard address. */
    public boolean isReachedByService() {
        return connections().stream().anyMatch(lines -> lines.contains("//" + SERVICE + ":"));
    }

    static String connection(String address) {
        String reached =
                address.replaceFirst("\\?.*", "").replaceFirst("//(0\\.0\\.0\\.0|\\[::\\]|)(?=:)", "//" + SERVICE);
        return reached.startsWith("tls:")
                ? "DOCKER_HOST=tcp:" + reached.substring(4) + "\nDOCKER_TLS_VERIFY=1"
                : "DOCKER_HOST=" + reached;
    }

    public Set<String> granted() {
        return profile.policy().granted();
    }

    /**
     * A profile in the list of the status page.
     *
     * @param clients the conditions on its clients, such as {@code network 172.20.0.0/24}
     * @param isHard whether no condition rests on an address alone
     * @param rules CREATE, EXEC_ALLOW, TARGETS, WRITE_TARGETS, MASK and max, one assignment each
     * @param isOtherwise whether it applies to clients without a profile
     */
    public record ProfileLink(
            String name,
            List<String> clients,
            boolean isHard,
            int allowed,
            List<String> rules,
            Risk risk,
            boolean isLearning,
            boolean isOtherwise,
            boolean isShown) {
        public ProfileLink {
            clients = List.copyOf(clients);
            rules = List.copyOf(rules);
        }

        public ProfileLink shown() {
            return new ProfileLink(name, clients, isHard, allowed, rules, risk, isLearning, isOtherwise, true);
        }

        public String clientsInWords() {
            String others = isOtherwise ? "all that no other profile has" : "";
            if (clients.isEmpty()) {
                return others.isEmpty() ? "none" : others;
            }
            return String.join("; ", clients) + (others.isEmpty() ? "" : "; " + others);
        }
    }
}
