package org.socketproxy.config;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.OperationExceptions;
import org.socketproxy.policy.OperationExceptions.Allowed;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.WriteRules;
import org.socketproxy.table.NearestName;
import org.socketproxy.yaml.YamlValue;

/** Reads the lists {@code allow} and {@code deny} of a profile: ids of operations, or in {@code allow} an id with conditions. */
final class OperationsReader {
    private static final List<String> KEYS = Stream.concat(Stream.of("operation", "until"), TargetsReader.KEYS.stream())
            .toList();

    private final OperationCatalogue catalogue;
    private final Map<String, YamlValue> keys;
    private final boolean isSafe;

    /**
     * @param keys the keys of the profile
     * @param isSafe true with {@code CREATE=safe}
     */
    OperationsReader(OperationCatalogue catalogue, Map<String, YamlValue> keys, boolean isSafe) {
        this.catalogue = catalogue;
        this.keys = keys;
        this.isSafe = isSafe;
    }

    /** @param variables what the variables of the profile allow */
    OperationExceptions read(Policy variables) {
        Map<String, Allowed> allowed = new LinkedHashMap<>();
        for (YamlValue element : elements("allow")) {
            readAllowed(element, variables, allowed);
        }
        Set<String> denied = new LinkedHashSet<>();
        for (YamlValue element : elements("deny")) {
            operation(element).ifPresent(operation -> denied.add(operation.id()));
        }
        YamlValue allow = keys.get("allow");
        if (allow != null) {
            allowed.keySet().stream()
                    .filter(denied::contains)
                    .forEach(id -> allow.refuse("the profile denies " + id + " too: remove it from one of the lists"));
        }
        return new OperationExceptions(allowed, denied);
    }

    private List<YamlValue> elements(String key) {
        YamlValue value = keys.get(key);
        return value == null ? List.of() : value.elements();
    }

    /** Reads an id, or a mapping with {@code operation} and conditions. */
    private void readAllowed(YamlValue element, Policy variables, Map<String, Allowed> allowed) {
        Map<String, YamlValue> parts = element.isMapping() ? element.entries(KEYS) : Map.of("operation", element);
        YamlValue id = parts.get("operation");
        if (id == null) {
            element.refuse("name the operation, such as operation: ContainerExec");
            return;
        }
        Map<String, YamlValue> selector = new LinkedHashMap<>(parts);
        selector.keySet().retainAll(TargetsReader.KEYS);
        Allowed conditions = new Allowed(until(parts.get("until")), objects(element, selector));
        operation(id).ifPresent(operation -> {
            if (isNeverAllowed(operation)) {
                id.refuse("no variable allows this operation, so a profile cannot allow it either");
            } else if (!conditions.equals(allowed.getOrDefault(operation.id(), conditions))) {
                id.refuse("this operation comes twice with different conditions: remove one");
            } else if (!conditions.equals(Allowed.ALWAYS)
                    && variables.allows(operation, operation.write().isAlways())) {
                id.refuse("the variables of the profile allow this operation too, so" + conditions.text()
                        + " would have no effect: switch the variables off, or remove it");
            } else if (conditions.objects() != null && !WriteRules.isSelectable(operation)) {
                id.refuse("the requests of this operation name no object, so that none can be selected");
            } else if (conditions.objects() != null && !isSafe && WriteRules.needsCreate(operation)) {
                id.refuse("by this operation a client could get the rights of the host: add create: safe");
            } else {
                allowed.put(operation.id(), conditions);
            }
        });
    }

    private static @Nullable Scope objects(YamlValue element, Map<String, YamlValue> selector) {
        List<String> elements = TargetsReader.elements(selector);
        return elements.isEmpty()
                ? null
                : TargetsReader.scope(elements, (found, advice) -> element.refuse(found + ": " + advice));
    }

    private Optional<Operation> operation(YamlValue element) {
        String id = element.text();
        Optional<Operation> operation = catalogue.byId(id);
        if (operation.isEmpty()) {
            element.refuse("there is no operation " + id
                    + NearestName.advice(
                            id,
                            catalogue.operations().stream().map(Operation::id).toList(),
                            "; the command operations lists all ids, such as ContainerList"));
        }
        return operation;
    }

    private static boolean isNeverAllowed(Operation operation) {
        return operation.section() == null && operation.sufficient().isEmpty();
    }

    /** Reads the end of a permission; null without one, and for an invalid one, which it reports. */
    static @Nullable Instant until(@Nullable YamlValue value) {
        if (value == null) {
            return null;
        }
        Optional<Instant> until = Parsers.instant(value.text());
        if (until.isEmpty()) {
            value.refuse("use an instant in UTC, such as 2026-12-01T18:00:00Z");
        }
        return until.orElse(null);
    }
}
