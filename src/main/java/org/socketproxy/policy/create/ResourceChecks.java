package org.socketproxy.policy.create;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.policy.value.ValueRule;

/** Checks of devices, of limits for processes, and of kernel parameters. */
public final class ResourceChecks {
    private static final Set<String> GPU_DRIVERS = Set.of("", "nvidia", "amd");
    private static final String GPU_COUNT = "gpu:count=";
    private static final String GPU_DRIVER = "driver=";
    private static final Pattern DEVICE_RULE = Pattern.compile("[bc] (?:[0-9]{1,9}|\\*):(?:[0-9]{1,9}|\\*) [rwm]{1,3}");
    private static final Set<String> MEMBERS_OF_RULE = Set.of("allow", "type", "major", "minor", "access");
    private static final Pattern GPU_INTERFACE = Pattern.compile("(?:nvidia|amd)\\.com/gpu=(.*)");
    private static final int MOST_PARTS = 3;
    private static final Set<String> PRIORITY = Set.of("RTPRIO", "RTTIME", "NICE");

    /** In these annotations Podman 5.8 repeats limits that are judged, for {@code podman kube generate}. No runtime reads them. */
    static final Map<String, Pattern> ANNOTATED_LIMITS = Map.of(
            "io.podman.annotations.pids-limit", Pattern.compile("-?[0-9]{1,19}"),
            "io.podman.annotations.cpuset", Pattern.compile("[0-9,-]{0,1024}"),
            "io.podman.annotations.memory-nodes", Pattern.compile("[0-9,-]{0,1024}"));

    private ResourceChecks() {}

    /** Checks {@code annotations}: without {@code CREATE_ALLOW=annotations} only those with limits, which the client of Podman adds. */
    static void annotations(BodyValue annotations) {
        boolean isOther = annotations.object().members().entrySet().stream()
                .anyMatch(annotation -> !isKnown(ANNOTATED_LIMITS, annotation));
        if (isOther && !annotations.isZero()) {
            annotations.require(CreatePermission.ANNOTATIONS, "is set");
        }
    }

    /** Removes the annotations with limits; a value that is not an object stays. */
    public static JsonValue withoutLimits(JsonValue annotations) {
        if (!(annotations instanceof JsonObject object)) {
            return annotations;
        }
        Map<String, JsonValue> remaining = new LinkedHashMap<>(object.members());
        remaining.entrySet().removeIf(annotation -> isKnown(ANNOTATED_LIMITS, annotation));
        return new JsonObject(remaining);
    }

    /** Returns true if the value of an annotation has the form that its name requires. */
    static boolean isKnown(Map<String, Pattern> forms, Map.Entry<String, JsonValue> annotation) {
        Pattern form = forms.get(annotation.getKey());
        return form != null
                && annotation.getValue() instanceof JsonString text
                && form.matcher(text.text()).matches();
    }

    /** Checks {@code Devices}: each device must be a path of {@code CREATE_ALLOW=devices:PATH}, or below one. */
    static void devices(BodyValue devices) {
        for (BodyValue device : devices.elements()) {
            BodyValue path = device.member("PathOnHost");
            device(path, path.text());
        }
    }

    private static void device(BodyValue value, String device) {
        if (!HostPaths.isClean(device) || !HostPaths.isAtOrBelow(device, "/dev") || device.equals("/dev")) {
            value.deny("is not an absolute and canonical path below /dev");
            return;
        }
        Set<String> allowed = value.rules().permissions().arguments(CreatePermission.DEVICES);
        if (allowed == null
                || !allowed.isEmpty() && allowed.stream().noneMatch(folder -> HostPaths.isAtOrBelow(device, folder))) {
            String shown = JsonPointers.printable(device);
            value.denyPath("is the device " + shown, Remedy.of(CreatePermission.DEVICES, device), shown);
        }
    }

    /** Checks rules of device numbers, such as {@code c 189:* rmw}. */
    static void deviceRules(BodyValue rules) {
        if (!rules.isZero() && !rules.has(CreatePermission.PRIVILEGED)) {
            deviceRules(rules, rules.strings().stream().map(BodyValue::text).toList());
        }
    }

    /** Checks the rules of Podman's own API; a rule that denies devices is unknown here. */
    static void libpodDeviceRules(BodyValue rules) {
        if (!rules.isZero() && !rules.has(CreatePermission.PRIVILEGED)) {
            deviceRules(
                    rules, rules.elements().stream().map(ResourceChecks::rule).toList());
        }
    }

    private static String rule(BodyValue rule) {
        boolean isKnown = MEMBERS_OF_RULE.containsAll(rule.object().members().keySet())
                && rule.member("allow").isTrue();
        return isKnown
                ? rule.text("type") + " " + deviceNumber(rule.member("major")) + ":"
                        + deviceNumber(rule.member("minor")) + " " + rule.text("access")
                : "";
    }

    private static String deviceNumber(BodyValue value) {
        String number = value.json() instanceof JsonNumber json ? json.text() : "-1";
        return number.equals("-1") ? "*" : number;
    }

