package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** A prune of a confined client selects own objects only. */
class TargetPruneTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "label:owner=ci         | containers |                            | {'label':{'owner=ci':true}}",
                "label:owner=ci         | volumes    | {'all':['1']}              | {'all':{'1':true},'label':{'owner=ci':true}}",
                "label:owner=ci         | networks   | {'label':['a'],'until':['1h']} | {'label':{'a':true,'owner=ci':true},'until':{'1h':true}}",
                "label:owner=ci         | containers | {'label':{'owner=dev':true}} | {'label':{'owner=dev':true,'owner=ci':true}}",
                "label:owner=ci         | networks   | {'label!':['owner=ci']}    | {'label!':{'owner=ci':true},'label':{'owner=ci':true}}",
                "label:b=1,label:a=2    | containers |                            | {'label':{'a=2':true,'b=1':true}}",
                "label:owner=ci         | images     | {'dangling':['false']}     | {'dangling':{'false':true},'label':{'owner=ci':true}}",
                "label:owner=ci         | images     | {'label':['x']}            | 403",
                "label:b=1,label:a=2    | images     |                            | 403",
                "images:reference:ci/** | images     |                            | 403",
                "name:ci-*              | containers |                            | 403",
                "name:ci-*,label:a=1    | volumes    |                            | 403",
                "images:label:a=1       | volumes    |                            | 403",
                "label:owner=ci         | volumes    | {'driver':['x']}           | 403",
                "label:owner=ci         | volumes    | {'label!':['x']}           | 403",
                "label:owner=ci         | volumes    | {'all':['1'],'label':{'a':true}} | 400",
            })
    void pruneHasTheLabelOfTheProfile(String targets, String kind, String filters, String outcome) throws Exception {
        String query = filters == null
                ? ""
                : "?filters=" + URLEncoder.encode(filters.replace('\'', '"'), StandardCharsets.UTF_8);
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
                ChainUnderTest chain = ChainUnderTest.safe(daemon.host(), Map.of("TARGETS", targets));
                RawClient client = chain.connect()) {
            RawResponse answer =
                    client.request("POST", "/v1.45/" + kind + "/prune" + query).readAnswer("POST");

            boolean isForwarded = outcome.startsWith("{");
            assertThat(String.valueOf(answer.status())).isEqualTo(isForwarded ? "200" : outcome);
            assertThat(daemon.isUntouched()).isEqualTo(!isForwarded);
            assertThat(isForwarded ? URLDecoder.decode(daemon.takeHead(), StandardCharsets.UTF_8) : "")
                    .startsWith(
                            isForwarded
                                    ? "POST /v1.45/" + kind + "/prune?filters=" + outcome.replace('\'', '"')
                                            + " HTTP/1.1"
                                    : "");
        }
    }
}
