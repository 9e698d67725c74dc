package org.socketproxy.server;

import java.io.PrintStream;
import org.socketproxy.config.Setting;
import org.socketproxy.policy.Variable;
import org.socketproxy.policy.Variables;

/** The text of {@code --help}. */
final class HelpText {
    private HelpText() {}

    static void print(PrintStream out) {
        out.println("""
                Usage: java -jar docker-socket-proxy.jar [--help | --version | COMMAND]

                Stands between a client and the Docker socket, and lets only the permitted API
                operations through. Everything is configured by environment variables.

                Without a command it runs. Commands, which judge by the same environment:
                  explain [--json] METHOD TARGET   what becomes of a request, and what would allow it
                  explain [--json] curl ...        the same for a pasted curl line; exit 0 allowed, 1 denied
                  check [--json]                   validates the configuration, prints the effective policy
                  operations                       lists the operations that the proxy knows

                Settings:""");
        for (Setting setting : Setting.values()) {
            out.printf("  %-26s %s%n  %-26s default: %s%n", setting, setting.meaning(), "", setting.defaultValue());
        }
        out.println("\nVariables that allow (1, true, yes, on; everything else is denied):");
        for (Variable variable : Variables.load().all()) {
            String name = variable.name() + (variable.isOnByDefault() ? " (on)" : "");
            out.printf("  %-29s %s%n", name, variable.opens());
        }
        out.println("""

                docker build and buildx need BUILD, SESSION, GRPC and POST together.""");
    }
}
