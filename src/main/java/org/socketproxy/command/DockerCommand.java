package org.socketproxy.command;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.table.NearestName;
import org.socketproxy.table.Table;

/**
 * A command of the docker CLI: a row of {@code docker-commands.tsv}, which has what CLI 28 and Compose 2.26 call at dockerd 26.1.
 *
 * @param names such as {@code ps} and {@code container ls}
 * @param when found in the arguments, or null for all
 * @param calls ids of operations, perhaps with a query; they name the last argument, after {@code <} the first, after {@code *}
 *     what only the daemon or Compose knows
 */
record DockerCommand(List<String> names, @Nullable Pattern when, List<String> calls) {
    private static final Table<DockerCommand> TABLE =
            new Table<>("docker-commands.tsv", "commands when operations", DockerCommand::row);
    private static final String DOCKER = "docker";
    private static final String DOCKER_COMPOSE = "docker-compose";
    private static final String COMPOSE = "compose";
    private static final String FIRST = "<";
    private static final String UNKNOWN = "*";
    private static final String PLACEHOLDER = "{}";
    private static final String UNNAMED = "NAME";
    private static final Set<String> GROUPS_WITH_OPTIONS = Set.of(COMPOSE, "buildx");

    /** Options before the command, or before that of a group, with a value as the next word. */
    private static final Set<String> VALUED = Set.of(
            "-H",
            "--host",
            "-c",
            "--context",
            "--config",
            "-l",
            "--log-level",
            "-f",
            "--file",
            "-p",
            "--project-name",
            "--profile",
            "--env-file",
            "--project-directory",
            "--builder");

    private static DockerCommand row(String[] cells) {
        return new DockerCommand(
                Arrays.asList(cells[0].split(",", -1)),
                cells[1].equals("-") ? null : Pattern.compile(cells[1]),
                Arrays.asList(cells[2].split(",", -1)));
    }

    static List<DockerCommand> load() {
        return TABLE.load(DockerCommand.class);
    }

    /** Returns true for the words of a shell, such as {@code docker restart c1}. */
    static boolean isDocker(List<String> words) {
        return words.get(0).equals(DOCKER) || words.get(0).equals(DOCKER_COMPOSE);
    }

    /**
     * Returns the requests in their order.
     *
     * @throws IllegalArgumentException for a command that is not in the table; the message names the nearest one
     */
    static List<RequestLine> requests(List<String> words, OperationCatalogue catalogue) {
        List<DockerCommand> table = load();
        List<String> known = table.stream()
                .flatMap(command -> command.names.stream())
                .distinct()
                .toList();
        List<String> rest = withoutOptions(
                words.get(0).equals(DOCKER)
                        ? words.subList(1, words.size())
                        : composed(words.subList(1, words.size())));
        String first = rest.isEmpty() ? "" : rest.get(0);
        boolean isGroup = known.stream().anyMatch(name -> name.startsWith(first + " ")) && rest.size() > 1;
        if (GROUPS_WITH_OPTIONS.contains(first)) {
            rest = new ArrayList<>(withoutOptions(rest.subList(1, rest.size())));
            rest.add(0, first);
        }
        String both = rest.size() > 1 ? first + " " + rest.get(1) : first;
        String name = known.contains(both) ? both : first;
        if (!known.contains(name)) {
            String written = isGroup ? both : first;
            throw new IllegalArgumentException("no requests are known for docker " + written
                    + NearestName.advice(written, known, "; use a method and a path, such as: explain GET /info"));
        }
        List<String> arguments = rest.subList(name.equals(both) && rest.size() > 1 ? 2 : 1, rest.size());
        String text = String.join(" ", arguments);
        DockerCommand command = table.stream()
                .filter(each -> each.names.contains(name))
                .filter(each -> each.when == null || each.when.matcher(text).find())
                .findFirst()
                .orElseThrow();
        return command.calls.stream()
                .map(call -> request(call, arguments, catalogue))
                .toList();
    }

    private static List<String> composed(List<String> words) {
        List<String> command = new ArrayList<>(words);
        command.add(0, COMPOSE);
        return command;
    }

    private static List<String> withoutOptions(List<String> words) {
        int start = 0;
        while (start < words.size() && words.get(start).startsWith("-")) {
            start += VALUED.contains(words.get(start)) ? 2 : 1;
        }
        return words.subList(Math.min(start, words.size()), words.size());
    }

    static RequestLine request(String call, List<String> arguments, OperationCatalogue catalogue) {
        List<String> names =
                arguments.stream().filter(word -> !word.startsWith("-")).toList();
        boolean isFirst = call.startsWith(FIRST);
        String given =
                names.isEmpty() || call.startsWith(UNKNOWN) ? UNNAMED : names.get(isFirst ? 0 : names.size() - 1);
        String[] parts =
                call.substring(isFirst || call.startsWith(UNKNOWN) ? 1 : 0).split("\\?", 2);
        Operation operation = catalogue.byId(parts[0]).orElseThrow();
        String path = operation.path().toString();
        String name = path.startsWith("/containers/") ? given.replaceFirst(":.*", "") : given;
        String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8);
        String target = path.replaceAll("\\{[^}]*}", encoded.replace("%2F", "/").replace("%3A", ":"));
        return new RequestLine(
                operation.method(),
                parts.length == 1 ? target : target + "?" + parts[1].replace(PLACEHOLDER, encoded),
                null);
    }
}
