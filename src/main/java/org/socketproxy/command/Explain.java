package org.socketproxy.command;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.Profile;

/** Prints the decision for one request and its reason. Uses the same policy code as the permission filter. */
final class Explain {
    private final OperationCatalogue catalogue;
    private final Profile profile;

    Explain(OperationCatalogue catalogue, Profile profile) {
        this.catalogue = catalogue;
        this.profile = profile;
    }

    /** Prints the decision and returns true if the request would be allowed. */
    boolean print(RequestLine request, boolean isJson, PrintStream out) {
        Outcome outcome = judge(request);
        if (isJson) {
            out.println(JsonText.pretty(json -> write(request, outcome, json)));
        } else {
            print(request, outcome, out);
        }
        return outcome.isAllowed;
    }

    private record Outcome(
            boolean isAllowed,
            String reason,
            String sentence,
            @Nullable Operation operation,
            @Nullable Decision decision) {}

    private Outcome judge(RequestLine request) {
        try {
            RequestTarget target = RequestTarget.parse(request.target());
            Operation operation = catalogue.find(request.method(), target).orElse(null);
            Decision decision = profile.policy().decide(operation, target, request.head());
            String sentence = decision.isAllowed()
                    ? "allowed by " + String.join("=1 and ", decision.by()) + "=1"
                    : DenialMessage.sentence(decision, () -> catalogue.methodsOf(target));
            return new Outcome(decision.isAllowed(), decision.reason().code(), sentence, operation, decision);
        } catch (BadTargetException refused) {
            return new Outcome(false, refused.fault().code(), refused.fault().sentence(), null, null);
        }
    }

    private void print(RequestLine request, Outcome outcome, PrintStream out) {
        out.println("request    " + request.method() + " " + request.target());
        Operation operation = outcome.operation;
        if (operation != null) {
            out.println("operation  " + operation.id() + " (" + operation.signature() + "): " + operation.summary());
            String section = operation.section();
            if (section != null) {
                out.println(
                        "section    " + section + (profile.policy().granted().contains(section) ? ", on" : ", off"));
            }
        }
        out.println("decision   " + (outcome.isAllowed ? "allowed" : "denied") + " (" + outcome.reason + ")");
        out.println("           " + outcome.sentence);
    }

    private static void write(RequestLine request, Outcome outcome, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("method", request.method());
        json.writeStringField("target", request.target());
        json.writeStringField("operation", outcome.operation == null ? null : outcome.operation.id());
        json.writeStringField("section", outcome.operation == null ? null : outcome.operation.section());
        json.writeBooleanField("allowed", outcome.isAllowed);
        json.writeStringField("reason", outcome.reason);
        json.writeStringField("sentence", outcome.sentence);
        JsonText.writeStrings(json, "by", outcome.decision == null ? List.of() : outcome.decision.by());
        json.writeArrayFieldStart("ways");
        if (outcome.decision != null) {
            for (Decision.Alternative alternative : outcome.decision.alternatives()) {
                json.writeStartObject();
                JsonText.writeStrings(json, "set", alternative.missing());
                json.writeNumberField("opens", alternative.opens());
                json.writeEndObject();
            }
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
