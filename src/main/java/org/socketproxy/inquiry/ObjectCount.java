package org.socketproxy.inquiry;

import java.util.Map;
import java.util.Set;
import org.socketproxy.policy.Totals;
import org.socketproxy.policy.Totals.Total;
import org.socketproxy.policy.create.Resources;
import org.socketproxy.policy.scope.Scope;

/**
 * The objects of a profile at one time.
 *
 * @param counted the totals for which it has the objects
 * @param containers limits by full id
 * @param sum of the limits of all containers
 * @param volumes names
 * @param inspectedNanos time of the oldest inspect
 * @param nanos time of the end of the count
 */
record ObjectCount(
        Scope scope,
        Set<Total> counted,
        Map<String, Resources> containers,
        Resources sum,
        int networks,
        Set<String> volumes,
        long inspectedNanos,
        long nanos) {
    ObjectCount at(long endNanos) {
        return new ObjectCount(scope, counted, containers, sum, networks, volumes, inspectedNanos, endNanos);
    }

    boolean isFor(Scope targets, Totals totals) {
        return (scope == targets || Scope.areAlike(scope, targets))
                && counted.containsAll(totals.highest().keySet());
    }
}
