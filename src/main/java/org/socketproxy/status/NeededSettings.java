package org.socketproxy.status;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileKeys;
import org.socketproxy.policy.advice.DangerLevel;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.create.NewLabels;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.status.DenialSection.Alternative;
import org.socketproxy.usage.Denial.Need;

/** The settings that denied parts of requests need, such as {@code BINDS=/srv/cache}, as lines for a profile. */
record NeededSettings(List<Need> needs, Profile profile, AssignmentForm form) {
    /** Returns the lines that allow all parts; null without parts, and if one has no setting, or one that is root on the host. */
    @Nullable
    Alternative alternative() {
        if (needs.isEmpty() || !needs.stream().allMatch(Need::isAllowable)) {
            return null;
        }
        List<Remedy> remedies = remedies();
        return new Alternative(
                form.lines(complete(remedies, profile, form)),
                String.join(" and ", form.words(remedies)),
                "",
                0,
                remedies.stream().allMatch(each -> each.danger().isEmpty()) ? null : DangerLevel.MEDIUM,
                dangers(remedies, form));
    }

    /** Returns the dangers of settings that have one. */
    static List<String> dangers(List<Remedy> settings, AssignmentForm form) {
        return settings.stream()
                .filter(each -> !each.danger().isEmpty())
                .map(each -> form.words(each) + ": " + each.danger())
                .toList();
    }

    List<Remedy> remedies() {
        return needs.stream()
                .filter(Need::isAllowable)
                .map(need -> Objects.requireNonNull(need.remedy()))
                .distinct()
                .toList();
    }

    /** Returns the sentences about parts that are not to be allowed; empty without one. */
    String refusal() {
        String dangerous = needs.stream()
                .filter(need -> need.remedy() != null && !need.isAllowable())
                .map(this::reason)
                .distinct()
                .collect(Collectors.joining("; "));
        String impossible = needs.stream()
                .filter(need -> need.remedy() == null)
                .map(Need::subject)
                .distinct()
                .collect(Collectors.joining("; "));
        String without = String.join(" and ", form.words(remedies()));
        return (dangerous.isEmpty() ? "" : "Not to be allowed: " + dangerous + ".")
                + (dangerous.isEmpty() || impossible.isEmpty() ? "" : " ")
                + (impossible.isEmpty() ? "" : "No setting allows this: " + impossible + ".")
                + (without.isEmpty() || dangerous.isEmpty() && impossible.isEmpty()
                        ? ""
                        : " The rest needs " + without + ".");
    }

    private String reason(Need need) {
        Remedy remedy = Objects.requireNonNull(need.remedy());
        String danger = remedy.danger().contains("root") ? "" : ", which is root on the host";
        String clause = form.words(remedy) + ": " + remedy.danger() + danger;
        return need.subject().isEmpty() ? clause : need.subject() + " (" + clause + ")";
    }

    /** Returns true if the rules of the profile allow all parts by now. */
    boolean areGiven() {
        Set<String> given = given(profile).stream().map(Remedy::assignment).collect(Collectors.toSet());
        return needs.stream().map(Need::remedy).allMatch(remedy -> remedy != null && isGiven(remedy, given));
    }

    private boolean isGiven(Remedy remedy, Set<String> given) {
        CreateRules create = profile.create();
        return switch (remedy.setting()) {
            case "BINDS", "CREATE_ALLOW", "CREATE_IMAGES" -> create == null || create.has(remedy);
            case "EXEC_ALLOW", "EXEC_OPTIONS" -> profile.exec() == null || given.contains(remedy.assignment());
            default ->
                given.contains(remedy.assignment())
                        || profile.policy().granted().contains(remedy.setting());
        };
    }

    /** Returns settings and before them the elements of the profile in the same lines, which the lines would otherwise replace. */
    static List<Remedy> complete(Collection<Remedy> settings, Profile profile, AssignmentForm form) {
        return Stream.concat(kept(settings, profile, form).stream(), settings.stream())
                .toList();
    }

    static List<Remedy> kept(Collection<Remedy> settings, Profile profile, AssignmentForm form) {
        Set<String> own = settings.stream().map(Remedy::assignment).collect(Collectors.toSet());
        Set<String> lines = settings.stream().map(each -> line(each, form)).collect(Collectors.toSet());
        return given(profile).stream()
                .filter(each -> lines.contains(line(each, form)) && !own.contains(each.assignment()))
                .filter(each ->
                        own.stream().noneMatch(wider -> each.assignment().startsWith(wider + ":")))
                .toList();
    }

    private static String line(Remedy setting, AssignmentForm form) {
        return form == AssignmentForm.POLICY_FILE ? ProfileKeys.key(setting.setting()) : setting.setting();
    }

    private static List<Remedy> given(Profile profile) {
        List<Remedy> given = new ArrayList<>();
        CreateRules create = profile.create();
        if (create != null) {
            given.add(new Remedy("CREATE", "safe", ""));
            create.binds().words().forEach(word -> given.add(new Remedy("BINDS", word, "")));
            create.permissions().words().forEach(word -> given.add(new Remedy("CREATE_ALLOW", word, "")));
            create.requirements().words().forEach(word -> given.add(new Remedy("CREATE_REQUIRE", word, "")));
            create.images().texts().forEach(image -> given.add(new Remedy("CREATE_IMAGES", image, "")));
            profile.get(NewLabels.KEY)
                    .labels()
                    .forEach((name, value) -> given.add(new Remedy("CREATE_LABELS", name + "=" + value, "")));
        }
        ExecRules exec = profile.exec();
        if (exec != null) {
            exec.commands().forEach(command -> given.add(new Remedy("EXEC_ALLOW", command.toString(), "")));
            exec.options().forEach((option, arguments) -> {
                if (arguments.isEmpty()) {
                    given.add(new Remedy("EXEC_OPTIONS", option.word(), ""));
                }
                arguments.forEach(
                        argument -> given.add(new Remedy("EXEC_OPTIONS", option.word() + ":" + argument, "")));
            });
        }
        addTargets(given, "TARGETS", profile.targets());
        addTargets(given, "WRITE_TARGETS", profile.writes().targets());
        return given;
    }

    private static void addTargets(List<Remedy> given, String setting, @Nullable Scope targets) {
        if (targets != null) {
            targets.texts().forEach(text -> given.add(new Remedy(setting, text, "")));
        }
    }
}
