package org.socketproxy.command;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.ProfileOrigin;
import org.socketproxy.usage.Usage;
import org.socketproxy.usage.Usage.ClientOperation;
import org.socketproxy.usage.Usage.ClientUse;
import org.socketproxy.usage.Usage.OperationUse;

/** Prints which recorded operations of which clients a policy would deny. The ledger has neither parameters nor bodies. */
final class LedgerCheck {
    private static final int CLIENT_ERROR = 4;

    private final OperationCatalogue catalogue;
    private final ConfiguredProfiles profiles;
    private final List<Row> denied = new ArrayList<>();
    private int judged;
    private int deniedBefore;

    /** One operation of one client that the policy denies. */
    private record Row(String client, String profile, ClientOperation use, Decision decision, String sentence) {
        long requests() {
            return use.allowed() + use.denied();
        }
    }

    LedgerCheck(OperationCatalogue catalogue, ConfiguredProfiles profiles) {
        this.catalogue = catalogue;
        this.profiles = profiles;
    }

    /**
     * Prints the denied operations.
     *
     * @param ledger counts by the name of the profile
     * @return true if there is none
     */
    boolean print(Map<String, Usage> ledger, boolean isJson, PrintStream out) {
        new TreeMap<>(ledger)
                .forEach((profile, usage) -> usage.clients().forEach(client -> {
                    ConfiguredProfile judge = profile(profile, client);
                    client.operations().forEach(use -> judge(client, use, usage, judge));
                }));
        if (isJson) {
            out.println(JsonText.pretty(this::write));
        } else {
            denied.forEach(row -> out.println("DENY    " + row.client + " as " + row.profile + ": "
                    + row.use.operation() + ", " + row.requests() + " requests, last " + row.use.last() + ": "
                    + row.sentence));
            out.println(denied.size() + " of " + judged + " recorded operations of clients would be denied"
                    + (deniedBefore == 0 ? "" : "; " + deniedBefore + " others were denied before, too")
                    + "; parameters and bodies are not recorded");
        }
        return denied.isEmpty();
    }

    /** A client keeps the profile of the policy file in which it was recorded, if the policy has it: the ledger has no listeners. */
    private ConfiguredProfile profile(String recorded, ClientUse client) {
        Optional<ConfiguredProfile> same =
                Set.of(ProfileOrigin.ENVIRONMENT.name(), ProfileOrigin.NONE).contains(recorded)
                        ? Optional.empty()
                        : profiles.find(recorded);
        return same.orElseGet(() -> profiles.of(RecordedClient.parse(client.client())));
    }

    private void judge(ClientUse client, ClientOperation use, Usage usage, ConfiguredProfile judge) {
        Operation operation =
                use.operation() == null ? null : catalogue.byId(use.operation()).orElse(null);
        if (operation == null || !wasForwarded(use, usage)) {
            deniedBefore++;
            return;
        }
        judged++;
        Decision decision = judge.profile().decide(operation, use.isWrite());
        if (!decision.isAllowed()) {
            String sentence = DenialMessage.sentence(decision, judge.profile().origin(), List::of);
            denied.add(new Row(client.client(), judge.name(), use, decision, sentence));
        }
    }

    /** Learn mode counts what it forwards as denied, but the daemon answered: rarely with an error of the client, as a denial. */
    private static boolean wasForwarded(ClientOperation use, Usage usage) {
        return use.allowed() > 0
                || usage.operations().stream()
                        .filter(each -> String.valueOf(use.operation()).equals(each.operation()))
                        .map(OperationUse::outcomes)
                        .flatMap(List::stream)
                        .anyMatch(outcome -> !outcome.isAllowed()
                                && outcome.count() > 0
                                && outcome.statusClass() != 0
                                && outcome.statusClass() != CLIENT_ERROR);
    }

    private void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeNumberField("judged", judged);
        json.writeNumberField("deniedBefore", deniedBefore);
        json.writeArrayFieldStart("denied");
        for (Row row : denied) {
            json.writeStartObject();
            json.writeStringField("client", row.client);
            json.writeStringField("profile", row.profile);
            json.writeStringField("operation", row.use.operation());
            json.writeBooleanField("write", row.use.isWrite());
            json.writeNumberField("requests", row.requests());
            json.writeStringField("last", row.use.last().toString());
            json.writeStringField("reason", row.decision.reason().code());
            json.writeStringField("sentence", row.sentence);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
