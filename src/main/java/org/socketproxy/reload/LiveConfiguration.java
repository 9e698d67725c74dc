package org.socketproxy.reload;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.LogSettings;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.config.ProfileSettings;
import org.socketproxy.config.Settings;
import org.socketproxy.daemon.ClientContainers;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Profiles;
import org.socketproxy.policy.RisingClock;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.advice.AddedDangers;
import org.socketproxy.policy.advice.ProfileChange;
import org.socketproxy.policy.advice.ProfileNotes;
import org.socketproxy.shadow.Shadow.ShadowPolicy;
import org.socketproxy.usage.ShadowCounts;

/**
 * The settings in force and their profiles, which a reload replaces together.
 *
 * <p>Threading: replaced by one thread, read by any number.
 */
public final class LiveConfiguration implements Profiles, AutoCloseable {
    private final OperationCatalogue catalogue;
    private final ParameterRules rules = ParameterRules.load();
    private final Variables variables = Variables.load();
    private final LearnMode learning;
    private final ClientContainers containers;
    /** Shared by the profiles of all reloads: a jump back of the system clock opens nothing again. */
    private final RisingClock clock;

    private volatile Held held;
    private volatile @Nullable ReloadResult ofFiles;
    private volatile @Nullable ReloadResult ofCertificates;
    private volatile @Nullable ReloadResult stalled;
    private final List<Consumer<ConfiguredProfiles>> onReplace = new CopyOnWriteArrayList<>();

    /**
     * @param only the profile of all clients, or null
     * @param notes sentences about the profiles
     * @param since when the policy came into force
     * @param logsAllowed whether records of allowed requests are written
     * @param logsDenied whether the other records of requests are written
     */
    private record Held(
            Settings settings,
            ConfiguredProfiles profiles,
            @Nullable Profile only,
            List<String> notes,
            @Nullable ShadowPolicy shadow,
            Instant since,
            boolean logsAllowed,
            boolean logsDenied) {}

    /**
     * @param learning learn mode of the environment, which a reload does not change
     * @param containers the containers of the clients; gets the conditions in force
     */
    public LiveConfiguration(
            OperationCatalogue catalogue, LearnMode learning, Settings settings, ClientContainers containers) {
        this(catalogue, learning, settings, containers, new RisingClock());
    }

    /** Decides by the given clock about permissions with an end. */
    public LiveConfiguration(
            OperationCatalogue catalogue,
            LearnMode learning,
            Settings settings,
            ClientContainers containers,
            RisingClock clock) {
        this.clock = clock;
        this.catalogue = catalogue;
        this.learning = learning;
        this.containers = containers;
        this.held = hold(settings, null);
        useConditions(settings);
        settings.policy().hosts().start();
        settings.enforcement().shadow().hosts().start();
    }

    /** Uses all conditions of the policy, and those of a tried policy that compare a label. */
    private void useConditions(Settings settings) {
        PolicySettings tried = settings.enforcement().shadow().policy();
        Stream<ClientMatcher> labels = tried == null
                ? Stream.of()
                : clients(tried).filter(client -> !client.labels().isEmpty());
        containers.use(
                Stream.concat(clients(settings.policy()), labels).toList(),
                settings.policy().hosts(),
                settings.policy().all().stream()
                        .map(ProfileSettings::create)
                        .anyMatch(create -> create != null && create.binds().own() != null));
    }

    private static Stream<ClientMatcher> clients(PolicySettings policy) {
        return policy.all().stream().flatMap(profile -> profile.clients().stream());
    }

    private Held hold(Settings settings, @Nullable Held before) {
        ConfiguredProfiles earlier = before == null ? null : before.profiles;
        ConfiguredProfiles profiles = ConfiguredProfiles.of(
                settings.policy(), catalogue, rules, profile -> learning(profile, earlier), clock);
        List<String> notes = new ArrayList<>(new ProfileNotes(profiles, catalogue).sentences());
        notes.addAll(settings.enforcement().shadow().warnings());
        LogSettings.Level level = settings.records().log().level();
        return new Held(
                settings,
                profiles,
                settings.policy().isOfFile() ? null : profiles.otherwise().profile(),
                List.copyOf(notes),
                shadow(settings, before),
                before != null && isSame(settings.policy(), before.settings.policy()) ? before.since : Instant.now(),
                level.includes(LogSettings.Level.INFO),
                level.includes(LogSettings.Level.NOTICE));
    }

