package org.socketproxy.forward;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.ResponseTransform;
import org.socketproxy.policy.ResponseTransform.ElementTransform;

/**
 * Transforms for a few operations. They drop an element with {@code drop}, replace one with {@code mask}, refuse one with
 * {@code fail}, throw on one with {@code bug}, and keep the others.
 */
final class TestTransforms implements ResponseTransform.Factory {
    static final int MAX_ELEMENT_BYTES = 1 << 20;

    private static final Map<String, Supplier<JsonElements>> ELEMENTS = Map.of(
            "ContainerList", () -> JsonElements.array(MAX_ELEMENT_BYTES, TestTransforms::edit),
            "ContainerInspect", () -> JsonElements.value(MAX_ELEMENT_BYTES, TestTransforms::edit),
            "ContainerArchiveInfo", () -> JsonElements.value(MAX_ELEMENT_BYTES, TestTransforms::edit),
            "ContainerStart", () -> JsonElements.value(MAX_ELEMENT_BYTES, TestTransforms::edit),
            "ContainerCreate", () -> JsonElements.value(MAX_ELEMENT_BYTES, TestTransforms::edit),
            "VolumeList", () -> JsonElements.members(Set.of("Volumes"), MAX_ELEMENT_BYTES, TestTransforms::edit),
            "SystemEvents", () -> JsonElements.stream(MAX_ELEMENT_BYTES, TestTransforms::edit));

    @Override
    public @Nullable ResponseTransform of(Operation operation, RequestTarget target) {
        if (target.isQueryFlagSet("broken")) {
            throw new IllegalStateException("a bug");
        }
        if (operation.upgrade() != null) {
            throw new IllegalStateException(operation.id() + " can become a tunnel");
        }
        Supplier<JsonElements> elements = ELEMENTS.get(operation.id());
        return elements == null ? null : new ElementTransform(elements.get());
    }

    private static ElementEditor.Edit edit(String list, ByteBuffer element) throws ElementException {
        String text = StandardCharsets.UTF_8.decode(element).toString();
        if (text.contains("bug")) {
            throw new IllegalStateException("a bug");
        }
        if (text.contains("fail")) {
            throw new ElementException(ElementException.Kind.MALFORMED, "an element cannot be judged");
        }
        if (text.contains("drop")) {
            return ElementEditor.Edit.DROP;
        }
        byte[] masked = "{\"m\":1}".getBytes(StandardCharsets.UTF_8);
        return text.contains("mask") ? new ElementEditor.Replace(ByteBuffer.wrap(masked)) : ElementEditor.Edit.KEEP;
    }
}
