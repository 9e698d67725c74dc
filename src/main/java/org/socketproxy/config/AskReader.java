package org.socketproxy.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.config.LeaseTemplate.Askable;
import org.socketproxy.config.LeaseTemplate.Asking;
import org.socketproxy.config.LeaseTemplate.Egress;
import org.socketproxy.yaml.YamlValue;

/** Reads {@code ask}, {@code approve} and {@code hold} of a template of leases. */
final class AskReader {
    private static final Duration LONGEST_HOLD = Duration.ofMinutes(5);
    private static final Duration USUAL_HOLD = Duration.ofSeconds(45);

    private final ClientsReader clients;

    AskReader(ClientsReader clients) {
        this.clients = clients;
    }

    /**
     * @param keys of the template
     * @param isWithoutPorts whether the template says that no container opens ports
     */
    Asking read(Map<String, YamlValue> keys, List<String> projects, Egress egress, boolean isWithoutPorts) {
        YamlValue ask = keys.get("ask");
        Set<Askable> kinds = EnumSet.noneOf(Askable.class);
        if (ask != null) {
            ask.elements().forEach(element -> askable(element).ifPresent(kinds::add));
            String fault = fault(kinds, projects, egress, isWithoutPorts);
            if (fault != null) {
                ask.refuse(fault);
            }
        }
        YamlValue approve = keys.get("approve");
        List<ClientMatcher> approvers = approve == null ? List.of() : clients.read(approve);
        Duration hold = LeasesReader.duration(keys.get("hold"), LONGEST_HOLD, USUAL_HOLD);
        if (kinds.isEmpty()) {
            for (String key : List.of("approve", "hold")) {
                YamlValue unused = keys.get(key);
                if (unused != null) {
                    unused.refuse("nobody is asked: name what to ask, such as ask: [images], or remove this key");
                }
            }
            return Asking.NONE;
        }
        return new Asking(kinds, approvers, hold);
    }

    private static @Nullable String fault(
            Set<Askable> kinds, List<String> projects, Egress egress, boolean isWithoutPorts) {
        if (kinds.contains(Askable.PORTS) && (isWithoutPorts || !egress.isOpen())) {
            return "this lease has no ports: remove ports";
        }
        return kinds.contains(Askable.READ_ONLY_BINDS) && projects.isEmpty()
                ? "binds:ro is for paths below projects: name such folders, or remove binds:ro"
                : null;
    }

    private static Optional<Askable> askable(YamlValue element) {
        String word = element.text();
        Optional<Askable> known = Arrays.stream(Askable.values())
                .filter(question -> question.word().equals(word))
                .findFirst();
        if (known.isEmpty()) {
            element.refuse(
                    "use " + Arrays.stream(Askable.values()).map(Askable::word).collect(Collectors.joining(", ")));
        }
        return known;
    }
}
