package org.socketproxy.policy;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.socketproxy.archive.ImageRule;
import org.socketproxy.client.PrintableText;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.policy.build.BuildRules;
import org.socketproxy.policy.create.ImageName;
import org.socketproxy.policy.scope.NameRules;
import org.socketproxy.policy.scope.ObjectRule;

/**
 * Judges the names and labels of the images in an archive like those of a build.
 *
 * @param guarded names of images that {@code PROTECT} selects, in any form
 * @param isUsed returns true for a name of an image of the proxy's container, or of a client of another profile
 */
public record LoadedImages(Profile profile, Operation operation, Set<String> guarded, Predicate<String> isUsed)
        implements ImageRule {
    private static final int SHOWN_CHARS = 120;
    private static final String PODMANS_REGISTRY = "localhost/";

    public LoadedImages {
        Set<String> complete = new HashSet<>();
        guarded.forEach(name -> complete.add(ImageName.split(name).familiar()));
        guarded = Set.copyOf(complete);
    }

    @Override
    public @Nullable String nameProblem(String name) {
        String problem = name.isEmpty() ? scopeProblem(name) : problem(name);
        String image = name.isEmpty() ? "has an image without a name" : "gives an image the name " + shown(name);
        return problem == null ? null : image + ", " + problem;
    }

    private static String shown(String name) {
        return PrintableText.escape(name, SHOWN_CHARS);
    }

    private @Nullable String problem(String name) {
        Optional<ImageName> parsed = ImageName.parse(name);
        if (parsed.isEmpty() || !parsed.get().digest().isEmpty()) {
            return "which is not a plain name with a tag";
        }
        for (String complete : List.of(name, PODMANS_REGISTRY + name)) {
            String problem =
                    profile.create() == null ? null : profile.create().images().newNameProblem(complete);
            if (problem != null) {
                return "which " + problem;
            }
            if (guarded.contains(ImageName.split(complete).familiar())) {
                return "which an image has that PROTECT selects";
            }
        }
        return isUsed.test(name)
                ? "which is that of an image of this proxy or of a client of another profile"
                : scopeProblem(name);
    }

    /** Podman completes a short name in another way than the patterns. */
    private @Nullable String scopeProblem(String name) {
        for (ObjectRule rule : profile.objectRules(operation, true)) {
            boolean isShort = !name.isEmpty()
                    && operation.isLibpod()
                    && !ImageName.split(name).name().equals(name.split(":", 2)[0]);
            String fault = rule.isProtecting()
                    ? null
                    : isShort ? "needs a name with its registry" : NameRules.builtFault(rule.scope(), List.of(name));
            if (fault != null) {
                return "and " + operation.id() + " " + rule.worded(fault);
            }
        }
        return null;
    }

    @Override
    public @Nullable String labelProblem(String key, String value) {
        BuildRules rules = profile.buildRules(operation);
        return rules != null && rules.labels().isReserved().test(key, value)
                ? "gives an image a label by which another profile selects its objects"
                : null;
    }
}
