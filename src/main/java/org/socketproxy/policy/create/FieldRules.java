package org.socketproxy.policy.create;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.Field.Rule;
import org.socketproxy.policy.value.ValueRule;

/** The rules that the column {@code rule} of {@code create-fields.tsv} names. */
final class FieldRules {
    private static final Map<String, Rule> CHECKS = Map.ofEntries(
            Map.entry("binds", MountChecks::binds),
            Map.entry("mounts", MountChecks::mounts),
            Map.entry("service-mounts", MountChecks::serviceMounts),
            Map.entry("new-volume", MountChecks::newVolume),
            Map.entry("volume", MountChecks.volume("Driver", "DriverOpts")),
            Map.entry("driver-config", MountChecks.volume("Name", "Options")),
            Map.entry("volume-driver", MountChecks::volumeDriver),
            Map.entry("volume-targets", MountChecks::volumeTargets),
            Map.entry("libpod-mounts", MountChecks::libpodMounts),
            Map.entry("libpod-volumes", MountChecks::libpodVolumes),
            Map.entry("libpod-overlays", MountChecks::libpodOverlays),
            Map.entry("libpod-volume", MountChecks.EXISTING_VOLUME),
            Map.entry("network-mode", NamespaceChecks.mode(CreatePermission.HOST_NETWORK, NetworkChecks::isName)),
            Map.entry("pid-mode", NamespaceChecks.mode(CreatePermission.HOST_PID, "private"::equals)),
            Map.entry(
                    "ipc-mode",
                    NamespaceChecks.mode(CreatePermission.HOST_IPC, Set.of("none", "private", "shareable")::contains)),
            Map.entry("uts-mode", NamespaceChecks.mode(CreatePermission.HOST_UTS, "private"::equals)),
            Map.entry("userns-mode", NamespaceChecks.mode(CreatePermission.HOST_USERNS, "private"::equals)),
            Map.entry("cgroupns-mode", NamespaceChecks.mode(CreatePermission.HOST_CGROUPNS, "private"::equals)),
            Map.entry("libpod-pidns", NamespaceChecks.libpod(CreatePermission.HOST_PID, Set.of())),
            Map.entry("libpod-ipcns", NamespaceChecks.libpod(CreatePermission.HOST_IPC, Set.of("none", "shareable"))),
            Map.entry("libpod-utsns", NamespaceChecks.libpod(CreatePermission.HOST_UTS, Set.of())),
            Map.entry("libpod-cgroupns", NamespaceChecks.libpod(CreatePermission.HOST_CGROUPNS, Set.of())),
            Map.entry(
                    "libpod-netns",
                    NamespaceChecks.libpod(
                            CreatePermission.HOST_NETWORK, Set.of("none", "bridge", "pasta", "slirp4netns"))),
            Map.entry("libpod-userns", NamespaceChecks::libpodUsers),
            Map.entry("image", ImageChecks::image),
            Map.entry("libpod-image", ImageChecks::libpodImage),
            Map.entry("network-name", NetworkChecks::network),
            Map.entry("network-names", NetworkChecks::networks),
            Map.entry("service-network", NetworkChecks::serviceNetwork),
            Map.entry("network-driver", NetworkChecks::driver),
            Map.entry("extra-hosts", NetworkChecks::extraHosts),
            Map.entry("ports", PortChecks::ports),
            Map.entry("service-ports", PortChecks::servicePorts),
            Map.entry("libpod-ports", PortChecks::libpodPorts),
            Map.entry("devices", ResourceChecks::devices),
            Map.entry("device-rules", ResourceChecks::deviceRules),
            Map.entry("libpod-device-rules", ResourceChecks::libpodDeviceRules),
            Map.entry("device-requests", ResourceChecks::deviceRequests),
            Map.entry("libpod-devices", ResourceChecks::libpodDevices),
            Map.entry("ulimits", ResourceChecks.ulimits("Name")),
            Map.entry("libpod-ulimits", ResourceChecks.ulimits("type")),
            Map.entry("libpod-annotations", ResourceChecks::annotations),
            Map.entry("sysctls", ResourceChecks::sysctls),
            Map.entry("capabilities", PrivilegeChecks::capabilities),
            Map.entry("runtime", PrivilegeChecks::runtime),
            Map.entry("security-options", PrivilegeChecks::securityOptions),
            Map.entry("libpod-labels", PrivilegeChecks.libpodOption("label=")),
            Map.entry("libpod-apparmor", PrivilegeChecks.libpodOption("apparmor=")),
            Map.entry("libpod-seccomp", PrivilegeChecks.libpodOption("seccomp=")),
            Map.entry("masked-paths", PrivilegeChecks::maskedPaths),
            Map.entry("readonly-paths", PrivilegeChecks::readonlyPaths),
            Map.entry("container-name", NameChecks::container),
            Map.entry("libpod-pod", NameChecks::pod),
            Map.entry("timezone", NameChecks::timezone),
            Map.entry("environment", NameChecks::environment),
            Map.entry("log-driver", LogChecks::driver));

