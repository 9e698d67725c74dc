package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.ResponseTransform.ElementTransform;

/** A response of which each element may have 20 bytes. */
class ElementTransformTest {
    private final ElementTransform transform =
            new ElementTransform(JsonElements.array(20, (list, element) -> Edit.KEEP));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                | MALFORMED | response-malformed | is not the expected JSON: ",
                "[{}                               | MALFORMED | response-malformed | is not the expected JSON: ",
                "[{\"a\":\"0123456789012345678\"}] | TOO_LARGE | response-too-large | is too large to be checked: ",
            })
    void responseIsWithheld(String response, TransformException.Fault fault, String code, String message) {
        TransformException withheld = catchThrowableOfType(TransformException.class, () -> {
            transform.accept(StandardCharsets.UTF_8.encode(response), out -> {});
            transform.end();
        });

        assertThat(withheld.fault()).isEqualTo(fault);
        assertThat(withheld.fault().reason().code()).isEqualTo(code);
        assertThat(withheld.fault().status()).isEqualTo(502);
        assertThat(withheld).hasMessageStartingWith(message);
    }

    @Test
    void theBeginningOfAnElementIsHeld() throws TransformException {
        transform.accept(StandardCharsets.UTF_8.encode("[{\"a\":1"), out -> {});
        assertThat(transform.heldBytes()).isPositive();
        transform.accept(StandardCharsets.UTF_8.encode("}]"), out -> {});
        transform.end();
    }
}
