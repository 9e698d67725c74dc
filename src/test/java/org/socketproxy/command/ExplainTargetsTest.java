package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code explain} says what a profile with targets does with a request. Quotes are apostrophes. */
class ExplainTargetsTest {
    @TempDir
    Path folder;

    private String explain(int expected, String targets, String body, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of("explain"));
        if (!body.isEmpty()) {
            all.add("--body=" + Files.writeString(folder.resolve("body.json"), body.replace('\'', '"')));
        }
        all.addAll(List.of(arguments));
        return run(expected, Map.of("TARGETS", targets), all);
    }

    private static String run(int expected, Map<String, String> settings, List<String> arguments) {
        Map<String, String> environment = new HashMap<>(Map.of("CREATE", "safe", "POST", "1"));
        environment.putAll(settings);
        for (String section :
                List.of("CONTAINERS", "IMAGES", "NETWORKS", "VOLUMES", "EXEC", "COMMIT", "INFO", "TASKS")) {
            environment.put(section, "1");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int exitCode = new CommandLine(
                        environment,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(out, true, StandardCharsets.UTF_8))
                .run(arguments.toArray(new String[0]));
        String text = out.toString(StandardCharsets.UTF_8);
        assertThat(exitCode).as(text).isEqualTo(expected);
        return text.replace('"', '\'');
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "label:owner=ci | POST /containers/web/stop | targets    the daemon is asked for the container web: outside of the profile it is answered like a missing one, else the request goes on with its full id",
                "label:owner=ci | POST /commit?container=web | the daemon is asked for the container web: outside of the profile",
                "label:owner=ci | DELETE /volumes/v | targets    the daemon is asked for the volume v: outside of the profile it is answered like a missing one",
                "label:owner=ci | GET /containers/json | targets    the daemon gets the filters {'label':{'owner=ci':true}}",
                "name:ci-*      | GET /containers/json | targets    what does not belong to the profile is removed from the response",
                "label:owner=ci | GET /containers/json?filters=%7B%22since%22:%5B%22web%22%5D%7D | the daemon is asked for the container web of the filter since; the daemon gets the filters",
                "label:owner=ci | GET /info | targets    what does not belong to the profile is removed from the response",
            })
    void allowedRequestHasWhatTheProxyDoes(String targets, String request, String text) throws Exception {
        assertThat(explain(0, targets, "", request.split(" "))).contains(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "label:owner=ci | GET /containers/json?before=x | denied (target-parameter-unconfined)",
                "label:owner=ci | GET /containers/json?filters=%7B%22pod%22:%5B%22x%22%5D%7D | the filter pod can name objects of others",
                "label:owner=ci | GET /containers/json?filters=%7B%22name%22:%5B%22x%22%5D,%22label%22:%7B%22a%22:true%7D%7D | denied (target-filters)",
                "name:ci-*      | POST /containers/prune | denied (target-parameter-unconfined)",
                "containers:name:ci-* | POST /containers/ci-1/rename?name=web | denied (target-name)",
                "label:owner=ci | POST /images/create?fromImage=x&tag=1 | ImageCreate needs a name with its tag",
                "label:owner=ci | POST /images/load | denied (operation-unconfined)",
            })
    void refusalIsThatOfTheProxy(String targets, String request, String text) throws Exception {
        assertThat(explain(1, targets, "", request.split(" "))).contains(text);
    }

    @Test
    void bodyHasItsObjectsAndLabels() throws Exception {
        String body = "{'Image':'i:1','HostConfig':{'NetworkMode':'n','Binds':['v:/x']}}";

        assertThat(explain(0, "label:owner=ci", body, "POST", "/containers/create"))
                .contains(
                        "the daemon is asked for the image i:1 of the body",
                        "the daemon is asked for the network n of the body",
                        "the daemon is asked for the volume v of the body",
                        "the label owner=ci is set");
        assertThat(explain(1, "volumes:name:ci-*", "{'Name':'x'}", "POST", "/volumes/create"))
                .contains("VolumeCreate needs a name that TARGETS selects");
    }

    @Test
    void jsonHasTheSameSentence() throws Exception {
        assertThat(explain(0, "label:owner=ci", "", "--json", "GET", "/containers/json"))
                .contains("'targets' : 'the daemon gets the filters");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /containers/json | target,response scope,container,body objects",
                "POST /containers/web/stop | target,response scope,self,container,body,body objects",
                "POST /containers/create | target,response scope,self,container,body,body targets,body objects",
            })
    void allowedRequestHasTheStepsThatConcernIt(String request, String labels) throws Exception {
        String text = explain(0, "label:owner=ci", "", request.split(" "));

        assertThat(text.lines()
                        .dropWhile(line -> !line.startsWith("steps      "))
                        .map(line -> line.substring("steps      ".length()).replaceFirst(":.*", "")))
                .containsExactly(labels.split(","));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "0 | explain POST /containers/web/restart | the daemon is asked for the container web: denied unless WRITE_TARGETS selects it (label:restart=allowed)",
                "0 | explain POST /containers/web/restart | the daemon is asked for the container web: denied if PROTECT selects it (label:critical=true)",
                "0 | explain POST /containers/prune | the daemon gets the filters {'label':{'restart=allowed':true},'label!':{'critical=true':true}}",
                "0 | explain GET /containers/web/json | allowed by CONTAINERS=1",
                "1 | explain POST /images/load | denied (operation-unconfined)",
                "3 | check | WRITE   WRITE_TARGETS=label:restart=allowed",
                "3 | check | WRITE   PROTECT=label:critical=true",
                "3 | check --json | 'writes' : [ 'WRITE_TARGETS=label:restart=allowed', 'PROTECT=label:critical=true' ]",
            })
    void rulesForWritesAreExplained(int exitCode, String command, String text) {
        Map<String, String> settings =
                Map.of("WRITE_TARGETS", "label:restart=allowed", "PROTECT", "label:critical=true");

        assertThat(run(exitCode, settings, List.of(command.split(" ")))).contains(text);
    }
}
