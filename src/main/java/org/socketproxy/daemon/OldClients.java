package org.socketproxy.daemon;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.client.Client;
import org.socketproxy.dockerapi.ApiVersion;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.policy.ApiTranslation;
import org.socketproxy.policy.ApiTranslation.Translated;
import org.socketproxy.policy.Profile;

/**
 * Clients that use a lower API version than the daemon accepts: one line in the log for each, and a note on the status page.
 *
 * <p>Threading: thread-safe.
 *
 * <p>Security: only permitted requests count, and only the first {@value #MOST} clients of each kind, so that clients fill neither
 * memory nor log.
 */
public final class OldClients {
    static final int MOST = 100;

    private static final Logger LOG = LoggerFactory.getLogger(OldClients.class);
    private static final int MOST_SHOWN = 20;

    private final Map<Key, Note> translated = new ConcurrentHashMap<>();
    private final Map<Key, Note> untranslated = new ConcurrentHashMap<>();
    private final Map<Key, Note> refused = new ConcurrentHashMap<>();

    private record Key(String profile, String client) {}

    private record Note(String sentence, ApiVersion needed) {}

    /** Notes a client with a request that is forwarded with a newer version. */
    public void translated(Profile profile, Client client, Translated versions) {
        if (translated.size() < MOST) {
            String sentence = "client " + client.name() + " uses API " + versions.own()
                    + ": its requests are forwarded with API " + versions.forwarded();
            if (isNew(translated, profile, client, new Note(sentence, versions.forwarded()))) {
                LOG.info("{}", sentence);
            }
        }
    }

    /** Notes a client whose request the daemon has refused. */
    void refused(Profile profile, Client client, Operation operation, ApiVersion own, ApiVersion needed) {
        boolean isTranslating = isSufficient(profile, needed);
        String remedy = profile.origin().isOfFile()
                ? "set api-version: auto in the profile " + profile.name()
                : "set API_VERSION=auto";
        String reason = "a request of " + operation.id() + " could mean something else in the newer version and is not"
                + " translated; use a newer version of the client (docs/old-clients.md)";
        String sentence = "client " + client.name() + " uses API " + own + ", the daemon needs " + needed + ": "
                + (isTranslating ? reason : remedy);
        if (isNew(isTranslating ? untranslated : refused, profile, client, new Note(sentence, needed))) {
            LOG.warn("{}", sentence);
        }
    }

    private static boolean isSufficient(Profile profile, ApiVersion needed) {
        ApiVersion version = profile.get(ApiTranslation.KEY).version();
        return profile.get(ApiTranslation.KEY).isAuto() || version != null && !version.isBefore(needed);
    }

    private static boolean isNew(Map<Key, Note> notes, Profile profile, Client client, Note note) {
        return notes.size() < MOST && notes.putIfAbsent(new Key(profile.name(), client.name()), note) == null;
    }

    /** Returns the sentences about the clients of a profile, as far as they are true with its configuration in force. */
    public List<String> notes(Profile profile) {
        return Stream.concat(
                        of(refused, profile).filter(note -> !isSufficient(profile, note.needed)),
                        Stream.concat(of(untranslated, profile), of(translated, profile))
                                .filter(note -> isSufficient(profile, note.needed)))
                .map(Note::sentence)
                .limit(MOST_SHOWN)
                .toList();
    }

    int size() {
        return translated.size() + untranslated.size() + refused.size();
    }

    private static Stream<Note> of(Map<Key, Note> notes, Profile profile) {
        return notes.entrySet().stream()
                .filter(entry -> entry.getKey().profile.equals(profile.name()))
                .map(Map.Entry::getValue);
    }
}
