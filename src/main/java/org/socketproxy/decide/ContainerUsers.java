package org.socketproxy.decide;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.Trial;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.ListQuery;
import org.socketproxy.json.ResponseReader;
import org.socketproxy.policy.self.ListedContainer;
import org.socketproxy.policy.self.ProxyContainer;
import org.socketproxy.policy.self.SelfRule;

/** The containers that use a volume or an image. */
record ContainerUsers(String filter, String name) implements ListQuery<List<ListedContainer>> {
    private static final Map<SelfRule.Kind, String> FILTERS =
            Map.of(SelfRule.Kind.VOLUME, "volume", SelfRule.Kind.IMAGE, "ancestor");

    /** Returns the containers that use the only object that a request names; null for another request. */
    static @Nullable ContainerUsers of(List<SelfRule> rules, Trial trial) {
        String filter = rules.size() == 1 ? FILTERS.get(rules.get(0).object()) : null;
        List<String> names = filter == null || rules.get(0).place() != SelfRule.Place.PATH
                ? List.of()
                : rules.get(0).names(trial.operation(), trial.target());
        return filter == null || names.size() != 1 ? null : new ContainerUsers(filter, names.get(0));
    }

    @Override
    public String target() {
        String filters = JsonText.compact(json -> {
            json.writeStartObject();
            JsonText.writeStrings(json, filter, List.of(name));
            json.writeEndObject();
        });
        return "/containers/json?all=1&filters="
                + URLEncoder.encode(filters, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public ResponseReader<List<ListedContainer>> reader() {
        return new Reader();
    }

    private static final class Reader extends ResponseReader<List<ListedContainer>> {
        private final List<ListedContainer> containers = new ArrayList<>();

        Reader() {
            super(JsonElements.ARRAY, ListedContainer.MEMBERS);
        }

        @Override
        protected int read(ByteBuffer element) throws ElementException {
            containers.add(ListedContainer.listed(element));
            return ProxyContainer.MEMORY_BYTES + element.remaining();
        }

        @Override
        protected List<ListedContainer> result() {
            return containers;
        }
    }
}
