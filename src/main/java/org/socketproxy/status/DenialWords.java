package org.socketproxy.status;

import java.util.Arrays;
import org.socketproxy.api.BadTargetException;
import org.socketproxy.policy.Reason;

/** Says in words why something was refused that no variable would allow. */
final class DenialWords {
    private DenialWords() {}

    /** @param code of a {@link Reason}, of a fault of the target, or of what else keeps a request from being judged */
    static String of(String code) {
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

    private static String of(Reason reason) {
        return switch (reason) {
            case NEVER -> "No variable opens it: it is never allowed.";
            case COMPATIBILITY -> "COMPAT=tecnativa knows no Podman paths.";
            case UNLISTED -> "No operation of the Docker API has this method and path.";
            case BROWSER ->
                "A web page sent it (it carries Origin or Sec-Fetch-Site), and no web page may talk to the daemon.";
            case SECTION, ALONE, VARIABLE_MISSING -> "A variable was missing.";
        };
    }
}
