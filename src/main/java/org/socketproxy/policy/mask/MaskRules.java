package org.socketproxy.policy.mask;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;

/**
 * The responses in which the setting {@code MASK} masks values.
 *
 * <p>Threading: immutable.
 */
public final class MaskRules {
    /** Rules that mask nothing. */
    public static final MaskRules NONE = new MaskRules(Set.of(), Map.of());

    private static final int MAX_BYTES = JsonElements.MAX_ELEMENT_BYTES;

    private final Set<MaskGroup> groups;
    private final Map<String, Rule> rules;

    private record Rule(ResponseShape shape, ElementMasker masker, Set<MaskGroup> groups) {
        JsonElements elements() {
            return shape.split(masker.roots().keySet(), MAX_BYTES, masker);
        }
    }

    private MaskRules(Set<MaskGroup> groups, Map<String, Rule> rules) {
        this.groups = groups;
        this.rules = Map.copyOf(rules);
    }

    /** Creates the rules for the groups. */
    public static MaskRules of(Set<MaskGroup> groups, OperationCatalogue catalogue) {
        if (groups.isEmpty()) {
            return NONE;
        }
        Map<String, List<SecretPath>> paths =
                SecretPath.load().stream().collect(Collectors.groupingBy(SecretPath::operation));
        Map<String, Rule> rules = new HashMap<>();
        paths.forEach((id, all) -> {
            List<SecretPath> masked = all.stream()
                    .filter(path -> path.groups().stream().anyMatch(groups::contains))
                    .toList();
            if (!masked.isEmpty()) {
                ResponseShape shape = ResponseShape.of(catalogue.byId(id).orElseThrow(), all);
                rules.put(id, rule(shape, masked, groups));
            }
        });
        return new MaskRules(Set.copyOf(EnumSet.copyOf(groups)), rules);
    }

    private static Rule rule(ResponseShape shape, List<SecretPath> masked, Set<MaskGroup> groups) {
        Map<String, MaskNode> roots = new HashMap<>();
        Set<MaskGroup> concerned = EnumSet.noneOf(MaskGroup.class);
        for (SecretPath path : masked) {
            List<String> steps = path.steps();
            roots.computeIfAbsent(shape.list(path), list -> new MaskNode())
                    .add(steps.subList(shape.prefix(), steps.size()), path.method());
            concerned.addAll(path.groups());
        }
        concerned.retainAll(groups);
        int maxBytes = shape == ResponseShape.VALUE ? MAX_BYTES : JsonElements.MAX_WHOLE_BYTES;
        return new Rule(shape, new ElementMasker(Map.copyOf(roots), maxBytes), Collections.unmodifiableSet(concerned));
    }

    /** Returns the groups that are masked. */
    public Set<MaskGroup> groups() {
        return groups;
    }

    /** Returns the groups of which a response of the operation can have masked values, in their order. */
    public Set<MaskGroup> groups(Operation operation) {
        Rule rule = rules.get(operation.id());
        return rule == null ? Set.of() : rule.groups();
    }

    /**
     * Masks a whole response.
     *
     * @param operation id of an operation
     * @param response JSON that the masked operation returns
     * @throws ElementException if it is not such JSON
     */
    public ByteBuffer mask(String operation, ByteBuffer response) throws ElementException {
        Rule rule = rules.get(operation);
        if (rule == null) {
            return response;
        }
        ByteArrayOutputStream masked = new ByteArrayOutputStream(response.remaining());
        JsonElements elements = rule.elements();
        elements.accept(response, part -> {
            byte[] bytes = new byte[part.remaining()];
            part.get(bytes);
            masked.writeBytes(bytes);
        });
        elements.end();
        return ByteBuffer.wrap(masked.toByteArray());
    }

    /** Splits and masks one response of an operation; null if nothing in it is masked. */
    public @Nullable JsonElements elements(Operation operation) {
        Rule rule = rules.get(operation.id());
        return rule == null ? null : rule.elements();
    }
}
