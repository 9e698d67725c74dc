package org.socketproxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExchangeStateTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        RECEIVED  | DENIED DECIDING ENDED
        DENIED    | ENDED
        DECIDING  | DENIED READING_BODY ALLOWED ABORTED ENDED
        READING_BODY | DENIED DECIDING ABORTED ENDED
        ALLOWED   | DENIED FORWARDED ABORTED ENDED
        FORWARDED | ANSWERED ABORTED TUNNEL ENDED
        ANSWERED  | DRAINING ABORTED RETURNED ENDED
        DRAINING  | ABORTED RETURNED ENDED
        ABORTED   | RETURNED ENDED
        RETURNED  | ENDED
        TUNNEL    | ENDED
        ENDED     | ''
        """)
    void onlyTheTransitionsOfTheTableAreAllowed(ExchangeState from, String next) {
        String allowed = Arrays.stream(ExchangeState.values())
                .filter(from::mayBecome)
                .map(ExchangeState::name)
                .collect(Collectors.joining(" "));
        assertThat(allowed).isEqualTo(next);
    }
}
