package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.Map;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;

/**
 * The configuration that an image gives to its containers.
 *
 * @param members by name; empty for an image without a readable configuration
 */
public record ImageConfig(Map<String, JsonValue> members) {
    private static final int LONGEST_BYTES = 64 * 1024;

    public ImageConfig {
        members = Map.copyOf(members);
    }

    /** Reads the daemon's response to ImageInspect, up to 64 KiB. */
    public static ImageConfig read(ByteBuffer inspect) {
        try {
            return inspect.remaining() <= LONGEST_BYTES && StrictJson.read(inspect) instanceof JsonObject image
                    ? new ImageConfig(image.object("Config").members())
                    : new ImageConfig(Map.of());
        } catch (InvalidJsonException unreadable) {
            return new ImageConfig(Map.of());
        }
    }
}
