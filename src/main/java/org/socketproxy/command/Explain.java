package org.socketproxy.command;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.decide.Steps;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.ApiTranslation;
import org.socketproxy.policy.ApiTranslation.Translated;
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.PermissionEnd;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.build.AskedName;
import org.socketproxy.policy.build.SessionNames;
import org.socketproxy.policy.build.SessionRule;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRefs;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/** Prints the decision for one request and its reason, by the code of the permission filter. */
final class Explain {
    private static final String AUTO = "with the lowest API version that the daemon accepts, if that is newer and the"
            + " request means the same in it; explain does not ask the daemon";

    private final OperationCatalogue catalogue;
    private final Profile profile;

    Explain(OperationCatalogue catalogue, Profile profile) {
        this.catalogue = catalogue;
        this.profile = profile;
    }

    /** Returns true if the request would be allowed. */
    boolean print(RequestLine request, boolean isJson, PrintStream out) {
        Outcome outcome = judge(request);
        if (isJson) {
            out.println(JsonText.pretty(json -> write(request, outcome, json)));
        } else {
            print(request, outcome, out);
        }
        return outcome.isAllowed;
    }

    /** Prints the decisions for all requests of a command; returns true if all are allowed. */
    boolean print(String command, List<RequestLine> requests, boolean isJson, PrintStream out) {
        if (isJson) {
            List<Outcome> outcomes = requests.stream().map(this::judge).toList();
            boolean isAllowed = outcomes.stream().allMatch(Outcome::isAllowed);
            out.println(JsonText.pretty(json -> {
                json.writeStartObject();
                json.writeStringField("command", command);
                json.writeBooleanField("allowed", isAllowed);
                json.writeArrayFieldStart("requests");
                for (int i = 0; i < outcomes.size(); i++) {
                    write(requests.get(i), outcomes.get(i), json);
                }
                json.writeEndArray();
                json.writeEndObject();
            }));
            return isAllowed;
        }
        List<String> denied = new ArrayList<>();
        for (RequestLine request : requests) {
            Outcome outcome = judge(request);
            print(request, outcome, out);
            out.println();
            if (!outcome.isAllowed) {
                denied.add(request.method() + " " + request.target());
            }
        }
        out.println("command    " + command + ": "
                + (denied.isEmpty() ? "allowed" : "denied: " + String.join(", ", denied)));
        return denied.isEmpty();
    }

    private record Outcome(
            boolean isAllowed,
            String reason,
            String sentence,
            @Nullable Operation operation,
            @Nullable Decision decision,
            @Nullable String note,
            String targets,
            String forwarded) {
        static Outcome refused(String reason, String sentence, @Nullable Operation operation) {
            return new Outcome(false, reason, sentence, operation, null, null, "", "");
        }

        Outcome forwardedAs(String target) {
            return new Outcome(isAllowed, reason, sentence, operation, decision, note, targets, target);
        }
    }

    /** Judges the client's request, and then the one that is forwarded with another API version. */
    private Outcome judge(RequestLine request) {
        try {
            RequestTarget target = RequestTarget.parse(request.target());
            Outcome own = judge(request, target);
            Operation operation = own.operation;
            if (operation == null || !own.isAllowed) {
                return own;
            }
            Translated versions = profile.get(ApiTranslation.KEY).translate(operation, target, () -> null);
            ByteBuffer body = request.body();
            if (versions != null && (body == null || versions.isSame(operation, JsonBody.of(body)))) {
                RequestTarget newer = target.withVersion(versions.forwarded());
                return judge(request, newer).forwardedAs(newer.raw());
            }
            return profile.get(ApiTranslation.KEY).isAuto() && target.version() != null ? own.forwardedAs(AUTO) : own;
        } catch (BadTargetException refused) {
            return Outcome.refused(refused.fault().code(), refused.fault().sentence(), null);
        }
    }

