package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.List;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.Violation.Kind;

/**
 * Judges the containers on which a container of Podman depends: a start request starts them too, with and without
 * {@code recursive}, and the rules have not judged them.
 */
final class Dependencies {
    private static final String MEMBER = "Dependencies";

    private Dependencies() {}

    /**
     * Returns what the rules do not allow.
     *
     * @param inspect the daemon's response to ContainerInspectLibpod
     */
    static List<Violation> judge(CreateRules rules, ByteBuffer inspect) {
        Judgement judgement = new Judgement(rules);
        try {
            if (StrictJson.read(inspect) instanceof JsonObject container
                    && ContainerJudge.FULL_ID
                            .matcher(Judgement.string(container, "Id"))
                            .matches()) {
                JsonValue dependencies = container.members().getOrDefault(MEMBER, JsonLiteral.NULL);
                if (!dependencies.isZero() && !rules.permissions().has(CreatePermission.JOIN_CONTAINER)) {
                    FieldPath path = FieldPath.ROOT.member(MEMBER);
                    judgement.deny(path, "are started too", CreatePermission.JOIN_CONTAINER, null);
                }
                return ContainerVerdict.about(judgement.violations());
            }
        } catch (InvalidJsonException unreadable) {
            // Denied like an unexpected structure.
        }
        judgement.report(Kind.FORM, FieldPath.ROOT, "the daemon's description of the container cannot be read", null);
        return judgement.violations();
    }
}
