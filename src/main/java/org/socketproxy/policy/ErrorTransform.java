package org.socketproxy.policy;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Transforms the errors of the daemon, and no other response.
 *
 * @param errors transforms an error
 */
record ErrorTransform(ResponseTransform errors) implements ResponseTransform {
    private static final int FIRST_ERROR = 400;

    @Override
    public @Nullable ResponseTransform of(int status) {
        return status >= FIRST_ERROR ? this : null;
    }

    @Override
    public void accept(ByteBuffer chunk, Consumer<ByteBuffer> out) throws TransformException {
        errors.accept(chunk, out);
    }

    @Override
    public void end() throws TransformException {
        errors.end();
    }

    @Override
    public int heldBytes() {
        return errors.heldBytes();
    }
}
