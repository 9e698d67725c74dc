package org.socketproxy.policy.advice;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.config.Preset;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.policy.Consequence;
import org.socketproxy.policy.PermissionEnd;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * Finds profiles without clients, profiles that clients of other profiles could get, and profiles with which an updater loses a
 * container.
 */
public final class ProfileNotes {
    /** Operations of an updater, in the reverse order. */
    private static final List<String> REPLACING = List.of("ContainerCreate", "ContainerDelete");

    private static final int MOST_NAMES = 20;
    private static final Remedy SAFE = new Remedy("CREATE", "safe", "");
    private static final Remedy RECREATE = new Remedy("CREATE_ALLOW", "recreate", "");
    private static final Remedy UNPROTECTED = new Remedy("CREATE_ALLOW", "binds-unprotected", "");

    static final Preset UPDATER = Preset.find("watchtower").orElseThrow();

    private final ConfiguredProfiles profiles;
    private final OperationCatalogue catalogue;
    private final ProfileRisks risks;
    private final Map<String, Set<Consequence>> gains = new HashMap<>();

    public ProfileNotes(ConfiguredProfiles profiles, OperationCatalogue catalogue) {
        this.profiles = profiles;
        this.catalogue = catalogue;
        this.risks = new ProfileRisks(profiles, catalogue);
        if (profiles.otherwise().profile().origin().isOfFile()) {
            profiles.all().forEach(each -> gains.put(each.name(), Risk.consequences(each.profile(), catalogue)));
        }
    }

