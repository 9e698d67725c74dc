package org.socketproxy.status;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.ListenAddress;
import org.socketproxy.config.NetworkAddress;
import org.socketproxy.config.Settings;
import org.socketproxy.config.UnixAddress;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.policy.create.CreateSummary;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.status.ProxySetup.ProfileLink;

/** Formats the start report: addresses, daemon, and one line for each granted variable. */
public final class StartReport {
    private static final String INDENT = "    ";

    private StartReport() {}

    /** Returns one text to print at once, so that audit records of other threads do not interleave. */
    public static String of(ProxySetup setup, String statusPage) {
        StringBuilder report = new StringBuilder();
        report.append("docker-socket-proxy ").append(setup.version()).append('\n');
        setup.listening()
                .forEach(address ->
                        report.append("  listening    ").append(address).append('\n'));
        report.append("  daemon       ").append(setup.daemon()).append('\n');
        report.append("  status page  ")
                .append(statusPage.isEmpty() ? "off" : statusPage)
                .append('\n');
        setup.extensions()
                .forEach(name -> report.append("  extension    ").append(name).append('\n'));
        if (setup.profiles().isEmpty()) {
            appendPolicy(report, setup);
        }
        setup.profiles().forEach(profile -> append(report, profile));
        setup.hints().forEach(hint -> report.append("  note: ").append(hint).append('\n'));
        Duration learning = setup.profile().learning().left();
        if (setup.profiles().isEmpty() && !learning.isZero()) {
            report.append(learning(learning, !statusPage.isEmpty()));
        }
        return report.toString();
    }

    private static void appendPolicy(StringBuilder report, ProxySetup setup) {
        report.append(setup.granted().isEmpty() ? "  allowed      nothing\n" : "  allowed\n");
        appendAllowed(report, setup);
        appendCreate(report, setup);
        String mask = setup.profile().mask().selection().assignment();
        if (!mask.isEmpty()) {
            report.append("  masked       ").append(mask).append('\n');
        }
        report.append("  root on the host by a client? ")
                .append(setup.risk().answer())
                .append('\n');
    }

    private static void append(StringBuilder report, ProfileLink profile) {
        report.append("  profile      ")
                .append(profile.name())
                .append(" allows ")
                .append(profile.allowed())
                .append(" operations; its clients: ")
                .append(profile.clientsInWords())
                .append('\n');
        if (!profile.rules().isEmpty()) {
            report.append(" ".repeat(15))
                    .append(String.join(" ", profile.rules()))
                    .append('\n');
        }
        report.append(" ".repeat(15))
                .append("root on the host by a client? ")
                .append(profile.risk().answer())
                .append('\n');
        if (profile.isLearning()) {
            report.append(" ".repeat(15))
                    .append("LEARN MODE: WHAT THIS PROFILE DENIES IS FORWARDED AND RECORDED."
                            + " Its clients can get root on the host.\n");
        }
    }

    /** Returns the line about the proxy's container; empty if it is not protected. */
    public static String ownContainer(String reference) {
        return reference.isEmpty() ? "" : "  protected    own container " + ObjectIds.shorten(reference) + "\n";
    }

    /** Returns a warning if the daemon does not answer, else an empty string. */
    public static String noDaemon(String problem) {
        return problem.isEmpty() ? "" : "  WARNING: the daemon does not answer: " + problem + "\n";
    }

    /**
     * Returns a warning for each address that other machines or users can reach.
     *
     * @param isContainersOwnNetwork true in a container network, where the compose file decides about published ports
     */
    public static String openDoors(Settings settings, boolean isContainersOwnNetwork) {
        StringBuilder warnings = new StringBuilder();
        for (ListenAddress address : settings.connections().listen()) {
            boolean isOfContainer =
                    isContainersOwnNetwork && address instanceof NetworkAddress network && network.isEveryAddress();
            String warning =
                    isOfContainer ? "" : warning(address, settings.connections().tls());
            if (!warning.isEmpty()) {
                warnings.append("  WARNING: ").append(address).append(warning).append('\n');
            }
        }
        return warnings.toString();
    }

    private static String learning(Duration left, boolean isSuggested) {
        return "  LEARN MODE for " + inWords(left) + ": REQUESTS THAT THE VARIABLES DENY ARE FORWARDED AND RECORDED."
                + " Any client that reaches this proxy can get root on the host."
                + (isSuggested ? "\n  /suggest of the status page lists the variables that the clients need." : "")
                + "\n";
    }

    private static String warning(ListenAddress address, Settings.@Nullable Tls tls) {
        if (address instanceof UnixAddress unix) {
            return unix.isForEverybody()
                    ? " can be opened by every user who can access the file: set "
                            + (unix.isInherited() ? "SocketMode=0660 and SocketGroup=" : "mode=0660 and a group")
                    : "";
        }
        NetworkAddress network = (NetworkAddress) address;
        if (network.isLoopback()) {
            return "";
        }
        if (!network.isTls()) {
            return " can be reached from other machines or containers, without encryption or authentication: use a network"
                    + " that contains only the proxy's clients";
        }
        return tls != null && tls.clientAuthorities() != null
                ? ""
                : " can be reached from other machines or containers, and requires no client certificate: set TLS_CLIENT_CA";
    }

    /** Formats as {@code 1h 30m}. */
    static String inWords(Duration length) {
        return length.plusMillis(500)
                .truncatedTo(ChronoUnit.SECONDS)
                .toString()
                .substring(2)
                .replaceAll("(?<=[HM])(?=.)", " ")
                .toLowerCase(Locale.ROOT);
    }

    private static void appendCreate(StringBuilder report, ProxySetup setup) {
        append(report, "create", CreateSummary.of(setup.profile().create()));
        append(report, "exec  ", ExecRules.summary(setup.profile().exec()));
        Scope targets = setup.profile().targets();
        if (targets != null) {
            report.append("  targets      ")
                    .append(String.join(",", targets.texts()))
                    .append('\n');
        }
        setup.profile()
                .limits()
                .assignments()
                .forEach(limit -> report.append("  max          ").append(limit).append('\n'));
        setup.profile()
                .writes()
                .summary()
                .forEach(line -> report.append("  write        ").append(line).append('\n'));
    }

    private static void append(StringBuilder report, String label, List<CreateSummary.Line> lines) {
        for (CreateSummary.Line line : lines) {
            report.append("  ")
                    .append(label)
                    .append("       ")
                    .append(line.assignment())
                    .append('\n');
            if (!line.danger().isEmpty()) {
                report.append(" ".repeat(15))
                        .append("  DANGER: ")
                        .append(line.danger())
                        .append('\n');
            }
        }
    }

    private static void appendAllowed(StringBuilder report, ProxySetup setup) {
        List<Variable> allowed = setup.variables().stream()
                .filter(variable -> setup.granted().contains(variable.name()))
                .toList();
        int width = allowed.stream()
                        .mapToInt(variable -> variable.name().length())
                        .max()
                        .orElse(0)
                + 2;
        for (Variable variable : allowed) {
            String padding = " ".repeat(width - variable.name().length());
            report.append(INDENT)
                    .append(variable.name())
                    .append(padding)
                    .append(variable.opens())
                    .append('\n');
            if (variable.danger() != null) {
                report.append(INDENT)
                        .append(" ".repeat(width))
                        .append("  DANGER: ")
                        .append(variable.danger())
                        .append('\n');
            }
        }
    }
}
