package org.socketproxy.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.WriteRules;

/** Reads {@code WRITE_TARGETS}. */
final class WriteReader {
    private WriteReader() {}

    /**
     * Reports a missing {@code CREATE=safe} if a client could get the rights of the host without it.
     *
     * @param policy what the profile allows
     * @param operations the objects of single operations
     * @param guarded objects that no profile changes
     */
    static WriteRules read(
            Reading reading,
            OperationCatalogue catalogue,
            Policy policy,
            Map<String, Scope> operations,
            boolean isSafe,
            List<Scope> guarded) {
        Scope targets = TargetsReader.read(reading, Setting.WRITE_TARGETS);
        if (targets != null && !isSafe) {
            needingCreate(catalogue, policy)
                    .ifPresent(operation -> reading.refuse(
                            Setting.WRITE_TARGETS,
                            operation.id() + " is allowed, by which a client could get the rights of the host: "
                                    + TargetsReader.createAdvice(reading) + ", or deny it"));
        }
        return new WriteRules(targets, operations, guarded);
    }

    private static Optional<Operation> needingCreate(OperationCatalogue catalogue, Policy policy) {
        return catalogue.operations().stream()
                .filter(WriteRules::needsCreate)
                .filter(each -> policy.allows(each, each.write().isPossible()))
                .findFirst();
    }
}
