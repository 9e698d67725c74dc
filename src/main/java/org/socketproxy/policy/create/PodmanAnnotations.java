package org.socketproxy.policy.create;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * The annotations that Podman 5.4 itself gives a container when it creates or starts it, by name and form of the value. They
 * confer nothing: what they repeat is judged in other fields, such as {@code Privileged} and {@code SecurityOpt}.
 */
final class PodmanAnnotations {
    private static final Pattern NUMBER = Pattern.compile("(?:uint64 )?[0-9]{1,20}");
    private static final Pattern FLAG = Pattern.compile("TRUE|FALSE");
    private static final Pattern TEXT = Pattern.compile(".*", Pattern.DOTALL);
    private static final String OWN = "io.podman.annotations.";

    private static final Map<String, Pattern> FORMS = Map.ofEntries(
            Map.entry("io.container.manager", Pattern.compile("libpod")),
            Map.entry("org.opencontainers.image.stopSignal", NUMBER),
            Map.entry("org.systemd.property.KillSignal", NUMBER),
            Map.entry("org.systemd.property.TimeoutStopUSec", NUMBER),
            Map.entry(OWN + "autoremove", FLAG),
            Map.entry(OWN + "init", FLAG),
            Map.entry(OWN + "privileged", FLAG),
            Map.entry(OWN + "publish-all", FLAG),
            Map.entry(OWN + "seccomp", TEXT),
            Map.entry(OWN + "apparmor", TEXT),
            Map.entry(OWN + "label", TEXT));

    private PodmanAnnotations() {}

    /** Returns the annotations without those of Podman; a value that is not an object stays. */
    static JsonValue without(JsonValue annotations) {
        if (!(annotations instanceof JsonObject object)) {
            return annotations;
        }
        Map<String, JsonValue> others = new LinkedHashMap<>(object.members());
        others.entrySet().removeIf(annotation -> isOfPodman(annotation.getKey(), annotation.getValue()));
        return new JsonObject(others);
    }

    private static boolean isOfPodman(String name, JsonValue value) {
        Pattern form = FORMS.get(name);
        return form != null
                && value instanceof JsonString text
                && form.matcher(text.text()).matches();
    }
}
