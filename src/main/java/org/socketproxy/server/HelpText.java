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
                  explain [OPTIONS] METHOD TARGET      prints the decision for a request and what would allow it;
                                                       exit code 0 allowed, 1 denied
                  explain [OPTIONS] grpc NAME          the same for a call of a build
                    --body FILE                        judges the JSON body in this file too
                    --client CLIENT                    decides for an address, or facts such as uid=1000,listener=ci
                    --profile NAME                     decides by this profile of the policy file
                  check                                validates the configuration, prints the effective policy;
                                                       exit code 0, 3 if the daemon does not answer
                  check --daemon NAME/VERSION          prints the known faults of this daemon, such as Docker/26.1.5
                  check --diff OLD NEW                 prints what differs between two policy files;
                                                       exit code 0 equal, 4 narrower, 5 wider or both
                  check --ledger FILE [POLICY]         prints recorded operations that the policy would deny
                  check --fail-on LEVEL [POLICY]       does not ask the daemon; exit code 1 if a profile has this level of
                                                       danger or a worse one: root, indirect, secrets, limited; or notes
                  convert [--service NAME] [FILE]      prints a policy file that decides like the environment, an env file,
                                                       or a service of a compose file
                  operations                           lists all operations and the variables that allow them
                  table NAME                           prints a table of rules: create-fields, build-fields,
                                                       parameters, parameter-rules, secrets,
                                                       masked-filters or version-differences
                  generate-completion                  prints a completion script for bash and zsh
                explain and check print JSON with --json. Exit code 2: the arguments or the configuration are wrong.

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
