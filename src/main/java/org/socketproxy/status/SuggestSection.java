package org.socketproxy.status;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.policy.Remedies;
import org.socketproxy.policy.Remedies.Safe;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.policy.advice.MinimalPolicy;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.usage.Usage;

/**
 * The minimum variables for the requests, as a difference to the variables that are on.
 *
 * @param changes the variables to add, to remove and to keep, in this order
 * @param text all lines to copy
 * @param clients the most recent first, at most {@link #MOST_CLIENTS}
 * @param operations the requested operations; denied ones first
 */
public record SuggestSection(List<Change> changes, String text, List<Item> clients, List<Item> operations, int opens) {
    static final SuggestSection NONE = new SuggestSection(List.of(), "", List.of(), List.of(), 0);

    private static final int MOST_CLIENTS = 50;

    public SuggestSection {
        changes = List.copyOf(changes);
        clients = List.copyOf(clients);
        operations = List.copyOf(operations);
    }

    /** Change of a variable; the page shows the word before the name. */
    public enum Kind {
        ADD("+", "add"),
        REMOVE("−", "remove"),
        KEEP("=", "keep"),
        /** Clients go on without it. */
        OPTIONAL("?", "optional");

        private final String sign;
        private final String word;

        Kind(String sign, String word) {
            this.sign = sign;
            this.word = word;
        }

        public String sign() {
            return sign;
        }

        public String word() {
            return word;
        }
    }

    /** A variable; {@code why} names the operations that need it, or the reason to remove it. */
    public record Change(Kind kind, String variable, String why) {}

    /**
     * A client or an operation that can be left out.
     *
     * @param name value of the parameter, and label
     * @param detail counts of its requests
     */
    public record Item(String name, String detail, boolean isLeftOut) {}

    static SuggestSection of(StatusFacts facts, PageQuery query) {
        ProxySetup setup = facts.setup();
        List<Usage.ClientUse> clients = new ArrayList<>(facts.usage().clients());
        clients.sort(Comparator.comparing(Usage.ClientUse::last).reversed());
        List<Usage.ClientOperation> wanted = clients.stream()
                .filter(client -> !query.without().contains(client.client()))
                .flatMap(client -> client.operations().stream())
                .filter(each -> each.operation() != null && !query.without().contains(each.operation()))
                .toList();
        MinimalPolicy least = facts.least().of(setup.profile(), wanted);
        Safe safe = facts.least().safest(setup.profile(), least.variables(), wanted);
        return new SuggestSection(
                changes(least, safe, facts.least().optional(setup.profile(), wanted), setup),
                text(least, safe, setup),
                clients.stream()
                        .limit(MOST_CLIENTS)
                        .map(client -> clientItem(client, query))
                        .toList(),
                operationItems(facts, clients, query),
                least.opens());
    }

    private static List<Change> changes(
            MinimalPolicy least, Safe safe, Map<String, List<Operation>> optional, ProxySetup setup) {
        List<Change> changes = new ArrayList<>();
        setup.form()
                .words(safe.settings())
                .forEach(words -> changes.add(new Change(Kind.ADD, words, "without it: " + safe.danger())));
        for (Variable variable : setup.variables()) {
            String name = variable.name();
            boolean isOn = setup.granted().contains(name);
            List<Operation> reasons = least.needed().get(name);
            if (reasons != null) {
                String why = MinimalPolicy.ids(reasons);
                changes.add(new Change(isOn ? Kind.KEEP : Kind.ADD, name, why));
            } else if (!isOn && optional.containsKey(name)) {
                changes.add(new Change(
                        Kind.OPTIONAL,
                        name,
                        MinimalPolicy.ids(optional.get(name)) + "; the client goes on after the denial"));
            } else if (isOn) {
                changes.add(new Change(Kind.REMOVE, name, "no request needs it"));
            }
        }
        allow(least, setup)
                .forEach(words -> changes.add(new Change(Kind.ADD, words, "no variable allows it beside the targets")));
        changes.sort(Comparator.comparing(Change::kind)); // stable, so that the order of the variables remains
        return changes;
    }

    /** Returns the key for operations that no variable allows; only a policy file has it. */
    private static List<String> allow(MinimalPolicy least, ProxySetup setup) {
        return setup.form() != AssignmentForm.POLICY_FILE || least.byId().isEmpty()
                ? List.of()
                : setup.form().words(List.of(Remedies.allow(least.byId())));
    }

    private static String text(MinimalPolicy least, Safe safe, ProxySetup setup) {
        AssignmentForm form = setup.form();
        List<String> lines = new ArrayList<>(allow(least, setup));
        if (form == AssignmentForm.POLICY_FILE) {
            lines.addAll(form.lines(safe.settings()));
        }
        if (!form.header().isEmpty()) {
            lines.add(form.header());
        }
        if (form != AssignmentForm.POLICY_FILE) {
            form.lines(safe.settings()).forEach(line -> lines.add(form.indent() + line));
            form.lines(setup.profile().remedies().kept(safe.settings()))
                    .forEach(line -> lines.add(form.indent() + line));
        }
        least.assignments(setup.variables(), variable -> setup.defaults().contains(variable.name()))
                .forEach(each ->
                        lines.add(form.indent() + form.line(each.variable().name(), each.isOn())));
        return String.join("\n", lines);
    }

    private static Item clientItem(Usage.ClientUse client, PageQuery query) {
        Set<String> operations = client.operations().stream()
                .map(each -> each.operation() == null ? "outside the API" : each.operation())
                .collect(Collectors.toCollection(LinkedHashSet::new));
        return new Item(
                client.client(),
                StatusPage.count(operations.size(), "operation"),
                query.without().contains(client.client()));
    }

    private static List<Item> operationItems(StatusFacts facts, List<Usage.ClientUse> clients, PageQuery query) {
        Map<String, long[]> counts = new TreeMap<>();
        for (Usage.ClientUse client : clients) {
            for (Usage.ClientOperation each : client.operations()) {
                if (each.operation() != null) {
                    long[] sums = counts.computeIfAbsent(each.operation(), first -> new long[2]);
                    sums[0] += each.allowed();
                    sums[1] += each.denied();
                }
            }
        }
        Set<String> denied = facts.operations().stream()
                .filter(operation -> counts.containsKey(operation.id())
                        && !facts.setup().profile().decide(operation).isAllowed())
                .map(Operation::id)
                .collect(Collectors.toSet());
        return counts.entrySet().stream()
                .sorted(Comparator.comparing(entry -> !denied.contains(entry.getKey())))
                .map(entry -> new Item(
                        entry.getKey(),
                        entry.getValue()[0] + " allowed, " + entry.getValue()[1] + " denied",
                        query.without().contains(entry.getKey())))
                .toList();
    }
}
