package org.socketproxy.usage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionalOperationTest extends LedgerStory {
    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            value = {
                "GET /info 403; GET /containers/json 200                                      -> SystemInfo",
                "GET /info 403; GET /version 403; GET /containers/json 200                    -> SystemInfo SystemVersion",
                // the begin of another program
                "GET /info 403; GET /_ping 200                                                -> ''",
                "GET /info 403; GET /_ping 200; GET /containers/json 200                      -> ''",
                "grant VERSION; GET /info 403; GET /version 200; GET /containers/json 200     -> SystemInfo",
                "GET /info 403; GET /containers/json 200; GET /info 403; GET /_ping 200       -> ''",
                // ended without a response
                "GET /info 403; GET /containers/json 0                                        -> ''",
                // only the write was denied
                "grant SECRETS; GET /secrets/x 200; GET /secrets/x?showsecret=1 403; GET /containers/json 200 -> SecretInspect+write",
                // not denied by variables
                "GET /containers/x/json?evil=1 403; GET /containers/json 200                  -> ''",
                // such as a version that is too new
                "GET /info 403; GET /containers/json 400                                      -> ''",
                "POST /grpc 403; GET /containers/json 200                                     -> ''",
                "GET /info 403; 10.0.0.2 GET /containers/json 200                             -> ''",
                "GET /info 403; GET /containers/json 200; GET /info 403                       -> ''",
                "GET /info 403; GET /containers/json 200; GET /info 403; wait 61; GET /containers/json 200 -> ''",
                "GET /containers/json 200; GET /info 403                                      -> ''",
                "GET /info 403; GET /containers/json 200; grant INFO; GET /info 200           -> ''",
            })
    void operationIsOptionalIfTheClientGoesOnAfterItsDenial(String story, String optional) {
        for (String step : story.strip().split("; ")) {
            String[] words = step.split(" ");
            switch (words[0]) {
                case "wait" -> second += Long.parseLong(words[1]);
                case "grant" -> granted = Set.of("PING", "CONTAINERS", words[1]);
                case "GET", "POST" -> happen("10.0.0.1 " + step);
                default -> happen(step);
            }
        }
        assertThat(ledger.snapshot().clients().get(0).operations().stream()
                        .filter(Usage.ClientOperation::isOptional)
                        .map(each -> each.operation() + (each.isWrite() ? "+write" : "")))
                .containsExactly(optional.isEmpty() ? new String[0] : optional.split(" "));
    }

    /** One of them can need what another does not. */
    @Test
    void operationOfEvictedClientsIsNotOptional() {
        happen("10.0.0.1 GET /info 403\n10.0.0.1 GET /containers/json 200\n10.0.0.2 GET /info 403");
        IntStream.range(0, 256).forEach(i -> happen("10.1.0." + i + " GET /containers/json 200"));

        Usage usage = ledger.snapshot();
        assertThat(usage.clients()).last().matches(Usage.ClientUse::isOthers);
        assertThat(UsageLedger.continuing(usage).snapshot().clients())
                .isEqualTo(usage.clients())
                .flatMap(Usage.ClientUse::operations)
                .noneMatch(Usage.ClientOperation::isOptional);
    }
}
