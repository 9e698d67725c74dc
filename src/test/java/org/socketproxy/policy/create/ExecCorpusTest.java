package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.Corpus;

/** Decides the bodies of {@code exec-corpus.txt} by {@code EXEC_ALLOW}. */
class ExecCorpusTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final ParameterRules RULES = ParameterRules.load();
    private static final Variables VARIABLES = Variables.load();

    static Stream<Arguments> bodies() {
        return Corpus.lines(ExecCorpusTest.class, "exec-corpus.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> (line + " ").split(" \\| ", 5))
                .map(cells ->
                        Arguments.of(cells[0].strip().equals("allow"), cells[1], cells[2], cells[3], cells[4].strip()));
    }

    private static Profile profile(Map<String, String> settings) throws Exception {
        Map<String, String> environment = new HashMap<>(settings);
        VARIABLES.all().forEach(variable -> environment.put(variable.name(), "1"));
        return Settings.read(environment, VARIABLES)
                .policy()
                .otherwise()
                .profile(CATALOGUE, RULES, LearnMode.off(), List.of(), InstantSource.system());
    }

    private static Decision decide(Profile profile, String target, String body) throws Exception {
        Operation operation =
                CATALOGUE.find("POST", RequestTarget.parse(target)).orElseThrow();
        Decision allowed = profile.decide(operation);
        JsonBody json = JsonBody.of(ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)));
        Decision denial = Objects.requireNonNull(profile.bodyJudge(operation)).deny(allowed, json);
        return denial == null ? allowed : denial;
    }

    private static Map<String, String> settings(String commands, String options) {
        return Map.of("EXEC_ALLOW", commands, "EXEC_OPTIONS", options.equals("-") ? "" : options);
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void bodyIsDecidedByTheCommandsAlone(boolean isAllowed, String commands, String options, String target, String body)
            throws Exception {
        Decision decision = decide(profile(settings(commands, options)), target, body);

        assertThat(decision.isAllowed()).isEqualTo(isAllowed);
        assertThat(decision.reason() == Reason.EXEC_COMMAND).isNotEqualTo(isAllowed);
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void bodyIsDecidedInTheSameWayWithTheRulesOfCreate(
            boolean isAllowed, String commands, String options, String target, String body) throws Exception {
        Map<String, String> settings = new HashMap<>(settings(commands, options));
        settings.put("CREATE", "safe");
        settings.put("CREATE_ALLOW", "privileged");

        assertThat(decide(profile(settings), target, body).isAllowed()).isEqualTo(isAllowed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"Cmd\":[\"mysql\",\"-psecret\"]} | Cmd is the program mysql with 1 argument, which EXEC_ALLOW does not allow (EXEC_ALLOW=mysql ** would; with an interpreter, or a program that runs its arguments, a client runs any command)",
                "{\"Cmd\":[\"uptime\"]} | Cmd is the program uptime with 0 arguments, which EXEC_ALLOW does not allow (EXEC_ALLOW=uptime would; clients run this command in containers)",
                "{\"Cmd\":[\"sh -c secret\"]} | Cmd is a program with 0 arguments, which EXEC_ALLOW does not allow",
                "{\"Cmd\":[\"id\"],\"User\":\"root\"} | User is set to another user than that of the container, which EXEC_ALLOW does not allow (EXEC_OPTIONS=user:root would; commands run as this user instead of that of the container)",
                "{\"Cmd\":[\"id\"],\"Env\":[\"A=secret\"]} | Env[0] sets a variable, which EXEC_ALLOW does not allow (EXEC_OPTIONS=env:A would; a client chooses the value of this variable; some, such as PATH and LD_PRELOAD, decide what a program runs)",
                "{\"Cmd\":[\"id\"],\"Privileged\":true} | Privileged is true, which EXEC_ALLOW does not allow (EXEC_OPTIONS=privileged would; it is root on the host)",
                "{\"Cmd\":[\"id\"],\"X\":1} | X is a field that this proxy does not know, which EXEC_ALLOW does not allow",
            })
    void denialNamesTheProgramButNoArgument(String body, String sentence) throws Exception {
        Profile profile = profile(settings("id", "-"));
        Decision decision = decide(profile, "/containers/a/exec", body);

        assertThat(DenialMessage.sentence(decision, profile.origin(), List::of)).isEqualTo(sentence);
    }
}
