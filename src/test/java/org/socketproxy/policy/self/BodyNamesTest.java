package org.socketproxy.policy.self;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.StrictJson;

/** Names of containers in a body; in the rows, quotes of JSON are written as apostrophes. */
class BodyNamesTest {
    private static JsonValue body(String text) throws InvalidJsonException {
        return StrictJson.read(ByteBuffer.wrap(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'Container':'a'}                     | a",
                "{'container':'a'}                     | a",
                "{'CONTAINER':'a'}                     | a",
                "{'Conta\u0131ner':'a'}                | a",
                "{'CONTA\u0130NER':'a'}                | a",
                "{'Container':'a','container':'b'}     | a,b",
                "{'Container':''}                      | ``",
                "{'Container':1}                       | -",
                "{'Container':['a']}                   | -",
                "{'Other':'a'}                         | -",
                "{'Other':{'Container':'a'}}           | -",
                "['Container']                         | -",
                "{}                                    | -",
            })
    void valuesOfAMember(String text, String names) throws InvalidJsonException {
        String found = String.join(",", BodyNames.values(body(text), "container"));

        assertThat(BodyNames.values(body(text), "container")).hasSize(names.equals("-") ? 0 : names.split(",").length);
        assertThat(found).isEqualTo(names.equals("-") ? "" : names);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'HostConfig':{'NetworkMode':'container:a'}}                             | a",
                "{'HostConfig':{'PidMode':'container:a','IpcMode':'container:b'}}         | a,b",
                "{'List':[['container:a'],{'x':'container:b'}]}                           | a,b",
                "'container:a:b'                                                          | a:b",
                "'a container:b'                                                          | ``",
                "'Container:a'                                                            | ``",
                "{'container:a':1}                                                        | ``",
                "[null,true,1,'container']                                                | ``",
            })
    void containersWhoseNamespacesAreJoined(String text, String names) throws InvalidJsonException {
        assertThat(String.join(",", BodyNames.joined(body(text)))).isEqualTo(names);
    }
}
