package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;

class DisconnectJudgeTest {
    private static final Operation DISCONNECT =
            OperationCatalogue.load().byId("NetworkDisconnect").orElseThrow();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"Container\":\"a\"}                        | true",
                "{\"Container\":\"a\",\"Force\":true}         | true",
                "~~                                           | false",
                "{}                                           | false",
                "[]                                           | false",
                "{\"Force\":true}                             | false",
                "{\"Container\":null}                         | false",
                "{\"Container\":1}                            | false",
                "{\"container\":\"a\"}                        | false",
                "{\"Container\":\"a\",\"container\":\"b\"}    | false",
                "{\"Container\":\"a\",\"Container\":\"b\"}    | false",
                "{\"Container\":\"a\",\"Other\":1}            | false",
                "{\"Container\":\"a\"} {}                     | false",
            })
    void bodyNamesOneContainer(String text, boolean isAllowed) {
        JsonBody body = JsonBody.of(StandardCharsets.UTF_8.encode(text));
        Decision allowed = new Decision(Reason.SECTION, DISCONNECT, true, List.of("NETWORKS"), List.of());

        Decision denial = BodyRules.none().judgingDisconnect().judge(DISCONNECT).deny(allowed, body);

        assertThat(denial == null ? "allowed" : denial.reason().code())
                .isEqualTo(isAllowed ? "allowed" : "create-form");
    }
}
