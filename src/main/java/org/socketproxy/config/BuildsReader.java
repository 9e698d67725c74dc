package org.socketproxy.config;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.socketproxy.policy.Builds;
import org.socketproxy.policy.build.SessionNames;
import org.socketproxy.policy.build.SessionNames.Kind;
import org.socketproxy.policy.value.ProfileValues;
import org.socketproxy.yaml.YamlValue;

/** Reads {@code BUILD_SECRETS}, {@code BUILD_SSH} and {@code BUILD_REGISTRIES}. */
final class BuildsReader {
    private static final Map<String, Kind> BY_KEY =
            Arrays.stream(Kind.values()).collect(Collectors.toMap(Kind::key, Function.identity()));

    private BuildsReader() {}

    /** Turns {@code {secrets: [npm], ssh: []}} into {@code BUILD_SECRETS=npm} and {@code BUILD_SSH=none}. */
    static void readKeys(YamlValue value, ExecReader.Sink sink) {
        Map<String, YamlValue> parts =
                value.entries(Arrays.stream(Kind.values()).map(Kind::key).toList());
        parts.forEach((key, part) -> {
            Kind kind = BY_KEY.get(key);
            if (kind != null) {
                String names = TargetsReader.joined(part);
                sink.put(kind.setting(), part, names.isEmpty() ? SessionNames.NONE : names);
            }
        });
    }

    /**
     * Adds the names, and reports values that have no effect together.
     *
     * @param isJudging whether there are {@code CREATE} or {@code TARGETS}
     */
    static ProfileValues read(Reading reading, ProfileValues values, boolean isJudging) {
        boolean isTunnel = values.get(Builds.KEY) == Builds.TUNNEL;
        if (isTunnel && isJudging) {
            reading.refuse(
                    Setting.BUILDS,
                    reading.text(Setting.BUILDS),
                    "CREATE and TARGETS do not apply to what a tunnel carries: unset BUILDS, or CREATE and TARGETS");
        }
        Map<Kind, Set<String>> names = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            readNames(reading, kind, isTunnel, names);
        }
        return values.with(SessionNames.KEY, new SessionNames(names));
    }

    private static void readNames(Reading reading, Kind kind, boolean isTunnel, Map<Kind, Set<String>> names) {
        Setting setting = Setting.valueOf(kind.setting());
        List<String> elements = reading.elements(setting);
        if (elements.isEmpty()) {
            return;
        }
        boolean isNone = elements.equals(List.of(SessionNames.NONE));
        for (String element : isNone ? List.<String>of() : elements) {
            if (element.equals(SessionNames.NONE) || !kind.isName(element)) {
                reading.refuse(
                        setting,
                        element,
                        "use names such as " + example(kind) + ", or none alone to allow no " + kind.noun());
            }
        }
        if (isTunnel) {
            reading.refuse(setting, "it does not apply to what a tunnel carries: unset it, or BUILDS=tunnel");
        }
        names.put(kind, isNone ? Set.of() : new TreeSet<>(elements));
    }

    private static String example(Kind kind) {
        return switch (kind) {
            case SECRET -> "npm,netrc";
            case SSH -> "default";
            case REGISTRY -> "docker.io,registry.example.com:5000";
        };
    }
}
