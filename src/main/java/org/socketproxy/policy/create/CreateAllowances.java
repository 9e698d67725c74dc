package org.socketproxy.policy.create;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.Violation.Remedy;

/** The elements of {@code CREATE_ALLOW}: permissions with their arguments. */
public final class CreateAllowances {
    public static final CreateAllowances NONE = new CreateAllowances(Map.of());

    /** Elements that give root; a device can be a disk, and a driver of volumes runs as root. */
    private static final Set<String> ROOT = Set.of(
            "privileged",
            "build-insecure",
            "volume-options",
            "security-opt",
            "host-pid",
            "capabilities",
            "capabilities:ALL",
            "capabilities:SYS_ADMIN",
            "capabilities:SYS_PTRACE",
            "capabilities:SYS_MODULE",
            "capabilities:SYS_RAWIO",
            "capabilities:SYS_BOOT",
            "capabilities:DAC_READ_SEARCH",
            "capabilities:BPF");

    /** Beside other arguments of {@code gpu}: the word alone, which does not include further drivers. */
    public static final String ALONE = "";

    /** Arguments by permission; an empty set allows every argument. */
    private final Map<CreatePermission, Set<String>> granted = new EnumMap<>(CreatePermission.class);

    /** @param granted the arguments of each permission; an empty set allows every argument */
    public CreateAllowances(Map<CreatePermission, Set<String>> granted) {
        granted.forEach((permission, arguments) -> this.granted.put(permission, new TreeSet<>(arguments)));
    }

    /** Returns these permissions with the ports of a remedy that {@linkplain Remedy#isOfPorts opens ports}. */
    public CreateAllowances opening(Remedy ports) {
        String word = CreatePermission.PORTS.word();
        Set<String> before = granted.get(CreatePermission.PORTS);
        Set<String> arguments = new TreeSet<>();
        boolean isForAll = ports.value().equals(word) || before != null && before.isEmpty();
        if (!isForAll) {
            arguments.addAll(before == null ? Set.of() : before);
            arguments.add(ports.value().substring(word.length() + 1));
        }
        Map<CreatePermission, Set<String>> more = new EnumMap<>(CreatePermission.class);
        more.putAll(granted);
        more.put(CreatePermission.PORTS, arguments);
        return new CreateAllowances(more);
    }

    /** Returns true if the permission is given without an argument. */
    boolean has(CreatePermission permission) {
        Set<String> arguments = granted.get(permission);
        return arguments != null && (arguments.isEmpty() || arguments.contains(ALONE));
    }

    /** Returns true if the permission is given with exactly this argument, or without an argument. */
    boolean has(CreatePermission permission, String argument) {
        Set<String> arguments = granted.get(permission);
        return arguments != null && (arguments.isEmpty() || arguments.contains(argument));
    }

    /** Returns the arguments of a permission, or null if it is not given. */
    public @Nullable Set<String> arguments(CreatePermission permission) {
        return granted.get(permission);
    }

    public Set<CreatePermission> all() {
        return Set.copyOf(granted.keySet());
    }

    /** Returns the first element that makes a container root on the host, or null. */
    public @Nullable String root() {
        return words().stream().filter(CreateAllowances::isRoot).findFirst().orElse(null);
    }

    static boolean isRoot(String word) {
        return ROOT.contains(word)
                || word.startsWith(CreatePermission.DEVICES.word())
                || word.startsWith(CreatePermission.DEVICE_RULES.word())
                || word.startsWith(CreatePermission.SECURITY_OPT.word()) && word.endsWith("=unconfined")
                || word.startsWith(CreatePermission.VOLUME_DRIVER.word());
    }

    /** Returns the elements of {@code CREATE_ALLOW}, such as {@code capabilities:NET_ADMIN}. */
    public List<String> words() {
        List<String> words = new ArrayList<>();
        granted.forEach((permission, arguments) -> {
            if (arguments.isEmpty()) {
                words.add(permission.word());
            }
            arguments.forEach(
                    argument -> words.add(permission.word() + (argument.equals(ALONE) ? "" : ":" + argument)));
        });
        return words;
    }
}
