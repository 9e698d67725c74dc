package org.socketproxy.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RawClient;

/**
 * Starts with no variable. After each failure of the client it sets the variables of the first hint, and tries again. The hint
 * comes from what the client prints; if the client hides the message of the daemon, the last denial of the access log is sent
 * again, as a person would do with curl.
 */
final class HintFollower {
    private static final int MAX_STEPS = 15;
    private static final Pattern HINT =
            Pattern.compile("is not allowed[^:]*: set ([A-Z0-9_]+=1(?: and [A-Z0-9_]+=1)*)");
    private static final Pattern GRANT = Pattern.compile("([A-Z0-9_]+)=1");
    private static final Pattern DENIED = Pattern.compile(" deny \\S+ ([A-Z]+) (\\S+) ");

    private final ClientRunner runner;
    private final ListedClient client;
    private final TreeSet<String> variables = new TreeSet<>();
    private final List<Set<String>> steps = new ArrayList<>();

    HintFollower(ClientRunner runner, ListedClient client) {
        this.runner = runner;
        this.client = client;
    }

    void followUntilItWorks() throws IOException {
        while (!works()) {
            assertThat(steps).as("steps of " + client).hasSizeLessThan(MAX_STEPS);
        }
    }

    /** Variables that each failure added, in order. */
    List<Set<String>> steps() {
        return steps;
    }

    SortedSet<String> variables() {
        return variables;
    }

    private boolean works() throws IOException {
        Map<String, String> environment = variables.stream().collect(Collectors.toMap(name -> name, name -> "1"));
        try (ProxyProcess proxy = ProxyProcess.start(client.realDaemon().socket(), environment)) {
            Cli.Result result = runner.run(client, proxy.host());
            if (result.exitCode() == 0) {
                return true;
            }
            Set<String> lacking = lacking(result, proxy);
            assertThat(variables)
                    .as("hints of " + client + ": " + result.stderr())
                    .doesNotContainAnyElementsOf(lacking);
            variables.addAll(lacking);
            steps.add(lacking);
            return false;
        }
    }

    private static Set<String> lacking(Cli.Result result, ProxyProcess proxy) throws IOException {
        Set<String> printed = grants((result.stdout() + result.stderr()).replaceAll("\\s+", " "));
        return printed.isEmpty() ? grants(askAgain(proxy)) : printed;
    }

    private static Set<String> grants(String text) {
        Matcher hint = HINT.matcher(text);
        return hint.find()
                ? GRANT.matcher(hint.group(1))
                        .results()
                        .map(grant -> grant.group(1))
                        .collect(Collectors.toCollection(TreeSet::new))
                : Set.of();
    }

    private static String askAgain(ProxyProcess proxy) throws IOException {
        proxy.awaitOutput(" deny ");
        List<MatchResult> denials = DENIED.matcher(proxy.stdout()).results().toList();
        MatchResult last = denials.get(denials.size() - 1);
        try (RawClient curl = RawClient.connect(proxy.port())) {
            return curl.request(last.group(1), last.group(2)).readResponse();
        }
    }
}
