package org.socketproxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The status page says whether the container of the proxy is protected. */
class SelfProtectionTest {
    @Test
    void summaryNamesTheContainer() {
        String id = "0123456789abcdef".repeat(4);

        assertThat(SelfProtection.NONE.summary())
                .isEqualTo("not protected: PROTECT_SELF is off, or the proxy runs in no container");
        assertThat(new SelfProtection(id, Duration.ZERO, Duration.ZERO, ClientProtection.NONE).summary())
                .isEqualTo("0123456789ab, protected; the daemon has not described it yet");
        assertThat(new SelfProtection("guard", Duration.ZERO, Duration.ZERO, ClientProtection.NONE).summary())
                .startsWith("guard, protected;");
    }
}