    private static void deviceRules(BodyValue value, List<String> rules) {
        for (String rule : rules) {
            if (!isDeviceRule(rule)) {
                value.require(CreatePermission.PRIVILEGED, "is set");
                return;
            }
            if (!value.rules().permissions().has(CreatePermission.DEVICE_RULES, rule)) {
                value.report(
                        Kind.FIELD,
                        value.dotted() + " allows the devices " + rule,
                        new Remedy(
                                "CREATE_ALLOW",
                                CreatePermission.DEVICE_RULES.word() + ":" + rule,
                                CreatePermission.DEVICE_RULES.danger()));
            }
        }
    }

    /** Returns true for a rule of character or block devices, as the daemons write it. */
    public static boolean isDeviceRule(String text) {
        return DEVICE_RULE.matcher(text).matches();
    }

    /**
     * Checks {@code DeviceRequests} ({@code --gpus}). The driver {@code cdi} is never allowed: a CDI specification can add mounts and
     * hooks.
     */
    static void deviceRequests(BodyValue requests) {
        for (BodyValue request : requests.elements()) {
            if (request.isZero()) {
                continue;
            }
            String driver = request.text("Driver");
            Set<String> given = request.rules().permissions().arguments(CreatePermission.GPU);
            if (given != null && given.contains(GPU_DRIVER + driver)) {
                continue;
            }
            if (!GPU_DRIVERS.contains(driver)) {
                boolean isNameable = Remedy.isPlain(driver) && !driver.equals("cdi");
                String word = CreatePermission.GPU.word() + ":" + GPU_DRIVER + driver;
                BodyValue value = request.member("Driver");
                value.report(
                        Kind.FIELD,
                        value.dotted() + " is not nvidia or amd",
                        isNameable ? new Remedy("CREATE_ALLOW", word, CreatePermission.GPU.danger()) : null);
            } else if (isLimited(request.rules().permissions().arguments(CreatePermission.GPU))) {
                gpus(request, request.rules().permissions());
            } else {
                request.require(CreatePermission.GPU, "asks for a GPU");
            }
        }
    }

    private static boolean isLimited(@Nullable Set<String> arguments) {
        return arguments != null && !arguments.isEmpty() && !arguments.contains(CreateAllowances.ALONE);
    }

    /**
     * Checks a request for some GPUs. Without ids and a number some releases of dockerd leave the choice to the image, which can be all.
     * The daemon joins the ids with commas.
     */
    private static void gpus(BodyValue request, CreateAllowances permissions) {
        BodyValue count = request.member("Count");
        List<BodyValue> ids = request.member("DeviceIDs").strings();
        if (ids.isEmpty() || !count.isZero()) {
            String number = count.json() instanceof JsonNumber json ? json.text() : "";
            boolean isAllowed = ids.isEmpty()
                    && permissions.words().stream()
                            .filter(word -> word.startsWith(GPU_COUNT))
                            .anyMatch(word -> ValueRule.of("int:1.." + word.substring(GPU_COUNT.length()))
                                            .problem(number)
                                    == null);
            if (!isAllowed) {
                request.deny("asks for GPUs without their ids", CreatePermission.GPU, null);
            }
        }
        for (BodyValue id : ids) {
            gpu(id, id.text());
        }
    }

    private static void gpu(BodyValue value, String id) {
        String problem = "is a GPU that CREATE_ALLOW does not name";
        if (id.equals("all") || id.indexOf('=') >= 0) {
            value.deny(problem, CreatePermission.GPU, null);
        } else {
            value.require(CreatePermission.GPU, id, problem);
        }
    }

    /**
     * Checks the devices in the body of Podman's own API: of a container the {@code path} of each object, of a pod each string. It is
     * {@code source:target:permissions} or the name of a device of the Container Device Interface, such as {@code vendor/gpu=all}.
     */
    static void libpodDevices(BodyValue devices) {
        for (BodyValue device : devices.elements()) {
            if (!device.isZero()) {
                libpodDevice(device.json() instanceof JsonString ? device : device.member("path"));
            }
        }
    }

    private static void libpodDevice(BodyValue value) {
        String device = value.text();
        String[] parts = device.split(":", -1);
        if (!device.startsWith("/") && device.contains("=")) {
            Matcher gpu = GPU_INTERFACE.matcher(device);
            if (gpu.matches() && isLimited(value.rules().permissions().arguments(CreatePermission.GPU))) {
                gpu(value, gpu.group(1));
            } else {
                value.require(CreatePermission.GPU, "names a device by its interface");
            }
        } else if (parts.length > MOST_PARTS) {
            value.deny("has more than three parts");
        } else {
            device(value, parts[0]);
        }
    }

    /**
     * Returns the check of limits: with a limit for the priority, processes of a container get real-time scheduling or a higher
     * priority than the services of the host, without a capability.
     *
     * @param nameMember member with the name of the limit; Podman reads names with and without {@code RLIMIT_}
     */
    static Field.Rule ulimits(String nameMember) {
        return limits -> {
            for (BodyValue limit : limits.elements()) {
                String name = limit.text(nameMember).toUpperCase(Locale.ROOT);
                if (PRIORITY.contains(name.replaceFirst("^RLIMIT_", ""))) {
                    limit.require(CreatePermission.HOST_RESOURCES, "raises the priority");
                }
            }
        };
    }

    /** Checks the names of kernel parameters. */
    static void sysctls(BodyValue sysctls) {
        for (String name : sysctls.object().members().keySet()) {
            String problem = "sets the kernel parameter " + JsonPointers.printable(name);
            sysctls.require(CreatePermission.SYSCTLS, name, problem);
        }
    }
}
