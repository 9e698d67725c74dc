package org.socketproxy.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.AllowedBind;
import org.socketproxy.policy.create.BindRules;
import org.socketproxy.policy.create.CreateAllowances;
import org.socketproxy.policy.create.CreatePermission;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.HostPaths;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.policy.create.Requirement;
import org.socketproxy.policy.create.Requirements;
import org.socketproxy.policy.value.ValueRule;

/** Reads {@code CREATE} and the settings that apply with it. */
final class CreateReader {
    private static final int SMALLEST_BODY = 1024;
    private static final int LARGEST_BODY = 16 << 20;
    private static final List<Setting> DEPENDENT =
            List.of(Setting.BINDS, Setting.CREATE_ALLOW, Setting.CREATE_REQUIRE, Setting.CREATE_IMAGES);
    private static final String BELOW = "/**";
    private static final Pattern IMAGE_PATTERN = Pattern.compile("[a-zA-Z0-9*][a-zA-Z0-9*._:/-]*");
    private static final Pattern ARGUMENT = Pattern.compile("[a-zA-Z0-9._/-]+");
    private static final Pattern PORTS = Pattern.compile("[1-9][0-9]{0,4}(?:-[1-9][0-9]{0,4})?");

    private final Function<Setting, String> values;
    private final BiConsumer<Setting, String> refuse;
    private final Consumer<Problem> problems;

    /**
     * @param values returns a setting's value or its default
     * @param refuse receives each setting with an invalid value, and the fix
     * @param problems receives a problem for each invalid element of a list
     */
    CreateReader(Function<Setting, String> values, BiConsumer<Setting, String> refuse, Consumer<Problem> problems) {
        this.values = values;
        this.refuse = refuse;
        this.problems = problems;
    }

    /**
     * Reads the rules.
     *
     * @param daemon its socket may never be bound
     * @param maxBody limit of a body in bytes
     * @return null without {@code CREATE=safe}
     */
    @Nullable
    CreateRules read(DaemonAddress daemon, int maxBody) {
        boolean isSafe = isSafe();
        CreateRules rules =
                new CreateRules(permissions(), binds(daemon), new ImageRules(images()), requirements(), maxBody);
        if (isSafe) {
            return rules;
        }
        for (Setting setting : DEPENDENT) {
            if (!values.apply(setting).isEmpty()) {
                refuse.accept(setting, "it has an effect only with CREATE=safe: set that too, or unset this");
            }
        }
        return null;
    }

    private boolean isSafe() {
        String value = values.apply(Setting.CREATE);
        if (value.equalsIgnoreCase("safe")) {
            return true;
        }
        if (!BooleanSetting.isNo(value)) {
            refuse.accept(Setting.CREATE, "use safe, or unset it so that the variables alone decide");
        }
        return false;
    }

    private Stream<String> elements(Setting setting) {
        return Arrays.stream(values.apply(setting).split(",", -1))
                .map(String::strip)
                .filter(text -> !text.isEmpty());
    }

    private void refuseElement(Setting setting, String element, String advice) {
        problems.accept(new Problem(setting.name(), element, advice));
    }

    private BindRules binds(DaemonAddress daemon) {
        List<String> forbidden = daemon instanceof DaemonAddress.Unix unix
                ? List.of(unix.socket().toString())
                : List.of();
        List<AllowedBind> binds = new ArrayList<>();
        elements(Setting.BINDS).forEach(element -> {
            boolean isReadOnly = element.endsWith(":ro");
            String mount = isReadOnly || element.endsWith(":rw") ? element.substring(0, element.length() - 3) : element;
            boolean isBelowToo = mount.endsWith(BELOW);
            String path = isBelowToo ? mount.substring(0, mount.length() - BELOW.length()) : mount;
            if (!HostPaths.isClean(path.isEmpty() && isBelowToo ? "/" : path)) {
                refuseElement(
                        Setting.BINDS,
                        element,
                        "use an absolute path without . and .. such as /srv/data, with /** for everything below and :ro"
                                + " for reading only");
            } else if (HostPaths.isForbidden(path.isEmpty() ? "/" : path, forbidden)) {
                refuseElement(
                        Setting.BINDS,
                        element,
                        "a container that has this path has the host: it is, contains, or is in a folder of the daemon"
                                + " or the kernel");
            } else {
                binds.add(new AllowedBind(path, isBelowToo, isReadOnly));
            }
        });
        return new BindRules(binds, forbidden);
    }