    /** Most bytes in one body as a daemon writes it, by the kind of the text: a daemon stores it where other clients read it. */
    private static final Map<String, Integer> MOST_OF_KIND =
            Map.of("labels", 128 << 10, "environment", 256 << 10, "command", 256 << 10, "annotations", 128 << 10);

    /** Rules that do not bound a string or a number. */
    private static final Set<String> UNBOUNDED = Set.of(
            "allow",
            "fields",
            "zero",
            "one-of",
            "keys",
            "not-negative",
            "check",
            "count",
            "sum",
            "each",
            "key",
            "json");

    /** Rules that allow a list of values, or nothing, unless a permission allows more. */
    private static final Set<String> CLOSED = Set.of("zero", "one-of", "keys", "ignored", "removed");

    private FieldRules() {}

    /** Returns true if the rules of a row bound a value of its type. The elements of an array can have a row of their own. */
    static boolean areBounded(Field.Type type, FieldTable.Row row) {
        Set<String> words =
                row.rules().stream().map(rule -> rule.replaceFirst(":.*", "")).collect(Collectors.toSet());
        if (row.permission() == null && words.stream().anyMatch(CLOSED::contains)) {
            return true;
        }
        return switch (type) {
            case BOOLEAN, OBJECT -> true;
            case STRING, INTEGER, NUMBER -> !UNBOUNDED.containsAll(words);
            case ARRAY, STRING_OR_ARRAY -> words.contains("count");
            case MAP -> words.contains("count") && words.contains("key");
            case ANY -> words.contains("json");
        };
    }

    /**
     * Returns the rule of a row: the first of its rules that denies a value.
     *
     * @param names names of rules, separated by spaces
     * @param permission allows the values that a rule denies; or null
     * @throws IllegalArgumentException for an unknown name
     */
    static Rule of(String names, @Nullable CreatePermission permission) {
        List<Rule> rules = Arrays.stream(names.split(" "))
                .map(name -> one(name, permission))
                .toList();
        return rules.size() == 1
                ? rules.get(0)
                : value -> {
                    List<Violation> violations = value.validation().violations();
                    int before = violations.size();
                    for (Rule rule : rules) {
                        if (violations.size() == before) {
                            rule.check(value);
                        }
                    }
                };
    }

    private static Rule one(String name, @Nullable CreatePermission permission) {
        int colon = name.indexOf(':');
        String argument = colon < 0 ? "" : name.substring(colon + 1);
        return switch (colon < 0 ? name : name.substring(0, colon)) {
            case "fields" -> Rule.FIELDS;
            case "ignored" -> Rule.IGNORED;
            case "removed" -> Rule.REMOVED;
            case "zero" -> zero(permission);
            case "one-of" -> oneOf(List.of(argument.split("\\|")), permission);
            case "keys" -> keys(Set.of(argument.split("\\|")), permission);
            case "not-negative" -> notNegative(permission);
            case "check" -> check(argument);
            case "count" -> count(ValueRule.of(name));
            case "sum" -> sum(argument);
            case "json" -> json(argument);
            case "each" -> each(ValueRule.of(argument));
            case "key" -> key(ValueRule.of(argument));
            default -> scalar(ValueRule.of(name));
        };
    }

    private static Rule check(String name) {
        Rule check = CHECKS.get(name);
        if (check == null) {
            throw new IllegalArgumentException("unknown check " + name);
        }
        return check;
    }

