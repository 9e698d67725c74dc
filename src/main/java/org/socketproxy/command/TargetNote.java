package org.socketproxy.command;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.policy.scope.NameRules;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRefs;
import org.socketproxy.policy.scope.ObjectRule;
import org.socketproxy.policy.scope.OutOfScopeException;
import org.socketproxy.policy.scope.Place;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopeRule;
import org.socketproxy.policy.scope.ScopeRule.Action;
import org.socketproxy.policy.scope.ScopeRule.Subject;
import org.socketproxy.policy.scope.ScopedBody;
import org.socketproxy.policy.scope.ScopedRequest;

/**
 * Describes the effect of a profile's rules for objects on an allowed request, without asking the daemon.
 *
 * @param refusal code of the reason, or null
 * @param sentence reason of the denial, or changes of the request; may be empty
 */
record TargetNote(@Nullable String refusal, String sentence) {
    private static final String FILTERS = "filters";

    /** @throws BadTargetException if two parsers could read a parameter in different ways */
    static TargetNote of(Profile profile, Operation operation, RequestTarget target, @Nullable ByteBuffer body)
            throws BadTargetException {
        ScopedRequest confined;
        try {
            confined = profile.confine(operation, target);
        } catch (OutOfScopeException refused) {
            return new TargetNote(
                    Reason.TARGET_PARAMETER_UNCONFINED.code(),
                    DenialMessage.unconfinable(operation, refused.sentence(), profile.origin()));
        }
        List<String> sentences = new ArrayList<>();
        JsonObject json = ScopedBody.isOf(operation) ? object(body) : null;
        for (ObjectRule rule : profile.objectRules(operation, operation.isWrite(target))) {
            String fault = rule.isProtecting() ? null : NameRules.fault(rule.scope(), operation, confined.target());
            ScopedBody created =
                    json == null ? null : new ScopedBody(rule.ofCreated(), operation, confined.target(), json);
            if (fault == null && created != null && !rule.isProtecting()) {
                fault = created.fault();
            }
            if (fault != null) {
                List<Remedy> remedies = rule.remedies(NameRules.images(operation, confined.target()));
                return new TargetNote(
                        Reason.TARGET_NAME.code(),
                        DenialMessage.ofName(rule, operation, fault, remedies, profile.origin()));
            }
            add(rule, operation, confined.target(), sentences);
            if (created != null) {
                created.references().forEach(each -> sentences.add(queried(each) + " of the body"));
            }
        }
        addFilters(target, confined.target(), sentences);
        if (confined.view() != null) {
            sentences.add("what does not belong to the profile is removed from the response");
        }
        if (profile.targets() != null && ScopeRule.of(operation).action() == Action.DENY) {
            sentences.add("the operation is not confined, because the profile allows it by its id");
        }
        return new TargetNote(null, String.join("; ", sentences));
    }

    private static void add(ObjectRule rule, Operation operation, RequestTarget target, List<String> sentences) {
        if (rule.isHiding()) {
            addNamed(operation, target, sentences);
        } else {
            List<ObjectRef> named = ObjectRefs.changed(operation, target);
            named.forEach(each -> sentences.add(queried(each) + ": " + rule.summary()));
        }
        if (ScopedBody.isOf(operation) && ScopedBody.isCreation(operation)) {
            addLabels(rule.ofCreated(), operation, sentences);
        }
    }

    private static @Nullable JsonObject object(@Nullable ByteBuffer body) {
        return body != null && StrictJson.readOrNull(body) instanceof JsonObject object ? object : null;
    }

    private static String queried(ObjectRef reference) {
        return "the daemon is asked for the " + reference.subject().noun() + " " + reference.name();
    }

    private static void addNamed(Operation operation, RequestTarget target, List<String> sentences) {
        for (ObjectRef named : ObjectRefs.of(operation, target)) {
            if (named.place() instanceof Place.Filter filter) {
                sentences.add(queried(named) + " of the filter " + filter.filter());
            } else if (named.place() instanceof Place.Repeated) {
                sentences.add(queried(named) + " of the query");
            } else {
                boolean isForwardedByName = named.subject() == Subject.IMAGE || named.subject() == Subject.VOLUME;
                sentences.add(queried(named) + ": outside of the profile it is answered like a missing one"
                        + (isForwardedByName ? "" : ", else the request goes on with its full id"));
            }
        }
    }

    private static void addFilters(RequestTarget before, RequestTarget after, List<String> sentences)
            throws BadTargetException {
        String filters = after.onlyParameter(FILTERS);
        if (filters != null && !filters.equals(before.onlyParameter(FILTERS))) {
            sentences.add("the daemon gets the filters " + filters);
        }
    }

    private static void addLabels(Scope rules, Operation operation, List<String> sentences) {
        new TreeMap<>(rules.forcedLabels(ScopeRule.of(operation).subject().kind()))
                .forEach((key, value) -> sentences.add("the label " + key + "=" + value + " is set"));
    }
}
