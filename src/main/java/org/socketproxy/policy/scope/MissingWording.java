package org.socketproxy.policy.scope;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.ImageName;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/**
 * A query about an object with a random name, which does not exist. The daemon's answer is the pattern of its errors for
 * missing objects of the kind.
 *
 * <p>Security: the query contains nothing of the client, and only an error about the random name is a pattern.
 *
 * @param query path and query
 * @param name what the daemon prints for the random name
 * @param fullName what it prints for the random name of an image with the default registry
 * @param tag what it prints for the random tag
 */
public record MissingWording(String query, String name, String fullName, String tag) {
    private static final SecureRandom RANDOM = new SecureRandom();
    static final String NAME = "missing" + random();
    static final String TAG = "tag" + random();
    private static final String FULL_NAME = ImageName.split(NAME).name();
    private static final int NOT_FOUND = 404;

    private static String random() {
        byte[] bytes = new byte[16];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** Returns the query for operations that fail as the inspect does; null if the daemon reads the name in another way than the random one. */
    static @Nullable MissingWording ofInspect(Subject subject, String name) {
        return subject == Subject.IMAGE ? ofImage(name, "/json") : ofName(ObjectRef.query(subject, NAME), name);
    }

    /** Podman words a missing network in another way on Docker's API. */
    static MissingWording ofLibpodInspect(Subject subject, String name) {
        String query = subject == Subject.NETWORK
                ? ObjectRef.podmanNetwork(NAME)
                : ObjectRef.ofBody(subject, NAME, true).query();
        return ofName(query, name);
    }

    static @Nullable MissingWording ofExport(String image) {
        return ofImage(image, "/get");
    }

    private static MissingWording ofName(String query, String name) {
        return new MissingWording(query, name, FULL_NAME, TAG);
    }

    /** Names with a digest and ids have no random counterpart. */
    private static @Nullable MissingWording ofImage(String name, String action) {
        ImageName image = ImageName.parse(name).orElse(null);
        if (image == null || !image.digest().isEmpty()) {
            return null;
        }
        String query = "/images/" + NAME + (image.isNameOnly() ? "" : ":" + TAG) + action;
        return new MissingWording(query, image.familiarName(), image.name(), image.tag());
    }

    /** Returns true if the answer to the query is the daemon's error about the random name. */
    public boolean isPattern(int status, String answer) {
        return status == NOT_FOUND
                && answer.contains(NAME)
                && !StrictJson.object(StandardCharsets.UTF_8.encode(answer))
                        .members()
                        .isEmpty();
    }

    /** Returns the daemon's error for the object itself. */
    public String text(String pattern) {
        return pattern.replace(FULL_NAME, inJson(fullName))
                .replace(NAME, inJson(name))
                .replace(TAG, inJson(tag));
    }

    private static String inJson(String text) {
        String quoted = JsonText.string(text);
        return quoted.substring(1, quoted.length() - 1);
    }
}