    private Outcome judge(RequestLine request, RequestTarget target) {
        try {
            Operation operation = catalogue.find(request.method(), target).orElse(null);
            Decision decision = judgeBody(profile.decide(operation, target, request.head()), request);
            TargetNote targets = operation == null || !decision.isAllowed() || !profile.hasObjectRules(operation)
                    ? new TargetNote(null, "")
                    : TargetNote.of(profile, operation, target, request.body());
            if (targets.refusal() != null) {
                return Outcome.refused(targets.refusal(), targets.sentence(), operation);
            }
            String sentence = decision.isAllowed()
                    ? "allowed by " + decision.allowedBy() + noteOnBody(operation, request)
                    : DenialMessage.sentence(decision, profile.origin(), () -> catalogue.methodsOf(target));
            String names = operation == null || !decision.isAllowed() ? null : namesOfSession(operation);
            String note = names == null ? DaemonNote.of(profile.create(), decision, target) : names;
            return new Outcome(
                    decision.isAllowed(),
                    decision.reason().code(),
                    sentence,
                    operation,
                    decision,
                    note,
                    targets.sentence(),
                    "");
        } catch (BadTargetException refused) {
            return Outcome.refused(refused.fault().code(), refused.fault().sentence(), null);
        }
    }

    /** Returns the note about the names for which the daemon may ask the client; null if the profile does not limit them. */
    private @Nullable String namesOfSession(Operation operation) {
        SessionRule rule = SessionRule.of(operation);
        AskedName asked = rule == null ? null : rule.asked();
        SessionNames names = profile.get(SessionNames.KEY);
        return asked != null && names.limits(asked.kind())
                ? "only for the names in " + names.assignment(asked.kind()) + ", which explain does not compare"
                : null;
    }

    private Decision judgeBody(Decision decision, RequestLine request) {
        Operation operation = decision.operation();
        ByteBuffer body = request.body();
        BodyJudge judge = operation == null ? null : profile.bodyJudge(operation);
        if (operation != null && body != null && profile.remedies().isOfBody(decision)) {
            return profile.remedies().needing(decision, JsonBody.of(body), rules -> rules);
        }
        if (!decision.isAllowed() || judge == null || body == null) {
            return decision;
        }
        Decision denial = judge.deny(decision, JsonBody.of(body));
        return denial == null ? decision : denial;
    }

    private String noteOnBody(@Nullable Operation operation, RequestLine request) {
        boolean isJudged = operation != null && profile.bodyJudge(operation) != null;
        return isJudged && request.body() == null ? "; its body is judged too: give it with --body=FILE" : "";
    }

    private void print(RequestLine request, Outcome outcome, PrintStream out) {
        out.println("request    " + request.method() + " " + request.target());
        if (profile.origin().isOfFile()) {
            out.println("profile    " + profile.name());
        }
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
        PermissionEnd end = end(outcome);
        if (end != null) {
            out.println("until      " + end.at());
        }
        List<String> limits = profile.limits().assignments();
        if (!limits.isEmpty()) {
            out.println("max        " + String.join(", ", limits));
        }
        if (outcome.note != null) {
            out.println("note       " + outcome.note);
        }
        if (!outcome.forwarded.isEmpty()) {
            out.println("forwarded  " + outcome.forwarded);
        }
        if (!outcome.targets.isEmpty()) {
            out.println("targets    " + outcome.targets);
        }
        String indent = "steps      ";
        for (Steps.Kind step : steps(outcome)) {
            out.println(indent + step.label() + ": " + step.summary().replace("`", ""));
            indent = "           ";
        }
        List<String> masked = masked(outcome);
        if (!masked.isEmpty()) {
            out.println("masked     " + String.join(", ", masked));
        }
        List<String> kept = kept(outcome);
        if (!kept.isEmpty()) {
            out.println("kept       " + String.join(", ", kept));
        }
    }

    /** Returns the end of the permission by which the request is allowed, or null. */
    private @Nullable PermissionEnd end(Outcome outcome) {
        Operation operation = outcome.operation;
        Decision decision = outcome.decision;
        return operation == null || decision == null || !outcome.isAllowed
                ? null
                : profile.policy().end(operation, decision.isWrite());
    }

    /** Returns the further steps of the running proxy for an allowed request. */
    private List<Steps.Kind> steps(Outcome outcome) {
        Operation operation = outcome.operation;
        return operation == null || !outcome.isAllowed ? List.of() : Steps.Kind.of(profile, operation);
    }

    private List<String> masked(Outcome outcome) {
        Operation operation = outcome.operation;
        return operation == null || !outcome.isAllowed
                ? List.of()
                : profile.mask().selection().words(profile.mask().groups(operation));
    }