    /** The counts go on if a reload does not change the policy. */
    private @Nullable ShadowPolicy shadow(Settings settings, @Nullable Held before) {
        PolicySettings policy = settings.enforcement().shadow().policy();
        if (policy == null) {
            return null;
        }
        ConfiguredProfiles profiles = ConfiguredProfiles.of(policy, catalogue, rules, any -> LearnMode.off(), clock);
        return new ShadowPolicy(
                settings.enforcement().shadow().file(),
                client -> profiles.of(containers.locate(client)).profile(),
                counts(policy, before));
    }

    /** A reload does not restart an unchanged learn mode of a profile. */
    private LearnMode learning(ProfileSettings profile, @Nullable ConfiguredProfiles before) {
        if (!profile.origin().isOfFile()) {
            return learning;
        }
        ProfileSettings.Learn learn = profile.validity().learn();
        if (learn == null) {
            return LearnMode.off();
        }
        if (before != null) {
            var same = before.find(profile.name())
                    .filter(each -> Objects.equals(each.settings().validity().learn(), learn));
            if (same.isPresent()) {
                return same.get().profile().learning();
            }
        }
        return LearnMode.until(learn.end(Instant.now()));
    }

    private ShadowCounts counts(PolicySettings policy, @Nullable Held before) {
        PolicySettings earlier =
                before == null ? null : before.settings.enforcement().shadow().policy();
        ShadowPolicy tried = before == null ? null : before.shadow;
        return tried != null && earlier != null && isSame(policy, earlier) ? tried.counts() : new ShadowCounts();
    }

    private boolean isSame(PolicySettings one, PolicySettings other) {
        return one.version() == other.version()
                && ProfileChange.fingerprint(one, variables).equals(ProfileChange.fingerprint(other, variables));
    }

    /** Returns when the policy came into force. */
    public Instant since() {
        return held.since;
    }

    public Settings settings() {
        return held.settings;
    }

    @Override
    public Profile of(Client client) {
        Held now = held;
        return now.only == null ? now.profiles.of(containers.locate(client)).profile() : now.only;
    }

    @Override
    public boolean areShadowed() {
        return held.shadow != null;
    }

    /** Returns whether records of requests are written, by whether the request is allowed. */
    public boolean isLogged(boolean isAllowed) {
        return isAllowed ? held.logsAllowed : held.logsDenied;
    }

    /** Returns the policy that is tried, or null. */
    public @Nullable ShadowPolicy shadow() {
        return held.shadow;
    }

    public ConfiguredProfiles profiles() {
        return held.profiles;
    }

    /** Returns sentences about profiles without clients, within reach of other clients, or with which an updater loses containers. */
    public List<String> notes() {
        return held.notes;
    }

    /** Returns the dangers that a policy would add to the one in force; those of learn mode have a record of their own. */
    AddedDangers dangers(PolicySettings next) {
        return new AddedDangers(
                ConfiguredProfiles.of(held.settings.policy(), catalogue, rules, any -> LearnMode.off(), clock),
                ConfiguredProfiles.of(next, catalogue, rules, any -> LearnMode.off(), clock),
                variables,
                catalogue);
    }

    void replace(Settings settings) {
        Held before = held;
        settings.policy().hosts().startAfter(before.settings.policy().hosts());
        settings.enforcement()
                .shadow()
                .hosts()
                .startAfter(before.settings.enforcement().shadow().hosts());
        held = hold(settings, before);
        useConditions(settings);
        onReplace.forEach(action -> action.accept(held.profiles));
        before.settings.policy().hosts().close();
        before.settings.enforcement().shadow().hosts().close();
    }

    /** Calls an action with the profiles now and after each reload. */
    public void whenReplaced(Consumer<ConfiguredProfiles> action) {
        onReplace.add(action);
        action.accept(held.profiles);
    }

    /**
     * Returns the report that no reload is possible; else the last refused reload of the files or certificates, which needs an
     * administrator; else the last reload.
     */
    public @Nullable ReloadResult lastReload() {
        ReloadResult impossible = stalled;
        if (impossible != null) {
            return impossible;
        }
        ReloadResult files = ofFiles;
        ReloadResult certificates = ofCertificates;
        if (files == null || certificates == null) {
            return files == null ? certificates : files;
        }
        if (files.isApplied() != certificates.isApplied()) {
            return files.isApplied() ? certificates : files;
        }
        return certificates.at().isAfter(files.at()) ? certificates : files;
    }

    void reloaded(ReloadResult reload) {
        ofFiles = reload;
    }

    public void reloadedCertificates(ReloadResult reload) {
        ofCertificates = reload;
    }

    /** Takes the report that no reload is possible, or null at its end. */
    public void stalled(@Nullable ReloadResult report) {
        stalled = report;
    }

    @Override
    public void close() {
        held.settings.policy().hosts().close();
        held.settings.enforcement().shadow().hosts().close();
    }
}
