package org.socketproxy.command;

import java.io.PrintStream;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;

/** Prints all operations, and what allows each. */
final class OperationList {
    private OperationList() {}

    static void print(OperationCatalogue catalogue, PrintStream out) {
        for (Operation operation : catalogue.operations()) {
            String section = operation.section() == null ? "never" : operation.section();
            String required =
                    operation.required().isEmpty() ? "" : " and " + String.join(" and ", operation.required());
            String post = operation.write().isAlways() ? " and POST" : "";
            String sufficient =
                    operation.sufficient().isEmpty() ? "" : ", or alone " + String.join(" or ", operation.sufficient());
            out.println(operation.id() + "\t" + operation.signature() + "\t" + section + required + post + sufficient
                    + "\t" + operation.summary());
        }
    }
}
