package org.socketproxy.policy.create;

import java.util.Arrays;
import java.util.Optional;

/**
 * Named permission that widens {@code CREATE=safe}: one element of {@code CREATE_ALLOW}, such as {@code ports} or
 * {@code capabilities:NET_ADMIN}.
 */
public enum CreatePermission {
    PORTS("ports", Argument.OPTIONAL, "RANGE", "it opens ports of the host to the network"),
    DEVICES(
            "devices",
            Argument.REQUIRED,
            "PATH",
            "the container reads and writes this device of the host; a disk is root on the host"),
    DEVICE_RULES(
            "device-rules",
            Argument.REQUIRED,
            "RULE",
            "the container makes and uses all devices of the host with these numbers; a block device is a disk: root on the"
                    + " host"),
    CAPABILITIES(
            "capabilities",
            Argument.REQUIRED,
            "NAME",
            "the container gets this right in the host's kernel; SYS_ADMIN, SYS_PTRACE, SYS_MODULE and ALL are root on the"
                    + " host"),
    GPU("gpu", Argument.OPTIONAL, "ID", "the container uses the GPUs of the host and their drivers"),
    HOST_NETWORK("host-network", "the container reaches everything that listens on the host, also on loopback"),
    HOST_PID(
            "host-pid",
            "the container sees the processes of the host and their environment; with ptrace it is root on the host"),
    HOST_IPC("host-ipc", "the container reads and writes the shared memory of the host's processes"),
    HOST_UTS("host-uts", "the container has the host name of the host and may change it"),
    HOST_USERNS(
            "host-userns",
            "it turns the remapping of users off: root in the container is root of the host's user namespace"),
    HOST_CGROUPNS("host-cgroupns", "the container sees the control groups of the host"),
    PRIVILEGED("privileged", "it is root on the host"),
    CGROUP_PARENT(
            "cgroup-parent",
            "the container leaves the limits of its control group, or joins a control group of the system"),
    SYSCTLS(
            "sysctls",
            Argument.OPTIONAL,
            "NAME",
            "it changes kernel parameters; with the host's network those of the host"),
    VOLUMES_FROM("volumes-from", "the container gets every mount of another container, also host paths"),
    JOIN_CONTAINER(
            "join-container", "the container joins the namespaces of another container, or reads its environment"),
    SECURITY_OPT(
            "security-opt",
            Argument.OPTIONAL,
            "KIND=NAME",
            "it turns off the confinement by seccomp, AppArmor, SELinux or masked paths; often it is root on the host"),
    RUNTIME("runtime", Argument.REQUIRED, "NAME", "this runtime decides how far the container is confined"),
    LOG_DRIVER(
            "log-driver",
            Argument.REQUIRED,
            "NAME",
            "the daemon sends logs to files, sockets or servers that the client chooses"),
    LOG_TEMPLATE(
            "log-template",
            "the daemon runs the template of an existing container's log tag at each start, which can fill its memory"),
    VOLUME_DRIVER("volume-driver", Argument.REQUIRED, "NAME", "this driver runs as root on the host"),
    VOLUME_OPTIONS(
            "volume-options",
            Argument.OPTIONAL,
            "nfs:HOST[:PATH]",
            "a volume can be any path, disk or network share of the host: it is root on the host; with nfs:HOST a share of"
                    + " this server"),
    NETWORK_DRIVER("network-driver", Argument.REQUIRED, "NAME", "this driver may reach the networks of the host"),
    NETWORK_OPTIONS("network-options", "a network can take over addresses, routes and interfaces of the host"),
    HOST_GATEWAY("host-gateway", "the container gets a name for the host's address"),
    STATIC_ADDRESSES("static-addresses", "the container can take over the address of another container"),
    ANNOTATIONS(
            "annotations", "the runtime and its hooks read them, and some make the runtime run commands on the host"),
    GROUP_ADD("group-add", "the container reads files of that group, such as a disk or the daemon's socket"),
    HOST_RESOURCES(
            "host-resources",
            "the container can take memory, CPU time or disk bandwidth from the services of the host"),
    BINDS_UNPROTECTED(
            "binds-unprotected",
            "a client that writes below BINDS can put a link in place of a folder, and its container gets what the link leads to:"
                    + " it is root on the host"),
    PROPAGATION("propagation", "mounts in the container appear on the host, or mounts of the host in the container"),
    IMAGE_IMPORT("image-import", "an image of any content gets any name that CREATE_IMAGES does not trust"),
    IMAGE_LOAD("image-load", "images of any content get any names that CREATE_IMAGES does not trust"),
    VOLUME_IMPORT("volume-import", "any volume gets any files, also a volume that is a folder of the host"),
    IMAGE_CHANGES("image-changes", "an image gets any label, user and command"),
    ARCHIVE_DEVICES(
            "archive-devices",
            "an archive puts devices and FIFOs of the host into containers and builds: the daemon can hang when it opens one"),
    SECRETS("secrets", Argument.OPTIONAL, "NAME", "the container reads this secret or config"),
    RECREATE(
            "recreate",
            "a container that was stopped, renamed or removed can be created again with the rights that it had, and another"
                    + " image of CREATE_IMAGES gets them"),
    BUILD_NETWORK_HOST(
            "build-network-host", "a step of a build reaches everything that listens on the host, also on loopback"),
    BUILD_DEVICE(
            "build-device",
            "a step of a build uses the devices of the host that the daemon knows by CDI, such as GPUs"),
    BUILD_INSECURE("build-insecure", "a step of a build has all capabilities and devices: it is root on the host"),
    BUILD_FRONTEND(
            "build-frontend",
            "any image decides what a build does, with control groups, host names and limits of its choice"),
    BUILD_PUSH("build-push", "the daemon sends images and caches to any registry, also of the local network"),
    BUILD_REMOTE("build-remote", "the daemon fetches any URL and Git repository, also of the host's loopback"),
    BUILD_UNLIMITED("build-unlimited", "the steps of a build use all memory and processes of the host");

    /** Argument after a colon. */
    public enum Argument {
        NONE,
        OPTIONAL,
        REQUIRED
    }

    private final String word;
    private final Argument argument;
    private final String argumentName;
    private final String danger;

    CreatePermission(String word, String danger) {
        this(word, Argument.NONE, "", danger);
    }

    CreatePermission(String word, Argument argument, String argumentName, String danger) {
        this.word = word;
        this.argument = argument;
        this.argumentName = argumentName;
        this.danger = danger;
    }

    public String word() {
        return word;
    }

    public Argument argument() {
        return argument;
    }

    /** Returns the name with its argument as a manual shows it, such as {@code devices:PATH} or {@code ports[:RANGE]}. */
    public String usage() {
        return switch (argument) {
            case NONE -> word;
            case OPTIONAL -> word + "[:" + argumentName + "]";
            case REQUIRED -> word + ":" + argumentName;
        };
    }

    /** Returns the danger as a clause without a full stop. */
    public String danger() {
        return danger;
    }

    public static Optional<CreatePermission> of(String word) {
        return Arrays.stream(values())
                .filter(permission -> permission.word.equals(word))
                .findFirst();
    }
}
