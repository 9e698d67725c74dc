package org.socketproxy.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.client.HostNames;
import org.socketproxy.config.ConfigurationFiles.TextFile;
import org.socketproxy.policy.ProfileOrigin;
import org.socketproxy.policy.create.NewLabels;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.table.NearestName;
import org.socketproxy.yaml.StrictYaml;
import org.socketproxy.yaml.YamlValue;
import org.socketproxy.yaml.YamlValue.YamlProblem;

/** Reads the profiles of a policy file, and collects all problems. */
final class PolicyReader {
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}");
    private static final String DENY = "deny";
    private static final int MOST_PROFILES = 1000;

    private final TextFile file;
    private final Consumer<Problem> problems;
    private final ProfileReader.Source source;
    private final ClientsReader clients;
    private final HostNames hosts = new HostNames();
    private final List<ProfileReader> readers = new ArrayList<>();

    /** @param problems receives every problem, with its line and column */
    PolicyReader(TextFile file, ProfileReader.Source source, List<String> listeners, Consumer<Problem> problems) {
        this.file = file;
        this.problems = problems;
        this.source = source;
        this.clients = new ClientsReader(listeners, hosts);
    }

    /** Omits a profile with an invalid name. */
    PolicySettings read() {
        file.problems().forEach(problems);
        YamlValue root = file.problems().isEmpty() ? StrictYaml.parse(file.text(), this::refuse) : null;
        if (root == null) {
            return new PolicySettings(
                    List.of(), none(), hosts, "", new PolicySettings.Place(file.name(), 0), List.of());
        }
        Map<String, YamlValue> keys = root.entries(List.of("profiles", "otherwise", "leases"));
        Map<String, ProfileSettings> read = profiles(keys.get("profiles"), root);
        SignedPolicy signed = file.signed();
        readers.forEach(reader -> reader.checkTrusted(read.keySet()));
        checkLabels(read.values());
        LeasesReader leases = new LeasesReader(
                source,
                new ClientsReader(List.of(LeaseTemplate.LISTENER), new HostNames()),
                (name, block) -> new ProfileReader(source, clients, file.shortName(), name, block));
        return new PolicySettings(
                List.copyOf(read.values()),
                otherwise(keys.get("otherwise"), read),
                hosts,
                file.text(),
                new PolicySettings.Place(file.name(), signed == null ? 0 : signed.number()),
                leases.read(keys.get("leases"), PolicyReader::isName));
    }

    private void refuse(YamlProblem problem) {
        String place = file.name() + " line " + problem.line() + " column " + problem.column();
        problems.accept(new Problem(place, problem.path(), null, problem.advice()));
    }

    private Map<String, ProfileSettings> profiles(@Nullable YamlValue value, YamlValue root) {
        Map<String, ProfileSettings> read = new LinkedHashMap<>();
        if (value == null && root.isMapping()) {
            root.refuse("the key profiles is missing: it names the profiles and their clients (docs/profiles.md)");
        }
        if (value == null) {
            return read;
        }
        List<Map.Entry<String, YamlValue>> blocks =
                new ArrayList<>(value.entries().entrySet());
        if (blocks.size() > MOST_PROFILES) {
            value.refuse("at most " + MOST_PROFILES + " profiles are possible");
            return read;
        }
        for (Map.Entry<String, YamlValue> block : blocks) {
            if (isName(block)) {
                String name = block.getKey();
                ProfileReader reader = new ProfileReader(source, clients, file.shortName(), name, block.getValue());
                readers.add(reader);
                read.put(name, reader.read());
            }
        }
        return read;
    }

    /** Refuses a label by which a profile selects clients, if all objects get it that the clients of a profile create. */
    private void checkLabels(Collection<ProfileSettings> profiles) {
        Set<String> keys = profiles.stream()
                .flatMap(each -> each.clients().stream())
                .flatMap(client -> client.labels().stream())
                .map(ClientMatcher.Label::key)
                .collect(Collectors.toSet());
        for (ProfileSettings each : profiles) {
            Set<String> given =
                    new TreeSet<>(each.values().get(NewLabels.KEY).labels().keySet());
            Scope targets = each.targets();
            if (targets != null) {
                given.addAll(targets.forcedLabels(ObjectKind.CONTAINER).keySet());
            }
            given.retainAll(keys);
            if (!given.isEmpty()) {
                problems.accept(new Problem(
                        file.name() + " line " + each.origin().lines().get(""),
                        "profiles." + each.name(),
                        null,
                        "profiles select clients by the label " + String.join(", ", given)
                                + ", so no profile may give it to what it creates (targets, create.labels): use another"
                                + " label"));
            }
        }
    }

    /** Refuses a name that no profile may have. */
    private static boolean isName(Map.Entry<String, YamlValue> block) {
        String name = block.getKey();
        boolean isName = NAME.matcher(name).matches() && !name.equals(ProfileOrigin.NONE) && !name.equals(DENY);
        if (!isName) {
            block.getValue()
                    .refuse("use a name of at most 64 letters, digits, dots, dashes and underscores for a profile,"
                            + " and neither otherwise nor deny");
        }
        return isName;
    }

    private ProfileSettings otherwise(@Nullable YamlValue value, Map<String, ProfileSettings> read) {
        String name = value == null ? DENY : value.text();
        ProfileSettings named = read.get(name);
        if (named != null) {
            return named;
        }
        if (value != null && !name.equals(DENY)) {
            value.refuse("there is no profile " + name
                    + NearestName.advice(name, read.keySet(), "; use deny, or the name of a profile of this file"));
        }
        return none();
    }

    private ProfileSettings none() {
        return ProfileSettings.none(file.shortName(), source.maxBodyBytes());
    }
}
