package org.socketproxy.compat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.socketproxy.testing.Corpus;

/**
 * Recorded verdicts of another proxy: for each request and environment, whether the request reached the daemon.
 *
 * @param environments the variables with value 1 by name of the environment; all others were 0
 * @param verdicts by name of the environment, one letter per request: {@code A} reached the daemon, {@code D} was
 *     denied
 */
record RecordedVerdicts(
        List<Request> requests, Map<String, Map<String, String>> environments, Map<String, String> verdicts) {

    record Request(String method, String target) {}

    static RecordedVerdicts load(String proxy) {
        List<Request> requests = Corpus.lines(RecordedVerdicts.class, proxy + ".requests.tsv")
                .map(line -> line.split("\t", -1))
                .map(cells -> new Request(cells[1], cells[2]))
                .toList();
        List<String[]> rows = new ArrayList<>(Corpus.lines(RecordedVerdicts.class, proxy + ".matrix.tsv")
                .skip(1)
                .map(line -> line.split("\t", -1))
                .toList());
        Map<String, String> everything = environment(
                rows.stream().filter(row -> row[0].equals("all")).findFirst().orElseThrow()[1], Map.of());
        Map<String, Map<String, String>> environments = new HashMap<>();
        Map<String, String> verdicts = new HashMap<>();
        for (String[] row : rows) {
            environments.put(row[0], environment(row[1], everything));
            verdicts.put(row[0], row[2]);
        }
        return new RecordedVerdicts(requests, environments, verdicts);
    }

    /** {@code A=1 B=1}, or {@code *=1 B=0} for all but B, or {@code (all 0)}. */
    private static Map<String, String> environment(String text, Map<String, String> everything) {
        Map<String, String> environment = new HashMap<>();
        if (text.startsWith("(")) {
            return environment;
        }
        for (String assignment : text.split(" ")) {
            String[] parts = assignment.split("=");
            if (parts[0].equals("*")) {
                environment.putAll(everything);
            } else {
                environment.put(parts[0], parts[1]);
            }
        }
        return environment;
    }
}
