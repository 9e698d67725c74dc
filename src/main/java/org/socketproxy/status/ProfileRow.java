package org.socketproxy.status;

import java.util.List;
import org.socketproxy.status.ProxySetup.ProfileLink;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.usage.Span;
import org.socketproxy.usage.Usage.RequestCount;

/**
 * A row of the overview of the profiles of a policy file.
 *
 * @param count requests of the span that the page shows
 * @param targets the objects to which the profile is confined; empty for all objects
 */
public record ProfileRow(ProfileLink link, RequestCount count, List<String> targets) {
    public ProfileRow {
        targets = List.copyOf(targets);
    }

    static List<ProfileRow> of(List<StatusFacts> all, Span span) {
        return all.stream()
                .map(facts -> new ProfileRow(
                        facts.setup().link(), RequestCount.sum(facts.history(span)), targets(facts.setup())))
                .toList();
    }

    static List<String> targets(ProxySetup setup) {
        return setup.profile().targets() == null
                ? List.of()
                : List.copyOf(setup.profile().targets().texts());
    }
}
