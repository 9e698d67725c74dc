package org.socketproxy.status;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.status.ProxySetup.ProfileLink;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.usage.Span;
import org.socketproxy.usage.Usage;
import org.socketproxy.usage.Usage.RequestCount;

/**
 * A row of the overview of the profiles of a policy file.
 *
 * @param count requests of the span that the page shows
 * @param targets the objects to which the profile is confined; empty for all objects
 * @param last time of the last request of one of its clients, or null
 * @param notes sentences about the profile
 * @param isNone whether it is the one of clients that no profile has
 */
public record ProfileRow(
        ProfileLink link,
        RequestCount count,
        List<String> targets,
        @Nullable Instant last,
        List<String> notes,
        boolean isNone) {
    public ProfileRow {
        targets = List.copyOf(targets);
        notes = List.copyOf(notes);
    }

    static List<ProfileRow> of(List<StatusFacts> all, Span span, Notes notes) {
        return all.stream()
                .map(facts -> new ProfileRow(
                        facts.setup().link(),
                        RequestCount.sum(facts.history(span)),
                        targets(facts.setup()),
                        facts.usage().clients().stream()
                                .map(Usage.ClientUse::last)
                                .max(Comparator.naturalOrder())
                                .orElse(null),
                        notes.of(facts.setup().link().name()),
                        facts.setup().profile().origin().isNone()))
                .toList();
    }

    static List<String> targets(ProxySetup setup) {
        return setup.profile().targets() == null
                ? List.of()
                : List.copyOf(setup.profile().targets().texts());
    }
}
