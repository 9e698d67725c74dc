package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** Filters of lists that name objects: {@code ancestor}, {@code before} and {@code since}. Quotes are apostrophes. */
class TargetFilterReferenceTest {
    private static final String NO_IMAGE = "404 {'message':'No such image: ";
    private static final String NO_CONTAINER = "404 {'message':'No such container: ";

    @TempDir
    Path folder;

    private final FakeObjects objects = new FakeObjects();
    private FakeDaemon daemon;

    @BeforeEach
    void start() throws Exception {
        daemon = FakeDaemon.running(folder, objects);
    }

    @AfterEach
    void stop() throws Exception {
        daemon.close();
    }

    /** The audit record of the last list. */
    private String record;

    private RawResponse list(String targets, String path, String filters) throws Exception {
        try (ChainUnderTest chain = ChainUnderTest.safe(daemon.host(), Map.of("TARGETS", targets));
                RawClient client = chain.connect()) {
            String encoded = URLEncoder.encode(filters.replace('\'', '"'), StandardCharsets.UTF_8);
            RawResponse answer =
                    client.request("GET", path + "?filters=" + encoded).readAnswer("GET");
            record = chain.takeRecord();
            return answer;
        }
    }

    private final List<String> lines = new ArrayList<>();

    private boolean isForwarded() throws InterruptedException {
        lines.clear();
        while (!daemon.isUntouched()) {
            lines.add(daemon.takeHead().split(" ", 3)[1]);
        }
        return lines.stream().anyMatch(line -> line.contains("?filters="));
    }

    /** @param forwarded the filters at the daemon; LONG is the id */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "label:owner=ci | /containers/json | {'before':['thing']}        | {'label':{'owner=ci':true},'before':{'LONG':true}}",
                "label:owner=ci | /containers/json | {'since':{'aaaa':false}}    | {'label':{'owner=ci':true},'since':{'LONG':true}}",
                "label:owner=ci | /containers/json | {'since':['thing','LONG']}  | {'label':{'owner=ci':true},'since':{'LONG':true}}",
                "label:owner=ci | /v1.45/containers/json | {'ancestor':['thing:1']} | {'label':{'owner=ci':true},'ancestor':{'LONG':true}}",
                "label:owner=ci | /containers/json | {'ancestor':['sha256:aaaa']} | {'label':{'owner=ci':true},'ancestor':{'LONG':true}}",
                "label:owner=ci | /containers/json | {'ancestor':['thing:1','other:1','a b']} | {'ancestor':{'LONG':true},'label':{'owner=ci':true}}",
                "label:owner=ci | /images/json     | {'before':['thing:1']}      | {'label':{'owner=ci':true},'before':{'LONG':true}}",
                "label:owner=ci,images:reference:thing | /containers/json | {'ancestor':['thing:1']} | {'label':{'owner=ci':true},'ancestor':{'LONG':true}}",
            })
    void ownObjectIsForwardedByItsId(String targets, String path, String filters, String forwarded) throws Exception {
        objects.exist("ci");

        assertThat(list(targets, path, filters.replace("LONG", FakeObjects.LONG))
                        .status())
                .isEqualTo(200);
        assertThat(record).startsWith("allow ");
        assertThat(isForwarded()).isTrue();
        String query = lines.get(lines.size() - 1).replaceFirst(".*[?]filters=", "");
        String decoded = URLDecoder.decode(query, StandardCharsets.UTF_8);
        assertThat(decoded.replace('"', '\'')).isEqualTo(forwarded.replace("LONG", FakeObjects.LONG));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "label:owner=ci | /containers/json | {'before':['thing']}            | " + NO_CONTAINER
                        + "thing'} | allow section",
                "label:owner=ci | /containers/json | {'since':['aaaa']}              | " + NO_CONTAINER
                        + "aaaa'} | allow section",
                "label:owner=ci | /containers/json | {'since':['a b']}               | " + NO_CONTAINER
                        + "a b'} | deny target-outside",
                "label:owner=ci | /containers/json | {'ancestor':['thing:1'],'since':['']} | " + NO_CONTAINER
                        + "'} | deny target-outside",
                "label:owner=ci | /containers/json | {'ancestor':['thing:1']}        | 200 [] | deny target-outside",
                "label:owner=ci | /containers/json | {'ancestor':['sha256:aaaa','x']} | 200 [] | deny target-outside",
                "label:owner=ci | /images/json     | {'before':['other:1']}          | " + NO_IMAGE
                        + "other:1'} | allow section",
                "label:owner=ci | /images/json     | {'since':['other']}             | " + NO_IMAGE
                        + "other:latest'} | allow section",
                "label:owner=ci | /images/json     | {'since':['sha256:aaaa']}       | " + NO_IMAGE
                        + "sha256:aaaa'} | allow section",
                "networks:label:owner=other | /containers/json | {'since':['thing']} | " + NO_CONTAINER
                        + "thing'} | allow section",
                "networks:label:owner=other | /containers/json | {'ancestor':['thing:1']} | 200 [] | deny target-outside",
            })
    void objectOfOthersIsAnsweredAsAMissingOne(
            String targets, String path, String filters, String answer, String missingRecord) throws Exception {
        objects.exist("other");
        RawResponse foreign = list(targets, path, filters);
        assertThat(record).startsWith("deny target-outside ");
        objects.exist(null);
        RawResponse missing = list(targets, path, filters);
        assertThat(record).startsWith(missingRecord + " ");
        assertThat(isForwarded()).isFalse();

        assertThat(foreign.status() + " " + foreign.body().strip().replace('"', '\''))
                .isEqualTo(answer);
        assertThat(missing.body()).isEqualTo(foreign.body());
        assertThat(missing.status()).isEqualTo(foreign.status());
    }

    @Test
    void filtersThatNameTooManyObjectsAreDenied() throws Exception {
        String names = IntStream.range(0, 17).mapToObj(i -> "'c" + i + "'").collect(Collectors.joining(","));

        assertThat(list("label:owner=ci", "/containers/json", "{'since':[" + names + "]}")
                        .status())
                .isEqualTo(403);
        assertThat(record).startsWith("deny target-parameter-unconfined ");
        assertThat(isForwarded()).isFalse();
        assertThat(lines).isEmpty();
    }
}
