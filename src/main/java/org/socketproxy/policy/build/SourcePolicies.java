package org.socketproxy.policy.build;

import java.util.List;
import java.util.Map;

/**
 * Policies for the sources of a build, which the daemon evaluates for each source that a Dockerfile names. The last rule that matches
 * decides.
 */
final class SourcePolicies {
    private static final long ALLOW = 0;
    private static final long DENY = 1;
    private static final long REGULAR_EXPRESSION = 2;

    /**
     * Allows images and files of the client only: the daemon fetches URLs and Git repositories from the network of the host, where it
     * reaches what listens on loopback.
     */
    static final ProtoMessage WITHOUT_URLS = new ProtoMessage(
            MessageType.of("SourcePolicy"),
            Map.of(
                    "version",
                    1L,
                    "rules",
                    List.of(
                            rule(DENY, "^"),
                            rule(
                                    ALLOW,
                                    "^(docker-image|oci-layout)(\\+blob)?://|^local://|^http://buildkit-session/"))));

    private SourcePolicies() {}

    private static ProtoMessage rule(long action, String expression) {
        ProtoMessage selector = new ProtoMessage(
                MessageType.of("PolicySelector"), Map.of("identifier", expression, "match_type", REGULAR_EXPRESSION));
        return new ProtoMessage(MessageType.of("PolicyRule"), Map.of("action", action, "selector", selector));
    }
}
