package org.socketproxy.status;

import java.util.List;

/**
 * A profile in the list of the status page.
 *
 * @param clients the conditions on its clients, such as {@code network 172.20.0.0/24}
 * @param isHard whether no condition rests on an address alone
 * @param allowed number of operations that it allows
 * @param isShown whether the page shows this profile
 */
public record ProfileLink(String name, List<String> clients, boolean isHard, int allowed, boolean isShown) {
    public ProfileLink {
        clients = List.copyOf(clients);
    }
}
