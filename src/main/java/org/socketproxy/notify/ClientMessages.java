package org.socketproxy.notify;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Waiting messages that clients cause. Profiles have equal shares of the places and of the rate, and in a profile its clients.
 *
 * <p>Threading: not thread-safe; the queue locks.
 *
 * <p>Security: bounded. A client or a profile delays the first message of another one by at most one message of each profile.
 */
final class ClientMessages {
    static final int CAPACITY = 32;
    static final int MOST_OF_CLIENT = 5;
    private static final int MOST_CLIENTS = 256;

    private final List<Notification> waiting = new ArrayList<>();
    /** Number of the last message that was taken. The administrator bounds the number of profiles. */
    private final Map<String, Long> profiles = new HashMap<>();

    private final Map<String, Long> clients = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MOST_CLIENTS;
        }
    };
    private long taken;

    /** Adds a message; returns the message that has no place, this one or one of a larger share, or null. */
    @Nullable
    Notification add(Notification message) {
        if (waiting.stream()
                        .filter(each -> client(each).equals(client(message)))
                        .count()
                == MOST_OF_CLIENT) {
            return message;
        }
        waiting.add(message);
        if (waiting.size() <= CAPACITY) {
            return null;
        }
        List<Notification> ofProfile = largest(waiting, Notification::profile);
        List<Notification> ofClient = largest(ofProfile, ClientMessages::client);
        Notification last = ofClient.get(ofClient.size() - 1);
        waiting.remove(last);
        return last;
    }

    /** Returns the largest share; of equal ones that whose first message came last. */
    private static List<Notification> largest(List<Notification> messages, Function<Notification, String> owner) {
        Map<String, List<Notification>> shares = new LinkedHashMap<>();
        messages.forEach(each -> shares.computeIfAbsent(owner.apply(each), first -> new ArrayList<>())
                .add(each));
        return shares.values().stream()
                .reduce((one, other) -> other.size() >= one.size() ? other : one)
                .orElse(messages);
    }

    private static String client(Notification message) {
        return message.profile() + "\n" + message.cause().client();
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    int size() {
        return waiting.size();
    }

    /** Removes the message of the profile, and in it of the client, that has waited longest for its turn; null without one. */
    @Nullable
    Notification take() {
        Notification next = waiting.stream()
                .min(Comparator.comparingLong((Notification each) -> profiles.getOrDefault(each.profile(), 0L))
                        .thenComparingLong(each -> clients.getOrDefault(client(each), 0L)))
                .orElse(null);
        if (next != null) {
            waiting.remove(next);
            taken++;
            profiles.put(next.profile(), taken);
            clients.put(client(next), taken);
        }
        return next;
    }
}
