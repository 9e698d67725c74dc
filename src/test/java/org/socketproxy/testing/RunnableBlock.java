package org.socketproxy.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A fenced block of a page that a test runs, because the line before it is {@code <!-- runnable -->}. The comment may say more:
 * {@code <!-- runnable, image, exits 1: SETUP -->} needs the container image, expects an exit code, and runs a script before. In a
 * block of the language {@code console} the lines after {@code $ } are commands, and the others their expected output.
 *
 * @param page the page
 * @param line number of the line of the comment
 * @param needsImage true if the commands use the image
 * @param exitCode expected exit code of the last command
 * @param setup a Bash script, or empty
 * @param steps the commands
 */
public record RunnableBlock(Path page, int line, boolean needsImage, int exitCode, String setup, List<Step> steps) {
    private static final Pattern MARKER = Pattern.compile("<!-- runnable(, image)?(?:, exits (\\d+))?(?:: (.*))? -->");
    private static final Pattern FENCE = Pattern.compile("```(sh|console)");
    private static final String PROMPT = "$ ";
    /** A command that serves until it is stopped: the proxy without arguments. */
    private static final Pattern SERVER = Pattern.compile("(?:[A-Z_]+=\\S+ )*\\./socket-proxy *(?:#.*)?");

    /** A command and lines that its output must contain in this order. */
    public record Step(String command, List<String> output) {
        /** True if the command starts the proxy, which runs until the block ends. */
        public boolean isServer() {
            return SERVER.matcher(command).matches();
        }
    }

    /** Returns the marked blocks of a page. */
    public static List<RunnableBlock> of(Path page) throws IOException {
        List<String> lines = Files.readAllLines(page);
        List<RunnableBlock> blocks = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith("<!-- runnable")) {
                blocks.add(parse(page, lines, i));
            }
        }
        return blocks;
    }

    private static RunnableBlock parse(Path page, List<String> lines, int at) {
        Matcher marker = MARKER.matcher(lines.get(at));
        Matcher fence = FENCE.matcher(at + 1 < lines.size() ? lines.get(at + 1) : "");
        if (!marker.matches() || !fence.matches()) {
            throw new IllegalArgumentException(
                    page + " line " + (at + 1) + ": not a marker with a block of commands: " + lines.get(at));
        }
        List<String> content = lines.subList(at + 2, lines.size());
        content = content.subList(0, content.indexOf("```"));
        String setup = marker.group(3);
        return new RunnableBlock(
                page,
                at + 1,
                marker.group(1) != null,
                marker.group(2) == null ? 0 : Integer.parseInt(marker.group(2)),
                setup == null ? "" : setup,
                fence.group(1).equals("sh") ? commands(content) : session(content));
    }

    private static List<Step> commands(List<String> lines) {
        List<Step> steps = new ArrayList<>();
        StringBuilder command = new StringBuilder();
        for (String line : lines) {
            command.append(command.isEmpty() ? "" : "\n").append(line);
            if (!line.endsWith("\\")) {
                steps.add(new Step(command.toString(), List.of()));
                command.setLength(0);
            }
        }
        return steps;
    }

    private static List<Step> session(List<String> lines) {
        List<Step> steps = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith(PROMPT)) {
                steps.add(new Step(line.substring(PROMPT.length()), new ArrayList<>()));
            } else {
                steps.get(steps.size() - 1).output.add(line);
            }
        }
        return steps;
    }

    @Override
    public String toString() {
        return page + " line " + line;
    }
}
