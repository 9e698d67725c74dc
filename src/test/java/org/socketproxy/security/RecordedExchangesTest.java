package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.security.RecordedRequests.Corpus;
import org.socketproxy.security.RecordedRequests.Sent;

/**
 * Sends the requests of all corpora to proxies with fixed policies, and compares responses, audit records and requests at the daemon
 * with recorded ones. Only questions to the daemon may be missing. {@code -Dreadme.update=true} records them again.
 */
class RecordedExchangesTest {
    private static final Path RECORD = Path.of("src/test/resources/org/socketproxy/security/recorded-exchanges.txt");
    private static final int SHOWN = 12;

    @TempDir
    Path folder;

    @Test
    void exchangesAreTheRecordedOnes() throws Exception {
        Map<String, Map<String, RecordedExchange>> actual = run();
        if (Boolean.getBoolean("readme.update")) {
            Files.writeString(RECORD, print(actual));
        }
        Map<String, Map<String, RecordedExchange>> recorded = read();
        assertThat(actual.keySet()).isEqualTo(recorded.keySet());
        List<String> differences = new ArrayList<>();
        recorded.forEach((request, byPolicy) -> {
            assertThat(actual.get(request).keySet()).as(request).isEqualTo(byPolicy.keySet());
            byPolicy.forEach((policy, was) -> {
                RecordedExchange is = actual.get(request).get(policy);
                if (!was.isSameWithFewerQuestions(is)) {
                    differences.add(request + "\n  " + policy + " was " + was + "\n  " + policy + " is  " + is);
                }
            });
        });
        assertThat(differences.stream().limit(SHOWN).collect(Collectors.joining("\n")))
                .as("%d exchanges differ from %s", differences.size(), RECORD)
                .isEmpty();
    }

