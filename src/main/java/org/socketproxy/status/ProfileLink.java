package org.socketproxy.status;

import java.util.List;
import org.socketproxy.policy.advice.Risk;

/**
 * A profile in the list of the status page.
 *
 * @param clients the conditions on its clients, such as {@code network 172.20.0.0/24}
 * @param isHard whether no condition rests on an address alone
 * @param isOtherwise whether it applies to clients that no other profile has
 * @param isShown whether the page shows this profile
 */
public record ProfileLink(
        String name,
        List<String> clients,
        boolean isHard,
        int allowed,
        Risk risk,
        boolean isLearning,
        boolean isOtherwise,
        boolean isShown) {
    public ProfileLink {
        clients = List.copyOf(clients);
    }

    /** Returns the conditions, or words for a profile without conditions. */
    public String clientsInWords() {
        String others = isOtherwise ? "all that no other profile has" : "";
        if (clients.isEmpty()) {
            return others.isEmpty() ? "none" : others;
        }
        return String.join("; ", clients) + (others.isEmpty() ? "" : "; " + others);
    }
}
