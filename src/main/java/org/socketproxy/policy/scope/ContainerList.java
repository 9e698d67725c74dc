package org.socketproxy.policy.scope;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.ListQuery;
import org.socketproxy.json.ResponseReader;
import org.socketproxy.policy.self.ListedContainer;
import org.socketproxy.policy.self.ProxyContainer;
import org.socketproxy.policy.self.SelfRule;

/**
 * A request of the proxy itself for a list of containers with what they use.
 *
 * @param selection leaves out the containers that its scope does not select; null to leave out none
 */
public record ContainerList(String target, @Nullable ScopeQuery selection) implements ListQuery<List<ListedContainer>> {
    private static final Map<SelfRule.Kind, String> FILTERS =
            Map.of(SelfRule.Kind.VOLUME, "volume", SelfRule.Kind.IMAGE, "ancestor");

    /** Returns the containers that a scope selects. */
    public static ContainerList of(Scope scope) {
        ScopeQuery selection = new ScopeQuery(scope, ObjectKind.CONTAINER);
        return new ContainerList(selection.target(), selection);
    }

    /** Returns the containers that use the only object, a volume or an image, that a request names; null for another request. */
    public static @Nullable ContainerList using(List<SelfRule> rules, Operation operation, RequestTarget target) {
        String filter = rules.size() == 1 ? FILTERS.get(rules.get(0).object()) : null;
        List<String> names = filter == null || rules.get(0).place() != SelfRule.Place.PATH
                ? List.of()
                : rules.get(0).names(operation, target);
        return filter == null || names.size() != 1 ? null : using(filter, names.get(0));
    }

    private static ContainerList using(String filter, String name) {
        String filters = JsonText.compact(json -> {
            json.writeStartObject();
            JsonText.writeStrings(json, filter, List.of(name));
            json.writeEndObject();
        });
        return new ContainerList(
                "/containers/json?all=1&filters="
                        + URLEncoder.encode(filters, StandardCharsets.UTF_8).replace("+", "%20"),
                null);
    }

    @Override
    public ResponseReader<List<ListedContainer>> reader() {
        Set<String> members = new HashSet<>(ListedContainer.MEMBERS);
        members.addAll(selection == null ? Set.of() : selection.members());
        return new Reader(selection, members);
    }

    private static final class Reader extends ResponseReader<List<ListedContainer>> {
        private final @Nullable ScopeQuery selection;
        private final List<ListedContainer> containers = new ArrayList<>();

        Reader(@Nullable ScopeQuery selection, Set<String> members) {
            super(JsonElements.ARRAY, members);
            this.selection = selection;
        }

        @Override
        protected int read(ByteBuffer element) throws ElementException {
            if (selection != null && selection.own(element) == null) {
                return 0;
            }
            containers.add(ListedContainer.listed(element));
            return ProxyContainer.MEMORY_BYTES + element.remaining();
        }

        @Override
        protected List<ListedContainer> result() {
            return containers;
        }
    }
}
