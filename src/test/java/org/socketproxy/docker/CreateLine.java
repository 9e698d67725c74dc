package org.socketproxy.docker;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Corpus;

/**
 * One line of {@code create-lines.txt} or {@code service-lines.txt}.
 *
 * @param outcome {@code allow} or {@code deny}
 * @param settings settings of the proxy beside {@code CREATE=safe}, separated by blanks; {@code -} for none
 * @param script a line of a shell
 */
record CreateLine(String outcome, String settings, String script) {
    /** Reads the lines of a file that have an outcome. */
    static Stream<CreateLine> read(String file, String outcome) {
        return Corpus.lines(CreateLine.class, file)
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split(" \\| ", 3))
                .map(cells -> new CreateLine(cells[0], cells[1], cells[2]))
                .filter(line -> line.outcome.equals(outcome));
    }

    /** Replaces the word FOLDER by the path of a folder. */
    CreateLine in(Path folder) {
        return new CreateLine(
                outcome, settings.replace("FOLDER", folder.toString()), script.replace("FOLDER", folder.toString()));
    }

    /** Replaces what differs between two runs of the same line: ids, and names that the daemon chooses. */
    static String withoutIds(Cli.Result result) {
        return result.exitCode() + " " + result.stdout().replaceAll("(sha256:)?[0-9a-f]{12,64}|[0-9a-z]{25}", "ID");
    }
}