    private CreateAllowances permissions() {
        Map<CreatePermission, Set<String>> granted = new EnumMap<>(CreatePermission.class);
        Set<CreatePermission> unlimited = EnumSet.noneOf(CreatePermission.class);
        elements(Setting.CREATE_ALLOW).forEach(element -> {
            int colon = element.indexOf(':');
            String word = colon < 0 ? element : element.substring(0, colon);
            CreatePermission permission = CreatePermission.of(word).orElse(null);
            if (permission == null) {
                refuseElement(Setting.CREATE_ALLOW, element, unknown(word));
                return;
            }
            String argument = colon < 0 ? "" : normalized(permission, element.substring(colon + 1));
            if (!isArgument(permission, argument, colon >= 0)) {
                refuseElement(Setting.CREATE_ALLOW, element, "use " + permission.usage() + example(permission));
                return;
            }
            Set<String> arguments = granted.computeIfAbsent(permission, any -> new TreeSet<>());
            if (colon < 0) {
                unlimited.add(permission);
            } else {
                arguments.add(argument);
            }
        });
        if (unlimited.contains(CreatePermission.RECREATE)
                && elements(Setting.CREATE_IMAGES).findAny().isEmpty()) {
            refuseElement(
                    Setting.CREATE_ALLOW,
                    CreatePermission.RECREATE.word(),
                    "set CREATE_IMAGES too: otherwise any image gets the rights of the container");
        }
        unlimited.forEach(permission -> granted.put(permission, Set.of()));
        return new CreateAllowances(granted);
    }

    private static String unknown(String word) {
        List<String> known = Arrays.stream(CreatePermission.values())
                .map(permission -> permission.word().toUpperCase(Locale.ROOT))
                .toList();
        Optional<String> nearest = Misspellings.nearest(word, known);
        return "there is no such permission; "
                + (nearest.isPresent()
                        ? "did you mean " + nearest.get().toLowerCase(Locale.ROOT) + "?"
                        : "use some of "
                                + String.join(
                                        ", ",
                                        Arrays.stream(CreatePermission.values())
                                                .map(CreatePermission::usage)
                                                .toList()));
    }

    /** Capabilities are compared in upper case without {@code CAP_}. */
    private static String normalized(CreatePermission permission, String argument) {
        if (permission != CreatePermission.CAPABILITIES) {
            return argument;
        }
        String upper = argument.toUpperCase(Locale.ROOT);
        return upper.startsWith("CAP_") ? upper.substring("CAP_".length()) : upper;
    }

    private static boolean isArgument(CreatePermission permission, String argument, boolean isGiven) {
        if (!isGiven) {
            return permission.argument() != CreatePermission.Argument.REQUIRED;
        }
        return switch (permission) {
            case PORTS -> PORTS.matcher(argument).matches();
            case DEVICES -> HostPaths.isClean(argument) && argument.startsWith("/dev/");
            default ->
                permission.argument() != CreatePermission.Argument.NONE
                        && ARGUMENT.matcher(argument).matches();
        };
    }

    private static String example(CreatePermission permission) {
        return switch (permission) {
            case PORTS -> ", such as ports:8000-8999";
            case DEVICES -> ", such as devices:/dev/dri";
            case CAPABILITIES -> ", such as capabilities:NET_ADMIN";
            default -> "";
        };
    }

    private Requirements requirements() {
        Map<Requirement, Long> limits = new EnumMap<>(Requirement.class);
        elements(Setting.CREATE_REQUIRE).forEach(element -> {
            int colon = element.indexOf(':');
            Requirement.of(colon < 0 ? element : element.substring(0, colon))
                    .ifPresentOrElse(
                            requirement -> addRequirement(
                                    limits, requirement, element, colon < 0 ? null : element.substring(colon + 1)),
                            () -> refuseElement(
                                    Setting.CREATE_REQUIRE,
                                    element,
                                    "use some of "
                                            + Arrays.stream(Requirement.values())
                                                    .map(Requirement::word)
                                                    .collect(Collectors.joining(", "))));
        });
        return new Requirements(limits);
    }

    private void addRequirement(
            Map<Requirement, Long> limits, Requirement requirement, String element, @Nullable String limit) {
        if (limit == null) {
            limits.put(requirement, 0L);
        } else if (requirement.isLimit()
                && ValueRule.of((requirement == Requirement.MEMORY ? "bytes:1m.." : "int:1..") + requirement.highest())
                                .problem(limit)
                        == null) {
            limits.put(requirement, ValueRule.bytes(limit));
        } else {
            refuseElement(Setting.CREATE_REQUIRE, element, "use a highest value such as memory:2g or pids:512");
        }
    }

    private List<String> images() {
        List<String> patterns = new ArrayList<>();
        elements(Setting.CREATE_IMAGES).forEach(element -> {
            if (IMAGE_PATTERN.matcher(element).matches()) {
                patterns.add(element);
            } else {
                refuseElement(
                        Setting.CREATE_IMAGES,
                        element,
                        "use the name of an image, such as nginx, nginx:1.27 or registry.local/**");
            }
        });
        return patterns;
    }

    /** Reads the limit of a body that is judged, in bytes. */
    int maxBody() {
        OptionalInt bytes = QuantitySetting.bytes(values.apply(Setting.MAX_BODY));
        if (bytes.isPresent() && bytes.getAsInt() >= SMALLEST_BODY && bytes.getAsInt() <= LARGEST_BODY) {
            return bytes.getAsInt();
        }
        refuse.accept(Setting.MAX_BODY, "use a size from 1k to 16m, such as 1m or 512KiB, or a number of bytes");
        return SMALLEST_BODY;
    }
}
