package org.socketproxy.policy.scope;

import java.util.List;
import java.util.Map;

/**
 * Id, names and labels of an object of the daemon, which decide whether it belongs to a profile.
 *
 * @param id full id; the name for a volume
 * @param names names without a leading slash; for an image its tags and digests, such as {@code nginx:1} and
 *     {@code nginx@sha256:…}
 */
public record ObjectIdentity(ObjectKind kind, String id, List<String> names, Map<String, String> labels) {
    public ObjectIdentity {
        names = List.copyOf(names);
        labels = Map.copyOf(labels);
    }
}
