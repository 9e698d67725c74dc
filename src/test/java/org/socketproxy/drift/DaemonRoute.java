package org.socketproxy.drift;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Route of a daemon's API as its source code registers it.
 *
 * @param path path with {@code {}} for each variable, without the version
 * @param parameters names of the query parameters that its handler reads
 */
record DaemonRoute(String method, String path, Set<String> parameters) {
    private static final Pattern DOCKER_ROUTE =
            Pattern.compile("\\bNew(Get|Post|Put|Delete|Head|Options)Route\\(\"([^\"]+)\", \\w+\\.(\\w+)");
    private static final List<Pattern> DOCKER_PARAMETERS = List.of(
            Pattern.compile("\\br\\.(?:Form\\.Get|FormValue|Form\\.Has)\\(\"([^\"]+)\"\\)"),
            Pattern.compile("\\br\\.Form\\[\"([^\"]+)\"\\]"),
            Pattern.compile("\\br\\.URL\\.Query\\(\\)\\.(?:Get|Has)\\(\"([^\"]+)\"\\)"),
            Pattern.compile("\\b(?:Bool|Uint32|Int64)Value\\w*\\(r, \"([^\"]+)\""));

    private static final Pattern PODMAN_ROUTE = Pattern.compile(
            "r\\.Handle(?:Func)?\\((?:VersionedPath\\()?\"([^\"]+)\"\\)?, s\\.\\w+\\((\\w+\\.\\w+)\\)\\)\\.Methods\\(([^\\n]*)\\)");
    private static final List<Pattern> PODMAN_PARAMETERS = List.of(Pattern.compile("`schema:\"([^\",]+)"));
    private static final Pattern VARIABLE = Pattern.compile("\\{[^}]*}");

    DaemonRoute {
        parameters = Set.copyOf(parameters);
    }

    /** Reads the routers of moby, in a checkout of any version since 20.10. */
    static List<DaemonRoute> ofDocker(Path moby) {
        String server = Files.isDirectory(moby.resolve("daemon/server/router")) ? "daemon/server" : "api/server";
        GoSources sources = GoSources.below(moby, server);
        List<DaemonRoute> routes = new ArrayList<>();
        for (GoSources.Found found : sources.find(DOCKER_ROUTE)) {
            MatchResult route = found.match();
            Set<String> parameters = sources.read(found.inPackage() + "." + route.group(3), DOCKER_PARAMETERS);
            routes.add(
                    new DaemonRoute(route.group(1).toUpperCase(Locale.ROOT), normalized(route.group(2)), parameters));
        }
        return routes;
    }

    /** Reads the routers of Podman, in a checkout of version 4 or 5. */
    static List<DaemonRoute> ofPodman(Path podman) {
        GoSources sources = GoSources.below(podman, "pkg/api");
        List<DaemonRoute> routes = new ArrayList<>();
        for (GoSources.Found found : sources.find(PODMAN_ROUTE)) {
            MatchResult route = found.match();
            Set<String> parameters = sources.read(route.group(2), PODMAN_PARAMETERS);
            for (String method : route.group(3).split(",", -1)) {
                String name = method.strip().replace("http.Method", "");
                routes.add(new DaemonRoute(name.toUpperCase(Locale.ROOT), normalized(route.group(1)), parameters));
            }
        }
        return routes;
    }

    /** Replaces each variable of a path by {@code {}}. */
    static String normalized(String path) {
        String plain = VARIABLE.matcher(path).replaceAll("{}");
        return plain.length() > 1 && plain.endsWith("/") ? plain.substring(0, plain.length() - 1) : plain;
    }
}
