package org.socketproxy.server;

import java.io.PrintStream;
import org.socketproxy.config.Setting;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;

/** Prints the text of {@code --help}. */
final class HelpText {
    private HelpText() {}

    static void print(PrintStream out) {
        out.println("""
                Usage: java -jar docker-socket-proxy.jar [--help | --version | COMMAND]

                A proxy for the Docker socket that forwards only permitted API operations.
                It is configured by environment variables.

                Without a command the proxy starts. Commands, with the same environment variables:
                  explain [--json] METHOD TARGET   prints the decision for a request and what would allow it
                  explain [--json] curl ...        the same for a pasted curl line; exit 0 allowed, 1 denied
                  check [--json]                   validates the configuration, prints the effective policy
                  operations                       lists all operations and the variables that allow them
                  generate-completion              prints a completion script for bash and zsh

                Settings:""");
        for (Setting setting : Setting.values()) {
            out.printf("  %-26s %s%n  %-26s default: %s%n", setting, setting.meaning(), "", setting.defaultValue());
        }
        out.println("\nVariables that allow operations (1, true, yes or on; all other operations are denied):");
        for (Variable variable : Variables.load().all()) {
            String name = variable.name() + (variable.isOnByDefault() ? " (on)" : "");
            out.printf("  %-29s %s%n", name, variable.opens());
        }
        out.println("""

                docker build and buildx need BUILD, SESSION, GRPC and POST together.""");
    }
}