    /** Returns one sentence for each finding; without a policy file only about updaters, ends and binds. */
    public List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        for (ConfiguredProfile each : profiles.all()) {
            sentences.addAll(ofUpdater(each));
            sentences.addAll(ofEnds(each));
            sentences.addAll(ofBinds(each));
            if (each.profile().origin().isOfFile() && !each.profile().origin().isNone()) {
                sentences.addAll(ofClients(each));
                sentences.addAll(ofIdentity(each));
                sentences.addAll(ofTakeovers(each));
            }
        }
        return sentences;
    }

    private List<String> ofClients(ConfiguredProfile each) {
        List<ClientMatcher> clients = each.settings().clients();
        if (clients.isEmpty() && !isOtherwise(each)) {
            return List.of("profile " + each.name() + " has no clients, so it applies to no client");
        }
        Map<String, List<String>> byShadow = UnreachableProfiles.shadowed(profiles, each);
        if (byShadow.isEmpty()) {
            return List.of();
        }
        long hidden = byShadow.values().stream().mapToLong(List::size).sum();
        boolean isUnreachable = hidden == clients.size() && !isOtherwise(each);
        return List.of("profile " + each.name() + (isUnreachable ? " applies to no client" : "") + ": "
                + String.join("; ", UnreachableProfiles.sentences(byShadow)));
    }

    private List<String> ofIdentity(ConfiguredProfile each) {
        List<String> soft = each.settings().clients().stream()
                .filter(matcher -> !matcher.isHard() && isTakenByNeighbours(each, matcher))
                .map(ClientMatcher::text)
                .toList();
        String narrower = narrower(each);
        if (narrower.isEmpty() || soft.isEmpty() && !isOtherwise(each)) {
            return List.of();
        }
        if (isOtherwise(each)) {
            return List.of("profile " + each.name()
                    + " applies to every client that no other profile has, and it allows" + " more than " + narrower);
        }
        return List.of("profile " + each.name() + " is chosen by " + String.join(", ", soft)
                + ", which another machine or container on that network can take; it allows more than " + narrower
                + ". A listener, a certificate or a uid is safer");
    }

    /** Returns true if a client without the profile can take the identity; each machine of a network has the profile already. */
    private boolean isTakenByNeighbours(ConfiguredProfile each, ClientMatcher matcher) {
        return matcher.isOfOneHost()
                || profiles.all().stream()
                        .filter(other -> !other.name().equals(each.name()))
                        .flatMap(other -> other.settings().clients().stream())
                        .anyMatch(wider -> wider.covers(matcher) && !matcher.covers(wider));
    }

    /** If the proxy denies an updater to create a removed container again, the container is lost. */
    private List<String> ofUpdater(ConfiguredProfile each) {
        Profile profile = each.profile();
        if (profile.isUpdater() || !isReplacing(profile)) {
            return List.of();
        }
        String of = profile.origin().isOfFile() ? "profile " + each.name() + ": " : "";
        List<String> sentences = new ArrayList<>();
        if (!profile.mask().groups().isEmpty()) {
            sentences.add(of
                    + "an updater that removes a container cannot create it again, because MASK hides its values from it"
                    + " (masked-value); " + words(profile, SAFE, RECREATE) + " fills them from the removed container");
        }
        if (profile.create() != null && UPDATER.equals(each.settings().grants().preset())) {
            sentences.add(
                    of + form(profile).ofPreset(UPDATER.name()) + " with " + words(profile, SAFE) + " and without "
                            + words(profile, RECREATE) + " loses containers:"
                            + " it removes them, and the rules deny what they had; set " + words(profile, RECREATE)
                            + " and " + (profile.origin().isOfFile() ? "images" : "CREATE_IMAGES"));
        }
        return sentences;
    }

    /** Podman and older daemons have no paths inside of volumes. */
    private static List<String> ofBinds(ConfiguredProfile each) {
        CreateRules rules = each.profile().create();
        if (rules == null || rules.protectedBinds().isEmpty()) {
            return List.of();
        }
        String of = each.profile().origin().isOfFile() ? "profile " + each.name() + ": " : "";
        String roots = rules.protectedBinds().stream()
                .map(bind -> words(each.profile(), new Remedy("BINDS", bind.toString(), "")))
                .collect(Collectors.joining(", "));
        return List.of(of + "containers get what is below " + roots
                + " through volumes of this proxy, so that no link leads out; Podman and dockerd with an API version below 1.45"
                + " cannot do that, so there these binds need " + words(each.profile(), UNPROTECTED));
    }

    /** Names permissions that had ended before the start or the reload, and execs that can start after the end of their creation. */
    private List<String> ofEnds(ConfiguredProfile each) {
        Policy policy = each.profile().policy();
        return policy.ends().stream()
                .flatMap(end -> policy.isPast(end) ? Stream.of(end.pastSentence()) : ofStarts(end, each.profile()))
                .map(sentence -> "profile " + each.name() + ": " + sentence)
                .toList();
    }

    private Stream<String> ofStarts(PermissionEnd end, Profile profile) {
        Operation creating = catalogue.byId(end.subject()).orElse(null);
        if (creating == null || !creating.path().toString().endsWith("/exec")) {
            return Stream.empty();
        }
        return catalogue.operations().stream()
                .filter(operation -> operation.is(Trait.ENTERS_EXEC)
                        && operation.isLibpod() == creating.isLibpod()
                        && profile.allows(operation))
                .filter(operation -> {
                    PermissionEnd other =
                            profile.policy().end(operation, operation.write().isAlways());
                    return other == null || other.at().isAfter(end.at());
                })
                .map(operation -> creating.id() + " ends at " + end.at() + ", but " + operation.id()
                        + " does not, so its sessions go on, and commands that were created before can start after it;"
                        + " give both the same until");
    }

    private static AssignmentForm form(Profile profile) {
        return profile.origin().isOfFile() ? AssignmentForm.POLICY_FILE : AssignmentForm.ENVIRONMENT;
    }

    /** Returns settings as they are written in the place of the profile. */
    private static String words(Profile profile, Remedy... settings) {
        return String.join(" with ", form(profile).words(List.of(settings)));
    }

    private boolean isReplacing(Profile profile) {
        return REPLACING.stream()
                .allMatch(id -> profile.allows(catalogue.byId(id).orElseThrow()));
    }

    /** Names wider profiles that a client can get by acting on their clients. */
    private List<String> ofTakeovers(ConfiguredProfile each) {
        Map<String, List<String>> byWay = new LinkedHashMap<>();
        if (Risk.enforced(each.profile(), catalogue).isRoot()) {
            return List.of(); // its clients gain nothing by it
        }
        Set<Consequence> own = gains.getOrDefault(each.name(), Set.of());
        risks.reachedBy(each, to -> !own.containsAll(gains.getOrDefault(to.name(), Set.of())))
                .forEach(reached -> byWay.computeIfAbsent(reached.how(), any -> new ArrayList<>())
                        .add(reached.profile() + " (" + reached.client().text() + ")"));
        List<String> sentences = new ArrayList<>();
        byWay.forEach((how, names) -> sentences.add("profile " + each.name() + " can become " + some(names)
                + ": " + how
                + (each.profile().create() == null
                        ? ". " + words(each.profile(), SAFE) + " in this profile prevents it"
                        : ", and trusts allows it")));
        return sentences;
    }

    private boolean isOtherwise(ConfiguredProfile each) {
        return each.name().equals(profiles.otherwise().name());
    }

    /** Returns the names of the profiles with clients that would gain something by this profile. */
    private String narrower(ConfiguredProfile each) {
        Set<Consequence> own = gains.getOrDefault(each.name(), Set.of());
        return some(profiles.all().stream()
                .filter(other -> !other.name().equals(each.name()))
                .filter(other -> !other.profile().origin().isNone())
                .filter(other -> !gains.getOrDefault(other.name(), Set.of()).containsAll(own))
                .map(ConfiguredProfile::name)
                .toList());
    }

    /** Returns the first of many names: with all names in each note, the text would grow with the square of the number of profiles. */
    private static String some(List<String> names) {
        return names.size() <= MOST_NAMES
                ? String.join(", ", names)
                : String.join(", ", names.subList(0, MOST_NAMES)) + " and " + (names.size() - MOST_NAMES) + " others";
    }
}
