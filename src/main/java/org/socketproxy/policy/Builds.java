package org.socketproxy.policy;

import java.util.Locale;
import org.socketproxy.policy.value.ProfileValues.ProfileKey;

/** How the commands of a build and its session are forwarded, after {@code POST /grpc} and {@code POST /session}. */
public enum Builds {
    /** The proxy speaks HTTP/2, and each gRPC call is an operation. */
    JUDGED,
    /** The proxy forwards raw bytes; not beside {@code CREATE=safe} or {@code TARGETS}, which could be bypassed. */
    TUNNEL;

    public static final ProfileKey<Builds> KEY = new ProfileKey<>(
            JUDGED,
            builds -> builds.name().toLowerCase(Locale.ROOT),
            builds -> "the commands of a build pass unread (BUILDS=tunnel)",
            (is, was) -> false);
}