    static Rule zero(@Nullable CreatePermission permission) {
        return value -> {
            if (!value.isZero()) {
                value.require(permission, value.isTrue() ? "is true" : "is set");
            }
        };
    }

    private static Rule oneOf(List<String> words, @Nullable CreatePermission permission) {
        return value -> {
            if (!value.text().isEmpty() && !words.contains(value.text())) {
                value.require(permission, "is not " + String.join(" or ", words));
            }
        };
    }

    private static Rule keys(Set<String> allowed, @Nullable CreatePermission permission) {
        return value -> {
            for (String key : value.object().members().keySet()) {
                if (!allowed.contains(key)) {
                    value.require(permission, "has the option " + JsonPointers.printable(key));
                    return;
                }
            }
        };
    }

    private static Rule notNegative(@Nullable CreatePermission permission) {
        return value -> {
            if (value.json() instanceof JsonNumber number && number.isNegative()) {
                value.require(permission, "is negative");
            }
        };
    }

    /** Returns the rule of a string, number or boolean. */
    static Rule scalar(ValueRule rule) {
        return value -> isAllowed(rule, value);
    }

    /** Returns false after a report. */
    private static boolean isAllowed(ValueRule rule, BodyValue value) {
        String text = scalarText(value.json());
        if (text == null) {
            value.report(
                    Violation.Kind.UNKNOWN,
                    value.dotted() + " is " + value.json().kind() + " instead of text or a number");
            return false;
        }
        String problem = text.isEmpty() ? null : rule.problem(text);
        if (problem != null) {
            value.deny(problem);
        }
        return problem == null;
    }

    /** Returns the text of a scalar; empty for {@code null}, and null for an array or an object. */
    private static @Nullable String scalarText(JsonValue value) {
        if (value instanceof JsonString string) {
            return string.text();
        }
        if (value instanceof JsonNumber number) {
            return number.text();
        }
        return value instanceof JsonLiteral literal ? literal == JsonLiteral.NULL ? "" : literal.kind() : null;
    }

    private static Rule count(ValueRule rule) {
        return value -> {
            int count = value.json() instanceof JsonArray array
                    ? array.elements().size()
                    : value.object().members().size();
            String problem = rule.problem(Integer.toString(count));
            if (problem != null) {
                value.deny(problem);
            }
        };
    }

    private static Rule sum(String kind) {
        Integer most = MOST_OF_KIND.get(kind);
        if (most == null) {
            throw new IllegalArgumentException("unknown sum " + kind);
        }
        return value -> {
            if (value.validation().sum(kind, size(value.json())) > most) {
                value.deny("makes the " + kind + " of this body longer than " + most + " bytes");
            }
        };
    }

    private static Rule json(String size) {
        long most = ValueRule.bytes(size);
        return value -> {
            if (size(value.json()) > most) {
                value.deny("is longer than " + most + " bytes");
            }
        };
    }

    private static Rule each(ValueRule rule) {
        return value -> {
            if (!(value.json() instanceof JsonArray)) {
                isAllowed(rule, value);
                return;
            }
            for (BodyValue element : value.elements()) {
                if (!isAllowed(rule, element)) {
                    return;
                }
            }
        };
    }

    private static Rule key(ValueRule rule) {
        return value -> {
            for (String key : value.object().members().keySet()) {
                String problem = key.isEmpty() ? null : rule.problem(key);
                if (problem != null) {
                    value.deny("has a name that " + problem);
                    return;
                }
            }
        };
    }

    /** Returns the bytes that a daemon writes for the strings, names and numbers in a value, and one byte more for each. */
    private static long size(JsonValue value) {
        if (value instanceof JsonString string) {
            return 1 + ValueRule.writtenLength(string.text());
        }
        if (value instanceof JsonNumber number) {
            return 1L + number.text().length();
        }
        long size = 1;
        if (value instanceof JsonArray array) {
            for (JsonValue element : array.elements()) {
                size += size(element);
            }
        } else if (value instanceof JsonObject object) {
            for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
                size += 1 + ValueRule.writtenLength(member.getKey()) + size(member.getValue());
            }
        }
        return size;
    }
}
