package org.socketproxy.server;

import java.io.PrintStream;
import org.socketproxy.policy.Variable;
import org.socketproxy.status.StatusFacts;

/** What the program says when it has started: where, which daemon, and one line a permission that is on. */
final class StartReport {
    private StartReport() {}

    static void print(StatusFacts facts, String statusPage, PrintStream out) {
        out.println("docker-socket-proxy " + facts.version());
        facts.listening().forEach(address -> out.println("  listening    " + address));
        out.println("  daemon       " + facts.daemon());
        out.println("  status page  " + (statusPage.isEmpty() ? "off" : statusPage));
        out.println("  allowed:");
        for (Variable variable : facts.variables()) {
            if (facts.granted().contains(variable.name())) {
                out.printf("    %-12s %s%n", variable.name(), variable.opens());
                if (variable.danger() != null) {
                    out.printf("    %-12s   DANGER: %s%n", "", variable.danger());
                }
            }
        }
        facts.advice().ifPresent(advice -> out.println("  note: " + advice));
        out.flush();
    }
}
