package org.socketproxy.command;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.advice.AddedDangers;
import org.socketproxy.policy.advice.PolicyDirection;
import org.socketproxy.policy.advice.ProfileChange;

/** Prints the differences of two policy files: settings and allowed operations of each profile. */
final class PolicyDifference {
    private final OperationCatalogue catalogue;
    private final Variables variables;
    private final PolicySettings before;
    private final PolicySettings after;

    PolicyDifference(OperationCatalogue catalogue, Variables variables, PolicySettings before, PolicySettings after) {
        this.catalogue = catalogue;
        this.variables = variables;
        this.before = before;
        this.after = after;
    }

    /** The allowed operations of one profile that differ. */
    private record Difference(
            ProfileChange change,
            PolicyDirection direction,
            List<String> gained,
            List<String> lost,
            List<String> dangers) {}

    /** Prints the differences, and returns their direction. */
    PolicyDirection print(boolean isJson, PrintStream out) {
        List<String> ofOrder = ProfileChange.ofOrder(before, after);
        ConfiguredProfiles old = profiles(before);
        ConfiguredProfiles young = profiles(after);
        AddedDangers dangers = new AddedDangers(old, young, variables, catalogue);
        List<Difference> differences = ProfileChange.between(before, after, variables).stream()
                .map(change -> difference(change, old, young, dangers.of(change)))
                .toList();
        PolicyDirection direction = differences.stream()
                .map(Difference::direction)
                .reduce(ofOrder.isEmpty() ? PolicyDirection.EQUAL : PolicyDirection.WIDER, PolicyDirection::and);
        if (isJson) {
            out.println(JsonText.pretty(json -> write(differences, ofOrder, direction, json)));
            return direction;
        }
        for (Difference each : differences) {
            out.println("profile " + each.change.profile() + ": " + each.change.text());
            each.dangers.forEach(danger -> out.println("  DANGER: " + danger));
            for (Operation operation : catalogue.operations()) {
                if (each.gained.contains(operation.id()) || each.lost.contains(operation.id())) {
                    out.println("  " + (each.gained.contains(operation.id()) ? "+ " : "- ") + operation.id());
                }
            }
        }
        ofOrder.forEach(out::println);
        if (direction == PolicyDirection.EQUAL) {
            out.println("no difference");
        }
        return direction;
    }

    private Difference difference(
            ProfileChange change, ConfiguredProfiles old, ConfiguredProfiles young, List<String> dangers) {
        Set<String> allowedBefore = allowed(old.find(change.profile()));
        Set<String> allowed = allowed(young.find(change.profile()));
        List<String> gained =
                allowed.stream().filter(id -> !allowedBefore.contains(id)).toList();
        List<String> lost =
                allowedBefore.stream().filter(id -> !allowed.contains(id)).toList();
        PolicyDirection direction =
                gained.isEmpty() ? PolicyDirection.of(change, before, after) : PolicyDirection.WIDER;
        return new Difference(change, direction, gained, lost, dangers);
    }

    private static void write(
            List<Difference> differences, List<String> ofOrder, PolicyDirection direction, JsonGenerator json)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("direction", direction.word());
        json.writeArrayFieldStart("profiles");
        for (Difference each : differences) {
            json.writeStartObject();
            json.writeStringField("profile", each.change.profile());
            json.writeStringField("direction", each.direction.word());
            JsonText.writeStrings(json, "on", each.change.on());
            JsonText.writeStrings(json, "off", each.change.off());
            JsonText.writeStrings(json, "others", each.change.others());
            JsonText.writeStrings(json, "gained", each.gained);
            JsonText.writeStrings(json, "lost", each.lost);
            JsonText.writeStrings(json, "dangers", each.dangers);
            json.writeEndObject();
        }
        json.writeEndArray();
        JsonText.writeStrings(json, "order", ofOrder);
        json.writeEndObject();
    }

    private ConfiguredProfiles profiles(PolicySettings policy) {
        return ConfiguredProfiles.of(policy, catalogue, ParameterRules.load(), any -> LearnMode.off());
    }

    private Set<String> allowed(Optional<ConfiguredProfile> profile) {
        return catalogue.operations().stream()
                .filter(operation ->
                        profile.isPresent() && profile.get().profile().allows(operation))
                .map(Operation::id)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
