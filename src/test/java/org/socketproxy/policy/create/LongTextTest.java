package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;

/** Long texts of a body are judged without an error of the Java stack. */
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
}
