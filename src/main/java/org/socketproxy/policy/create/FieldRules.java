package org.socketproxy.policy.create;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;

/** The rules that the column {@code rule} of {@code create-fields.tsv} names. */
final class FieldRules {
    private static final Map<String, FieldRule> CHECKS = Map.ofEntries(
            Map.entry("binds", new BindsCheck()),
            Map.entry("mounts", new MountsCheck()),
            Map.entry("capabilities", new CapabilitiesCheck()),
            Map.entry("devices", new DevicesCheck()),
            Map.entry("device-requests", new DeviceRequestsCheck()),
            Map.entry("environment", new EnvironmentCheck()),
            Map.entry("extra-hosts", new ExtraHostsCheck()),
            Map.entry("image", new ImageCheck()),
            Map.entry("log-driver", new LogDriverCheck()),
            Map.entry("masked-paths", MaskedPathsCheck.MASKED),
            Map.entry("readonly-paths", MaskedPathsCheck.READ_ONLY),
            Map.entry("network-mode", NamespaceCheck.NETWORK),
            Map.entry("pid-mode", NamespaceCheck.PID),
            Map.entry("ipc-mode", NamespaceCheck.IPC),
            Map.entry("uts-mode", NamespaceCheck.UTS),
            Map.entry("userns-mode", NamespaceCheck.USER),
            Map.entry("cgroupns-mode", NamespaceCheck.CGROUP),
            Map.entry("network-name", NetworkNameCheck.VALUE),
            Map.entry("network-names", NetworkNameCheck.KEYS),
            Map.entry("service-network", NetworkNameCheck.OF_SERVICE),
            Map.entry("network-driver", new NetworkDriverCheck()),
            Map.entry("ports", PortsCheck.CONTAINER),
            Map.entry("service-ports", PortsCheck.SERVICE),
            Map.entry("runtime", new RuntimeCheck()),
            Map.entry("security-options", new SecurityOptionsCheck()),
            Map.entry("sysctls", new SysctlsCheck()),
            Map.entry("ulimits", new UlimitsCheck("Name")),
            Map.entry("volume", VolumeDriverCheck.VOLUME),
            Map.entry("driver-config", VolumeDriverCheck.DRIVER_CONFIG),
            Map.entry("volume-driver", VolumeDriverCheck.NAME),
            Map.entry("volume-targets", new VolumeTargetsCheck()),
            Map.entry("container-name", new ContainerNameCheck()),
            Map.entry("timezone", new TimezoneCheck()),
            Map.entry("libpod-image", new LibpodImageCheck()),
            Map.entry("libpod-pod", new LibpodPodCheck()),
            Map.entry("libpod-pidns", LibpodNamespaceCheck.PID),
            Map.entry("libpod-ipcns", LibpodNamespaceCheck.IPC),
            Map.entry("libpod-utsns", LibpodNamespaceCheck.UTS),
            Map.entry("libpod-cgroupns", LibpodNamespaceCheck.CGROUP),
            Map.entry("libpod-netns", LibpodNamespaceCheck.NETWORK),
            Map.entry("libpod-userns", new LibpodUserNamespaceCheck()),
            Map.entry("libpod-mounts", LibpodMountsCheck.MOUNTS),
            Map.entry("libpod-volumes", LibpodMountsCheck.VOLUMES),
            Map.entry("libpod-overlays", LibpodMountsCheck.OVERLAYS),
            Map.entry("libpod-devices", new LibpodDevicesCheck()),
            Map.entry("libpod-ports", PortsCheck.LIBPOD),
            Map.entry("libpod-ulimits", new UlimitsCheck("type")),
            Map.entry("libpod-volume", VolumeDriverCheck.EXISTING));

    private FieldRules() {}

    /**
     * Returns the rule of a row: the first of its rules that denies a value.
     *
     * @param names names of rules, separated by spaces
     * @param permission the permission that allows what the rule denies, or null
     * @throws IllegalArgumentException for an unknown name
     */
    static FieldRule of(String names, @Nullable CreatePermission permission) {
        List<FieldRule> rules = Arrays.stream(names.split(" "))
                .map(name -> one(name, permission))
                .toList();
        return rules.size() == 1
                ? rules.get(0)
                : (judgement, value, path) -> {
                    int before = judgement.violations().size();
                    for (FieldRule rule : rules) {
                        if (judgement.violations().size() == before) {
                            rule.check(judgement, value, path);
                        }
                    }
                };
    }

    private static FieldRule one(String name, @Nullable CreatePermission permission) {
        int colon = name.indexOf(':');
        String argument = colon < 0 ? "" : name.substring(colon + 1);
        return switch (colon < 0 ? name : name.substring(0, colon)) {
            case "fields" -> FieldRule.FIELDS;
            case "ignored" -> FieldRule.IGNORED;
            case "removed" -> FieldRule.REMOVED;
            case "zero" -> zero(permission);
            case "one-of" -> oneOf(List.of(argument.split("\\|")), permission);
            case "keys" -> keys(Set.of(argument.split("\\|")), permission);
            case "not-negative" -> notNegative(permission);
            case "check" -> check(argument);
            default -> BoundRules.of(name);
        };
    }

    private static FieldRule check(String name) {
        FieldRule check = CHECKS.get(name);
        if (check == null) {
            throw new IllegalArgumentException("unknown check " + name);
        }
        return check;
    }

    private static FieldRule zero(@Nullable CreatePermission permission) {
        return (judgement, value, path) -> {
            if (!value.isZero()) {
                deny(judgement, path, value == JsonLiteral.TRUE ? "is true" : "is set", permission);
            }
        };
    }

    private static FieldRule oneOf(List<String> words, @Nullable CreatePermission permission) {
        return (judgement, value, path) -> {
            if (value instanceof JsonValue.JsonString string && !string.isZero() && !words.contains(string.text())) {
                deny(judgement, path, "is not " + String.join(" or ", words), permission);
            }
        };
    }

    private static FieldRule keys(Set<String> allowed, @Nullable CreatePermission permission) {
        return (judgement, value, path) -> {
            for (String key : ((JsonObject) value).members().keySet()) {
                if (!allowed.contains(key)) {
                    deny(judgement, path, "has the option " + JsonPointers.printable(key), permission);
                    return;
                }
            }
        };
    }

    private static FieldRule notNegative(@Nullable CreatePermission permission) {
        return (judgement, value, path) -> {
            if (((JsonNumber) value).isNegative()) {
                deny(judgement, path, "is negative", permission);
            }
        };
    }

    private static void deny(
            BodyValidation judgement, FieldPath path, String problem, @Nullable CreatePermission permission) {
        if (permission == null) {
            judgement.deny(path, problem);
        } else if (!judgement.permissions().has(permission)) {
            judgement.deny(path, problem, permission, null);
        }
    }
}
