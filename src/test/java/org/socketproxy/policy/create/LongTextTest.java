package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;

/** Long texts of a body are judged without an error of the Java stack, by the bytes that a daemon writes for them. */
class LongTextTest {
    private static final CreateRules RULES =
            new CreateRules(new CreateAllowances(Map.of()), BindRules.NONE, ImageRules.ALL, Set.of(), 8 << 20);

    /** @param part repeated 100,000 times in place of R */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "VolumeCreate          | size=1, | {'Driver':'local','DriverOpts':{'type':'tmpfs','device':'tmpfs','o':'Rsize=1'}} | false",
                "VolumeCreate          | size=1, | {'Driver':'local','DriverOpts':{'type':'tmpfs','device':'tmpfs','o':'Rbind'}} | false",
                "ContainerCreateLibpod | a/      | {'image':'i','timezone':'Ra'}  | false",
                "ContainerCreateLibpod | a/      | {'image':'i','timezone':'R..'} | false",
                "ContainerCreate       | a/      | {'Image':'Ra'}                 | false",
            })
    void textIsJudged(String operation, String part, String body, boolean isAllowed) {
        String text = body.replace('\'', '"').replace("R", part.repeat(100_000));

        assertThat(RULES.judgeBody(
                                OperationCatalogue.load().byId(operation).orElseThrow(),
                                JsonBody.of(StandardCharsets.UTF_8.encode(text)))
                        .isEmpty())
                .isEqualTo(isAllowed);
    }

    /** A label of 100,000 bytes is allowed, and one for which the daemon writes more than 128 KiB is not. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "a      | 100000 | true",
                "a      | 140000 | false",
                "\\u0001 |  21000 | true",
                "\\u0001 |  22000 | false",
                "\\u0007 |  22000 | false",
                "\\n     |  60000 | true",
                "\\n     |  70000 | false",
                "<      |  22000 | false",
                ">      |  22000 | false",
                "&      |  22000 | false",
                "\\u2028 |  22000 | false",
                "\\u2029 |  22000 | false",
                "\\u007f | 100000 | true",
                "\\\"     |  70000 | false",
                "\\\\     |  70000 | false",
                "\\\\     |  60000 | true",
                "/      | 100000 | true",
                "\u00e9      |  60000 | true",
                "\u00e9      |  70000 | false",
                "\ud83d\ude00      |  32000 | true",
                "\ud83d\ude00      |  33000 | false",
            })
    void aLabelIsAsLongAsTheDaemonWritesIt(String part, int count, boolean isAllowed) {
        String body = "{\"Image\":\"i\",\"Labels\":{\"a\":\"" + part.repeat(count) + "\"}}";

        assertThat(RULES.judgeBody(
                                OperationCatalogue.load()
                                        .byId("ContainerCreate")
                                        .orElseThrow(),
                                JsonBody.of(StandardCharsets.UTF_8.encode(body)))
                        .isEmpty())
                .isEqualTo(isAllowed);
    }
}
