package org.socketproxy.policy;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.TransformException.Fault;

/** Transforms a JSON response element by element; for one response only. */
public record ElementTransform(JsonElements elements) implements ResponseTransform {
    @Override
    public void accept(ByteBuffer chunk, Consumer<ByteBuffer> out) throws TransformException {
        try {
            elements.accept(chunk, out);
        } catch (ElementException wrong) {
            throw explain(wrong);
        }
    }

    @Override
    public void end() throws TransformException {
        try {
            elements.end();
        } catch (ElementException wrong) {
            throw explain(wrong);
        }
    }

    private static TransformException explain(ElementException wrong) {
        Fault fault = switch (wrong.kind()) {
            case MALFORMED -> Fault.MALFORMED;
            case TOO_LARGE -> Fault.TOO_LARGE;
        };
        String kind = fault == Fault.MALFORMED ? "is not the expected JSON: " : "is too large to be checked: ";
        return new TransformException(fault, kind + wrong.getMessage(), wrong);
    }

    @Override
    public boolean reduce() {
        return elements.reduce();
    }

    @Override
    public int reduced() {
        return elements.reduced();
    }

    @Override
    public int heldBytes() {
        return elements.heldBytes();
    }
}
