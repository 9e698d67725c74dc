package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileOrigin;
import org.socketproxy.policy.RequestHead;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;

/** Decides the harmless and harmful requests of {@code create-corpus.txt} and {@code exact-corpus.txt} by {@code CREATE=safe}. */
class CreateCorpusTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final ParameterRules RULES = ParameterRules.load();
    private static final Variables VARIABLES = Variables.load();
    private static final Map<String, Profile> PROFILES = new HashMap<>();
    private static final Pattern BYTE = Pattern.compile("<([0-9a-f]{2})>");
    private static final String ALLOW = "allow";
    /** In a setting, because spaces separate settings. */
    private static final String SPACE = "<20>";

    private record Case(String outcome, String settings, String method, String target, String body) {
        @Override
        public String toString() {
            return String.join(" ", outcome, settings, method, target, body);
        }
    }

    static List<Case> cases() {
        return Stream.of("create-corpus.txt", "exact-corpus.txt")
                .flatMap(file -> org.socketproxy.testing.Corpus.lines(CreateCorpusTest.class, file))
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> (line + " ").split(" \\| ", 4))
                .map(cells -> new Case(
                        cells[0],
                        cells[1],
                        cells[2].split(" ")[0],
                        cells[2].split(" ")[1],
                        cells[3].substring(0, cells[3].length() - 1)))
                .toList();
    }

    private static byte[] bytes(String text) {
        return BYTE.matcher(text)
                .replaceAll(match -> java.util.regex.Matcher.quoteReplacement(
                        String.valueOf((char) Integer.parseInt(match.group(1), 16))))
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static Profile profile(String settings) throws Exception {
        Profile known = PROFILES.get(settings);
        return known == null ? read(settings) : known;
    }

    private static Profile read(String settings) throws Exception {
        Map<String, String> environment = new HashMap<>();
        for (Variable variable : VARIABLES.all()) {
            environment.put(variable.name(), "1");
        }
        environment.put("CREATE", "safe");
        if (!settings.equals("-")) {
            for (String setting : settings.split(" ")) {
                environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1].replace(SPACE, " "));
            }
        }
        Profile profile = Settings.read(environment, VARIABLES)
                .policy()
                .otherwise()
                .profile(CATALOGUE, RULES, LearnMode.off(), List.of(), InstantSource.system());
        PROFILES.put(settings, profile);
        return profile;
    }

    private static Decision decide(Profile profile, String method, String target, String text) throws Exception {
        byte[] body = bytes(text);
        RequestTarget parsed = RequestTarget.parse(target);
        Operation operation = CATALOGUE.find(method, parsed).orElseThrow();
        Decision decision = profile.decide(operation, parsed, jsonHead(body.length > 0));
        BodyJudge judge = profile.bodyJudge(operation);
        if (!decision.isAllowed() || judge == null) {
            return decision;
        }
        Decision denial = judge.deny(decision, JsonBody.of(ByteBuffer.wrap(body)));
        return denial == null ? decision : denial;
    }

    private static RequestHead jsonHead(boolean hasBody) {
        return new RequestHead() {
            @Override
            public List<String> values(String header) {
                return header.equals("Content-Type") && hasBody ? List.of("application/json") : List.of();
            }

            @Override
            public boolean hasBody() {
                return hasBody;
            }
        };
    }

    @ParameterizedTest
    @MethodSource("cases")
    void requestHasTheOutcomeOfTheCorpus(Case given) throws Exception {
        Decision decision = decide(profile(given.settings), given.method, given.target, given.body);

        String outcome = decision.isAllowed() ? ALLOW : decision.reason().code();
        assertThat(outcome).as(decision.violations().toString()).isEqualTo(given.outcome);
    }

    static List<Case> harmful() {
        return cases().stream().filter(given -> !given.outcome.equals(ALLOW)).toList();
    }

    /** The settings that a denial names are those that allow the request. */
    @ParameterizedTest
    @MethodSource("harmful")
    void remediesAllowTheRequest(Case given) throws Exception {
        Profile profile = profile(given.settings);
        List<Violation> violations =
                decide(profile, given.method, given.target, given.body).violations();
        boolean isCurable = violations.stream().noneMatch(violation -> violation.remedy() == null);

        String settings = given.settings;
        for (int round = 0; isCurable && !violations.isEmpty() && round < 5; round++) {
            settings = widened(settings, violations);
            violations = decide(profile(settings), given.method, given.target, given.body)
                    .violations();
        }

        assertThat(isCurable && violations.stream().anyMatch(violation -> violation.remedy() != null))
                .as(settings)
                .isFalse();
    }

    private static String widened(String settings, List<Violation> violations) {
        Map<String, Set<String>> all = new HashMap<>();
        for (String setting : settings.equals("-") ? new String[0] : settings.split(" ")) {
            all.computeIfAbsent(setting.split("=", 2)[0], name -> new TreeSet<>())
                    .add(setting.split("=", 2)[1]);
        }
        for (Violation violation : violations) {
            Violation.Remedy remedy = violation.remedy();
            String element = remedy == null ? "" : remedy.value().replace(" ", SPACE);
            if (remedy != null && VARIABLES.find(remedy.setting()).isPresent()) {
                all.put(remedy.setting(), Set.of(remedy.value()));
            } else if (remedy != null) {
                all.computeIfAbsent(remedy.setting(), name -> new TreeSet<>()).add(element);
            }
        }
        return all.entrySet().stream()
                .map(setting -> setting.getKey() + "=" + String.join(",", setting.getValue()))
                .collect(Collectors.joining(" "));
    }

    @Test
    void withoutCreateRulesEveryRequestOfTheCorpusIsAllowed() throws Exception {
        Profile profile = Settings.read(
                        VARIABLES.all().stream().collect(Collectors.toMap(Variable::name, variable -> "1")), VARIABLES)
                .policy()
                .otherwise()
                .profile(CATALOGUE, RULES, LearnMode.off(), List.of(), InstantSource.system());

        assertThat(cases().stream().filter(given -> !isAllowed(profile, given))).isEmpty();
    }

    private static boolean isAllowed(Profile profile, Case given) {
        try {
            return decide(profile, given.method, given.target, given.body).isAllowed();
        } catch (Exception unexpected) {
            throw new AssertionError(unexpected);
        }
    }

    @Test
    void corpusIsLargeAndHasEveryReasonAndPermission() {
        Map<String, Long> outcomes =
                cases().stream().collect(Collectors.groupingBy(Case::outcome, Collectors.counting()));
        String settings = cases().stream().map(Case::settings).collect(Collectors.joining(" "));

        assertThat(outcomes.get(ALLOW)).isGreaterThanOrEqualTo(80);
        assertThat(harmful()).hasSizeGreaterThanOrEqualTo(120);
        assertThat(outcomes)
                .containsKeys("create-field", "create-unknown", "create-required", "create-form", "create-whole");
        // The corpora of builds have the others.
        assertThat(Stream.of(CreatePermission.values()).map(CreatePermission::word))
                .filteredOn(word -> !word.startsWith("build-"))
                .allSatisfy(word -> assertThat(settings).contains(word));
    }

    @Test
    void denialNamesFieldAndRemedy() throws Exception {
        String body =
                "{\"Image\":\"a\",\"Env\":[\"P=secret\"],\"HostConfig\":{\"Privileged\":true,\"PidMode\":\"host\","
                        + "\"Binds\":[\"/srv/data:/d\"],\"New\":\"secret\"}}";
        Decision denied = decide(profile("-"), "POST", "/containers/create", body);

        assertThat(DenialMessage.sentence(denied, ProfileOrigin.ENVIRONMENT, List::of))
                .isEqualTo(
                        "HostConfig.Privileged is true, which CREATE=safe does not allow (CREATE_ALLOW=privileged would;"
                                + " it is root on the host); also HostConfig.PidMode is host (CREATE_ALLOW=host-pid); also"
                                + " HostConfig.Binds[0] binds /srv/data for writing (BINDS=/srv/data); also HostConfig.New is a"
                                + " field that this proxy does not know");
        assertThat(denied.violations())
                .extracting(Violation::pointer)
                .containsExactly(
                        "/HostConfig/Privileged", "/HostConfig/PidMode", "/HostConfig/Binds/0", "/HostConfig/New");
    }

    @ParameterizedTest
    @MethodSource("headers")
    void bodyNeedsTheHeadersOfJson(List<String> given) throws Exception {
        RequestTarget target = RequestTarget.parse("/volumes/create");
        Operation operation = CATALOGUE.find("POST", target).orElseThrow();
        RequestHead head = new RequestHead() {
            @Override
            public List<String> values(String header) {
                String prefix = header + ": ";
                return given.subList(1, given.size()).stream()
                        .filter(line -> line.startsWith(prefix))
                        .map(line -> line.substring(prefix.length()))
                        .toList();
            }

            @Override
            public boolean hasBody() {
                return true;
            }
        };

        Decision decision = profile("-").decide(operation, target, head);

        assertThat(decision.isAllowed() ? ALLOW : decision.reason().code()).isEqualTo(given.get(0));
    }

    /** Podman's own API does not read Content-Type, and {@code podman --remote} sends none. */
    @ParameterizedTest
    @CsvSource({"/libpod/volumes/create, true", "/volumes/create, false"})
    void bodyOfPodmansOwnApiNeedsNoContentType(String target, boolean isAllowed) throws Exception {
        RequestTarget parsed = RequestTarget.parse(target);
        Operation operation = CATALOGUE.find("POST", parsed).orElseThrow();
        RequestHead head = new RequestHead() {
            @Override
            public List<String> values(String header) {
                return List.of();
            }

            @Override
            public boolean hasBody() {
                return true;
            }
        };

        assertThat(profile("-").decide(operation, parsed, head).isAllowed()).isEqualTo(isAllowed);
    }

    static Stream<List<String>> headers() {
        return Stream.of(
                List.of(ALLOW, "Content-Type: application/json"),
                List.of(ALLOW, "Content-Type: application/json; charset=utf-8"),
                List.of(ALLOW, "Content-Type: Application/JSON"),
                List.of("create-form"),
                List.of("create-form", "Content-Type: text/json"),
                List.of("create-form", "Content-Type: application/json-patch"),
                List.of("form-body", "Content-Type: application/x-www-form-urlencoded"),
                List.of("form-body", "Content-Type: multipart/form-data; boundary=application/json"),
                List.of("create-form", "Content-Type: application/json", "Content-Type: application/json"),
                List.of("create-form", "Content-Type: application/json", "Content-Encoding: gzip"),
                List.of("create-form", "Content-Type: application/json", "Content-Encoding: identity"));
    }
}