    /** Returns the element of {@code MASK_KEEP}, if the response has environment variables. */
    private List<String> kept(Outcome outcome) {
        Operation operation = outcome.operation;
        return operation != null
                        && outcome.isAllowed
                        && profile.mask().groups(operation).contains(MaskGroup.ENV)
                ? profile.mask().selection().keptWords()
                : List.of();
    }

    private void write(RequestLine request, Outcome outcome, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("method", request.method());
        json.writeStringField("target", request.target());
        if (profile.origin().isOfFile()) {
            json.writeStringField("profile", profile.name());
        }
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
                JsonText.writeStrings(json, "beside", AssignmentForm.ENVIRONMENT.words(alternative.settings()));
                json.writeStringField("danger", alternative.danger());
                json.writeNumberField("opens", alternative.opens());
                json.writeEndObject();
            }
        }
        json.writeEndArray();
        writeViolations(outcome.decision, json);
        JsonText.writeStrings(
                json, "steps", steps(outcome).stream().map(Steps.Kind::label).toList());
        JsonText.writeStrings(json, "masked", masked(outcome));
        JsonText.writeStrings(json, "kept", kept(outcome));
        PermissionEnd end = end(outcome);
        json.writeStringField("until", end == null ? null : end.at().toString());
        JsonText.writeStrings(json, "max", profile.limits().assignments());
        json.writeStringField("note", outcome.note);
        json.writeStringField("forwarded", outcome.forwarded.isEmpty() ? null : outcome.forwarded);
        json.writeStringField("targets", outcome.targets.isEmpty() ? null : outcome.targets);
        json.writeEndObject();
    }

    private static void writeViolations(@Nullable Decision decision, JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("violations");
        for (Violation violation : decision == null ? List.<Violation>of() : decision.violations()) {
            json.writeStartObject();
            json.writeStringField("pointer", violation.pointer());
            json.writeStringField("subject", violation.subject());
            Violation.Remedy remedy = violation.remedy();
            json.writeStringField("setting", remedy == null ? null : remedy.setting());
            json.writeStringField("value", remedy == null ? null : remedy.value());
            json.writeStringField("danger", remedy == null ? null : remedy.danger());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** Names the queries to the daemon and the memory that the running proxy would use; {@code explain} uses neither. */
    static final class DaemonNote {
        private static final String RECREATE = "CREATE_ALLOW=recreate";

        private DaemonNote() {}

        /** Returns null if the decision depends only on the request; {@code rules} are those of {@code CREATE=safe}, or null. */
        static @Nullable String of(@Nullable CreateRules rules, Decision decision, RequestTarget target) {
            Operation operation = decision.operation();
            if (rules == null || operation == null) {
                return null;
            }
            if (operation.id().equals("ContainerCreate") && isWaivable(rules, decision, target)) {
                return RECREATE
                        + " would allow it if a client has stopped, renamed or removed a container of this name in the"
                        + " last hour, with the same HostConfig and the same command, environment, labels and user;"
                        + " explain does not know these containers";
            }
            if (!decision.isAllowed()) {
                return null;
            }
            ObjectRef entered = ObjectRefs.entered(operation, target);
            if (entered != null && entered.subject() == Subject.POD) {
                return "CREATE=safe judges the pod and all its containers too, by the daemon's inspect, which explain does not ask"
                        + " for";
            }
            if (entered != null) {
                boolean isStart = operation.id().equals("ContainerStart") && rules.isRecreateAllowed();
                return "CREATE=safe judges the container too, by the daemon's inspect, which explain does not ask for"
                        + (isStart
                                ? "; " + RECREATE + " also allows the start of a container that was created again"
                                : "");
            }
            return rules.isRecreateAllowed() && ObjectRefs.ended(operation, target) != null
                    ? "with " + RECREATE + " the proxy remembers the container for one hour"
                    : null;
        }

        /** As for a request: only values of known fields are waived, and the name is given once. */
        private static boolean isWaivable(CreateRules rules, Decision decision, RequestTarget target) {
            return rules.isRecreateAllowed()
                    && target.parameters().getOrDefault("name", List.of()).size() == 1
                    && !decision.violations().isEmpty()
                    && decision.violations().stream().allMatch(violation -> violation.kind() == Kind.FIELD);
        }
    }
}
