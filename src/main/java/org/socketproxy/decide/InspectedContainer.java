package org.socketproxy.decide;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.ContainerVerdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.RecreateRecord;
import org.socketproxy.policy.create.Recreation;

/**
 * Facts from an inspect of a container.
 *
 * @param description null without {@code CREATE_ALLOW=recreate}, and for a container that cannot be created again
 */
record InspectedContainer(
        ContainerVerdict verdict, @Nullable RecreateRecord description, Recreation recreation) {
    /** Containers with a longer description are not recorded, and so cannot be created again. */
    private static final int LONGEST_RECORD_BYTES = 64 * 1024;

    static InspectedContainer read(CreateRules rules, ByteBuffer inspect) {
        boolean isRecordable = rules.isRecreateAllowed() && inspect.remaining() <= LONGEST_RECORD_BYTES;
        ContainerVerdict verdict = rules.judgeContainer(inspect.duplicate());
        return new InspectedContainer(
                verdict,
                isRecordable && !verdict.id().isEmpty() ? RecreateRecord.read(inspect.duplicate()) : null,
                Recreation.read(rules, verdict, inspect.duplicate()));
    }
}
