package org.socketproxy.recreate;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.policy.create.Violation;

/**
 * Warns of running containers that clients have stopped or removed, and that their profile could not create again: in the log, and
 * the last {@value #MOST} on the status page. One of these is not repeated.
 *
 * <p>Threading: safe for any number of threads.
 */
final class UnrecreatableContainers {
    private static final Logger LOG = LoggerFactory.getLogger(UnrecreatableContainers.class);
    private static final int MOST = 20;

    private record Key(String profile, String container) {}

    private final Map<Key, String> sentences = new LinkedHashMap<>(16, 0.75f, false) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, String> eldest) {
            return size() > MOST;
        }
    };

    /**
     * Warns of a container.
     *
     * @param container name or id
     * @param obstacle the first value that the rules deny in it
     */
    void add(String profile, String client, String container, Violation obstacle) {
        String sentence = "unrecreatable: client " + client + " has stopped, renamed or removed the running container "
                + JsonPointers.printable(container) + ", which its profile could not create again: "
                + obstacle.sentence()
                + "; an updater needs CREATE_ALLOW=recreate, and CREATE_REQUIRE=recreatable denies such"
                + " requests";
        boolean isNew;
        synchronized (sentences) {
            isNew = sentences.putIfAbsent(new Key(profile, container), sentence) == null;
        }
        if (isNew) {
            LOG.warn("{}", sentence);
        }
    }

    /** Returns the warnings for a profile, the oldest first. */
    List<String> notes(String profile) {
        synchronized (sentences) {
            return sentences.entrySet().stream()
                    .filter(entry -> entry.getKey().profile().equals(profile))
                    .map(Map.Entry::getValue)
                    .toList();
        }
    }
}