    /** A policy that is tried with every stage: responses, records and writes are those without it. */
    @ParameterizedTest
    @EnumSource(names = {"SECTIONS", "ALL", "MASK", "LABEL"})
    void triedPolicyChangesNothing(RecordedPolicy policy) throws Exception {
        Path tried = Files.writeString(folder.resolve("tried.env"), """
                CREATE=safe
                TARGETS=label:owner=other
                WRITE_TARGETS=label:owner=another
                PROTECT=label:owner=ci
                EXEC_ALLOW=echo *
                MASK=1
                NETWORKS=0
                """);
        Map<String, Map<String, RecordedExchange>> recorded = read();
        Map<String, Sent> requests = new LinkedHashMap<>();
        RecordedRequests.load().forEach(request -> requests.putIfAbsent(request.label(), request));
        List<Sent> sent = requests.values().stream()
                .filter(request -> request.corpus() != Corpus.RAW && policy.isFor(request))
                .filter(request -> recorded.containsKey(request.label()))
                .toList();
        List<String> differences = new ArrayList<>();
        policy.runTrying(folder, tried, sent).forEach((request, is) -> {
            RecordedExchange was = recorded.get(request).get(policy.name());
            if (!was.isSameButForQuestions(is, request.startsWith("GET "))) {
                differences.add(request + "\n  was " + was + "\n  is  " + is);
            }
        });

        assertThat(differences).isEmpty();
        assertThat(sent).hasSizeGreaterThan(100);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "allow section GET ~ | 200 | GET /a + ~;             allow section GET ~ | 200 | ~;             true",
                "allow section GET ~ | 200 | GET /a + GET /b + ~;    allow section GET ~ | 200 | GET /b + ~;    true",
                "allow section GET ~ | 200 | GET /a + GET /a/1;      allow section GET ~ | 200 | GET /a/1;      true",
                "allow section GET ~ | 200 | GET /a + GET /a/1;      allow section GET ~ | 200 | GET /a;        false",
                "allow section GET ~ | 200 | ~;                      allow section GET ~ | 200 | GET /a + ~;    false",
                "allow section GET ~ | 200 | GET /a + ~;             allow section GET ~ | 200 | GET /a + GET /a + ~; false",
                "allow section POST ~ | 200 | POST /a + ~;           allow section POST ~ | 200 | ~;            false",
                "allow section POST ~ | 200 | ~ 12;                  allow section POST ~ | 200 | ~ 34;         false",
                "allow section GET ~ | 200 | ~;                      allow alone GET ~ | 200 | ~;               false",
                "deny unlisted GET ~ | 403 1 x | ;                   deny unlisted GET ~ | 403 2 x | ;          false",
            })
    void onlyQuestionsMayBeMissing(String was, String is, boolean isSame) {
        assertThat(RecordedExchange.parse(was).isSameWithFewerQuestions(RecordedExchange.parse(is)))
                .isEqualTo(isSame);
    }

    /** Returns the exchanges by request and policy. */
    private Map<String, Map<String, RecordedExchange>> run() throws Exception {
        Map<String, Sent> requests = new LinkedHashMap<>();
        RecordedRequests.load().forEach(request -> requests.putIfAbsent(request.label(), request));
        ExecutorService threads =
                Executors.newFixedThreadPool(Math.max(2, Runtime.getRuntime().availableProcessors()));
        Map<String, Map<String, RecordedExchange>> all = new TreeMap<>();
        try {
            Map<String, Future<Map<String, RecordedExchange>>> byPolicy = new LinkedHashMap<>();
            for (RecordedPolicy policy : RecordedPolicy.values()) {
                List<Sent> sent = requests.values().stream()
                        .filter(request -> request.corpus() != Corpus.RAW && policy.isFor(request))
                        .toList();
                byPolicy.put(policy.name(), threads.submit(() -> policy.run(folder, sent)));
            }
            requests.values().stream()
                    .filter(request -> request.corpus() == Corpus.RAW)
                    .collect(Collectors.groupingBy(Sent::variables, TreeMap::new, Collectors.toList()))
                    .forEach((variables, sent) -> byPolicy.put(
                            "-" + variables, threads.submit(() -> RecordedPolicy.runRaw(folder, variables, sent))));
            for (Map.Entry<String, Future<Map<String, RecordedExchange>>> each : byPolicy.entrySet()) {
                String name = each.getKey().startsWith("-") ? "RAW" : each.getKey();
                each.getValue()
                        .get()
                        .forEach((request, exchange) -> all.computeIfAbsent(request, any -> new TreeMap<>())
                                .put(name, exchange));
            }
        } finally {
            threads.shutdownNow();
        }
        return all;
    }

    /** Prints each request, and each result after the policies that have it. */
    private static String print(Map<String, Map<String, RecordedExchange>> all) {
        StringBuilder text = new StringBuilder(
                "# Requests of the corpora in alphabetical order. Below each one: policies of"
                        + " RecordedPolicy | audit records | responses | requests at the daemon. RecordedExchangesTest writes this file.\n");
        all.forEach((request, byPolicy) -> {
            text.append("= ").append(request).append('\n');
            Map<String, List<String>> byResult = new LinkedHashMap<>();
            byPolicy.forEach(
                    (policy, exchange) -> byResult.computeIfAbsent(exchange.toString(), any -> new ArrayList<>())
                            .add(policy));
            byResult.forEach((result, policies) -> text.append(String.join(",", policies))
                    .append(" | ")
                    .append(result)
                    .append('\n'));
        });
        return text.toString();
    }

    private static Map<String, Map<String, RecordedExchange>> read() throws Exception {
        Map<String, Map<String, RecordedExchange>> all = new TreeMap<>();
        String request = "";
        for (String line : Files.readAllLines(RECORD)) {
            if (line.startsWith("= ")) {
                request = line.substring(2);
            } else if (!line.startsWith("#")) {
                String[] cells = line.split(" \\| ", 2);
                for (String policy : cells[0].split(",")) {
                    all.computeIfAbsent(request, any -> new TreeMap<>()).put(policy, RecordedExchange.parse(cells[1]));
                }
            }
        }
        return all;
    }
}
