package org.socketproxy.policy;

import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.mask.MaskRules;

/** Masks the responses that the rules concern. */
record MaskTransforms(MaskRules rules) implements ResponseTransforms {
    @Override
    public @Nullable ResponseTransform of(Operation operation, RequestTarget target) {
        JsonElements elements = rules.elements(operation);
        return elements == null ? null : new ElementTransform(elements);
    }
}
