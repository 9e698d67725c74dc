package org.socketproxy.config;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.BindRules;
import org.socketproxy.policy.create.BindRules.AllowedBind;
import org.socketproxy.policy.create.CreateAllowances;
import org.socketproxy.policy.create.CreatePermission;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.HostPaths;
import org.socketproxy.policy.create.ImageName;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.policy.create.LocalVolume;
import org.socketproxy.policy.create.OwnMounts;
import org.socketproxy.policy.create.PortChecks;
import org.socketproxy.policy.create.Requirements;
import org.socketproxy.policy.create.Requirements.Requirement;
import org.socketproxy.policy.create.ResourceChecks;
import org.socketproxy.policy.create.SignedImages;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.value.ValueRule;
import org.socketproxy.table.NearestName;

/** Reads {@code CREATE} and the settings that apply with it. */
final class CreateReader {
    private static final int NANO_DIGITS = 9;
    private static final int SMALLEST_BODY = 1024;
    private static final int LARGEST_BODY = 16 << 20;
    private static final List<Setting> DEPENDENT = List.of(
            Setting.BINDS,
            Setting.CREATE_ALLOW,
            Setting.CREATE_REQUIRE,
            Setting.CREATE_IMAGES,
            Setting.CREATE_SIGNED,
            Setting.CREATE_LABELS);
    private static final String BELOW = "/**";
    private static final Pattern IMAGE_PATTERN =
            Pattern.compile("[a-zA-Z0-9*][a-zA-Z0-9*._:/-]*(?:@sha256:(?:[0-9a-f]{64}|\\*))?");
    private static final Pattern GPU = Pattern.compile(
            "count=[1-9][0-9]{0,3}|driver=(?!cdi$)[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}|(?!all$)[a-zA-Z0-9][a-zA-Z0-9:._-]*");
    private static final Pattern SECURITY_OPTION =
            Pattern.compile("seccomp=[a-zA-Z0-9._/-]{1,255}|(?:apparmor=|label=type:)[a-zA-Z0-9._-]{1,255}");
    private static final Pattern CPUS = Pattern.compile("[0-9]{1,4}(?:\\.[0-9]{1,3})?");
    private static final Pattern LABEL = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._/-]*");
    private static final Pattern ARGUMENT = Pattern.compile("[a-zA-Z0-9._/-]+");

    /**
     * Returns null without {@code CREATE=safe}.
     *
     * @param preset supplies {@code CREATE} if that is empty, or null
     * @param daemon its socket may never be bound
     */
    static @Nullable CreateRules read(Reading reading, @Nullable Preset preset, DaemonAddress daemon, int maxBody) {
        boolean isSafe = isSafe(reading, preset);
        CreateRules rules = new CreateRules(
                permissions(reading),
                binds(reading, daemon),
                new ImageRules(images(reading), signed(reading)),
                requirements(reading),
                maxBody);
        if (isSafe) {
            return rules;
        }
        for (Setting setting : DEPENDENT) {
            if (!reading.text(setting).isEmpty()) {
                reading.refuse(setting, "it has an effect only with CREATE=safe: set that too, or unset this");
            }
        }
        return null;
    }

    private static boolean isSafe(Reading reading, @Nullable Preset preset) {
        String text = reading.text(Setting.CREATE);
        if ((text.isEmpty() ? Preset.createOf(preset) : text).equalsIgnoreCase("safe")) {
            return true;
        }
        if (!reading.isNo(Setting.CREATE)) {
            reading.refuse(Setting.CREATE, "use safe, or unset it so that the variables alone decide");
        }
        return false;
    }

    private static BindRules binds(Reading reading, DaemonAddress daemon) {
        List<String> forbidden = daemon instanceof DaemonAddress.Unix unix
                ? List.of(unix.socket().toString())
                : List.of();
        List<AllowedBind> binds = new ArrayList<>();
        List<String> elements = reading.elements(Setting.BINDS);
        elements.stream().filter(element -> !element.equals(BindRules.OWN)).forEach(element -> {
            boolean isReadOnly = element.endsWith(":ro");
            String mount = isReadOnly || element.endsWith(":rw") ? element.substring(0, element.length() - 3) : element;
            boolean isBelowToo = mount.endsWith(BELOW);
            String path = isBelowToo ? mount.substring(0, mount.length() - BELOW.length()) : mount;
            if (!HostPaths.isClean(path.isEmpty() && isBelowToo ? "/" : path)) {
                reading.refuse(
                        Setting.BINDS,
                        element,
                        "use an absolute path without . and .. such as /srv/data, with /** for everything below and :ro"
                                + " for reading only");
            } else if (HostPaths.isForbidden(path.isEmpty() ? "/" : path, forbidden)) {
                reading.refuse(
                        Setting.BINDS,
                        element,
                        "a container that has this path has the host: it is, contains, or is in a folder of the daemon"
                                + " or the kernel");
            } else {
                binds.add(new AllowedBind(path, isBelowToo, isReadOnly));
            }
        });
        return new BindRules(binds, forbidden, elements.contains(BindRules.OWN) ? OwnMounts.NONE : null);
    }

    private static CreateAllowances permissions(Reading reading) {
        Map<CreatePermission, Set<String>> granted = new EnumMap<>(CreatePermission.class);
        Set<CreatePermission> unlimited = EnumSet.noneOf(CreatePermission.class);
        reading.elements(Setting.CREATE_ALLOW).forEach(element -> {
            int colon = element.indexOf(':');
            String word = colon < 0 ? element : element.substring(0, colon);
            CreatePermission permission = CreatePermission.of(word).orElse(null);
            if (permission == null) {
                reading.refuse(Setting.CREATE_ALLOW, element, unknown(word));
                return;
            }
            String argument = colon < 0 ? "" : normalized(permission, element.substring(colon + 1));
            if (!isArgument(permission, argument, colon >= 0)) {
                reading.refuse(Setting.CREATE_ALLOW, element, "use " + permission.usage() + example(permission));
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
                && reading.elements(Setting.CREATE_IMAGES).isEmpty()) {
            reading.refuse(
                    Setting.CREATE_ALLOW,
                    CreatePermission.RECREATE.word(),
                    "set CREATE_IMAGES too: otherwise any image gets the rights of the container");
        }
        unlimited.forEach(permission -> {
            Set<String> arguments = granted.getOrDefault(permission, Set.of());
            Set<String> drivers = new TreeSet<>(arguments);
            drivers.removeIf(argument -> permission != CreatePermission.GPU || !argument.startsWith("driver="));
            if (!drivers.isEmpty()) {
                drivers.add(CreateAllowances.ALONE);
            }
            granted.put(permission, drivers);
        });
        return new CreateAllowances(granted);
    }

    private static String unknown(String word) {
        List<CreatePermission> all = List.of(CreatePermission.values());
        return "there is no such permission"
                + NearestName.advice(
                        word,
                        all.stream().map(CreatePermission::word).toList(),
                        "; use some of "
                                + all.stream().map(CreatePermission::usage).collect(Collectors.joining(", ")));
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
            case PORTS -> PortChecks.isArgument(argument);
            case GPU -> GPU.matcher(argument).matches();
            case DEVICES -> HostPaths.isClean(argument) && argument.startsWith("/dev/");
            case DEVICE_RULES -> ResourceChecks.isDeviceRule(argument);
            case SECURITY_OPT -> SECURITY_OPTION.matcher(argument).matches();
            case VOLUME_OPTIONS -> LocalVolume.isArgument(argument);
            default ->
                permission.argument() != CreatePermission.Argument.NONE
                        && ARGUMENT.matcher(argument).matches();
        };
    }

    private static String example(CreatePermission permission) {
        return switch (permission) {
            case PORTS -> ", such as ports:8000-8999, ports:127.0.0.1:8000-8999 or ports:[::1]:8000";
            case GPU -> ", such as gpu:0, gpu:GPU-8932f937 or gpu:count=1, or gpu:driver=NAME";
            case DEVICES -> ", such as devices:/dev/dri";
            case DEVICE_RULES -> ", such as device-rules:c 189:* rmw";
            case SECURITY_OPT ->
                ", such as security-opt:seccomp=unconfined, security-opt:apparmor=NAME or"
                        + " security-opt:label=type:NAME";
            case VOLUME_OPTIONS -> ", such as volume-options:nfs:nas.local or volume-options:nfs:nas.local:/export/**";
            case CAPABILITIES -> ", such as capabilities:NET_ADMIN";
            default -> "";
        };
    }

    private static Requirements requirements(Reading reading) {
        Map<Requirement, Long> limits = new EnumMap<>(Requirement.class);
        SortedSet<String> labels = new TreeSet<>();
        SortedSet<String> networks = new TreeSet<>();
        reading.elements(Setting.CREATE_REQUIRE).forEach(element -> {
            int colon = element.indexOf(':');
            Requirement.of(colon < 0 ? element : element.substring(0, colon))
                    .ifPresentOrElse(
                            requirement -> addRequirement(
                                    reading,
                                    limits,
                                    requirement == Requirement.NETWORK ? networks : labels,
                                    requirement,
                                    element,
                                    colon < 0 ? null : element.substring(colon + 1)),
                            () -> reading.refuse(
                                    Setting.CREATE_REQUIRE,
                                    element,
                                    "use some of "
                                            + Arrays.stream(Requirement.values())
                                                    .map(Requirement::word)
                                                    .collect(Collectors.joining(", "))));
        });
        return new Requirements(limits, labels, networks);
    }

    private static void addRequirement(
            Reading reading,
            Map<Requirement, Long> limits,
            Set<String> names,
            Requirement requirement,
            String element,
            @Nullable String limit) {
        if (requirement.isNamed()) {
            boolean isLabel = requirement == Requirement.LABEL;
            if (limit != null && (isLabel ? LABEL.matcher(limit).matches() : Requirements.isNetwork(limit))) {
                limits.put(requirement, 0L);
                names.add(limit);
            } else {
                String advice = isLabel
                        ? "use the name of a label, such as label:owner"
                        : "use the name of a network, such as network:agents, that cannot be the beginning of an id";
                reading.refuse(Setting.CREATE_REQUIRE, element, advice);
            }
        } else if (limit == null) {
            limits.put(requirement, 0L);
        } else if (requirement == Requirement.CPU) {
            addCpus(reading, limits, element, limit);
        } else if (requirement.isLimit()
                && ValueRule.of((requirement == Requirement.MEMORY ? "bytes:1m.." : "int:1..") + requirement.highest())
                                .problem(limit)
                        == null) {
            limits.put(requirement, ValueRule.bytes(limit));
        } else {
            reading.refuse(Setting.CREATE_REQUIRE, element, "use a highest value such as memory:2g or pids:512");
        }
    }

    private static void addCpus(Reading reading, Map<Requirement, Long> limits, String element, String limit) {
        long nanos = CPUS.matcher(limit).matches()
                ? new BigDecimal(limit).scaleByPowerOfTen(NANO_DIGITS).longValueExact()
                : 0;
        if (nanos > 0 && nanos <= Requirement.CPU.highest()) {
            limits.put(Requirement.CPU, nanos);
        } else {
            reading.refuse(Setting.CREATE_REQUIRE, element, "use a highest number of CPUs such as cpu:2 or cpu:0.5");
        }
    }

    static void checkIsolated(Reading reading, @Nullable CreateRules create, @Nullable Scope targets) {
        if (create != null
                && create.requirements().has(Requirement.ISOLATED)
                && (targets == null || targets.forcedLabels(ObjectKind.NETWORK).isEmpty())) {
            reading.refuse(
                    Setting.CREATE_REQUIRE,
                    "it needs networks that only this profile has: add label:KEY=VALUE to TARGETS");
        }
    }

    private static List<String> images(Reading reading) {
        List<String> patterns = new ArrayList<>();
        reading.elements(Setting.CREATE_IMAGES).forEach(element -> {
            ImageName image = ImageName.split(element);
            if (IMAGE_PATTERN.matcher(element).matches()
                    && (image.tag().isEmpty() || image.digest().isEmpty())) {
                patterns.add(element);
            } else {
                reading.refuse(
                        Setting.CREATE_IMAGES,
                        element,
                        "use the name of an image, such as nginx, nginx:1.27, nginx@sha256:* or registry.local/**");
            }
        });
        return patterns;
    }

    private static SignedImages signed(Reading reading) {
        SignedImages signed =
                SignedImages.parse(reading.text(Setting.CREATE_SIGNED)).orElse(SignedImages.NONE);
        if (!signed.isEmpty() && reading.elements(Setting.CREATE_IMAGES).isEmpty()) {
            reading.refuse(
                    Setting.CREATE_SIGNED, "set CREATE_IMAGES too: otherwise images of other names need no signature");
        }
        return signed;
    }

    static int maxBody(Reading reading) {
        return reading.value(
                        Setting.MAX_BODY,
                        text -> Parsers.bytes(text, SMALLEST_BODY, LARGEST_BODY),
                        "use a size from 1k to 16m, such as 1m or 512KiB, or a number of bytes")
                .orElse(SMALLEST_BODY);
    }
}
