package org.socketproxy.status;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.Variables;
import org.socketproxy.usage.DenialGroup;

/** Says in words why something was refused that no variable would allow. */
final class DenialExplanation {
    private DenialExplanation() {}

    /**
     * @param code of a {@link Reason}, of a fault of the target, or of what else keeps a request from being judged; behind
     *     it, after a blank, the name of an extension
     */
    static String of(String code) {
        int blank = code.indexOf(' ');
        if (blank >= 0) {
            String extension = code.substring(blank + 1);
            return code.startsWith("extension ")
                    ? "The extension " + extension + " denied it, and no variable changes that."
                    : "The extension " + extension + " failed, so it was denied; the proxy's log says more.";
        }
        for (Reason reason : Reason.values()) {
            if (reason.code().equals(code)) {
                return of(reason);
            }
        }
        return Arrays.stream(BadTargetException.Fault.values())
                .filter(fault -> fault.code().equals(code))
                .map(fault -> "Two readers could read it differently: " + fault.sentence() + ".")
                .findFirst()
                .orElse("It could not be judged (" + code + "); the proxy's log says more.");
    }

    /**
     * What one should know of a denial of buildx, which tries one thing after another. Without BuildKit's own API it begins
     * to pull an image and to run a container, which nobody who only builds should allow.
     */
    static String note(DenialGroup group, Set<String> granted) {
        String missing = Variables.BUILDKIT.stream()
                .filter(name -> !granted.contains(name))
                .map(name -> name + "=1")
                .collect(Collectors.joining(" and "));
        if (missing.isEmpty()) {
            return "";
        }
        if (group.operations().contains("Grpc") || group.operations().contains("Session")) {
            return "docker build needs all of it: " + missing + ".";
        }
        return group.denials().stream().anyMatch(denial -> denial.path().contains("buildkit"))
                ? "docker build asks for this only because it lacks BuildKit's own way: set " + missing + " instead."
                : "";
    }

    private static String of(Reason reason) {
        return switch (reason) {
            case NEVER -> "No variable opens it: it is never allowed.";
            case COMPATIBILITY -> "COMPAT=tecnativa knows no Podman paths.";
            case UNLISTED -> "No operation of the Docker API has this method and path.";
            case BROWSER ->
                "A web page sent it (it carries Origin or Sec-Fetch-Site), and no web page may talk to the daemon.";
            case VERSION_TOO_OLD -> "It asked for an API version below 1.24, in which operations can do more.";
            case PARAMETER_PATH -> "A parameter named a path or a transport of the host.";
            case PARAMETER_DRIVER -> "A parameter chose a driver that runs commands on the host.";
            case PARAMETER_PRIVILEGE -> "A parameter weakened the isolation of a build.";
            case PARAMETER_VARIABLE ->
                "A parameter needs more variables than its operation does; the client was told which.";
            case BODY_REFUSED -> "It had a body where the operation takes none, or one that cannot be judged.";
            case FORM_BODY -> "Its body was a form, from which the daemon reads parameters that were not judged.";
            case SECTION, ALONE, VARIABLE_MISSING -> "A variable was missing.";
        };
    }
}
