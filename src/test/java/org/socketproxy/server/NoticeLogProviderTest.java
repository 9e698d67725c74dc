package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.socketproxy.audit.AuditFormat;
import org.socketproxy.audit.NoticeLog;

class NoticeLogProviderTest {
    private static String logged(Consumer<Logger> call) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        NoticeLogProvider provider = new NoticeLogProvider();
        provider.initialize();
        NoticeLogProvider.use(
                new NoticeLog(new PrintStream(out, true, StandardCharsets.UTF_8), AuditFormat.TEXT, ZoneOffset.UTC));
        call.accept(provider.getLoggerFactory().getLogger("org.socketproxy.Any"));
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void messageHasItsArguments() {
        assertThat(logged(log -> log.info("one"))).endsWith("Z info one\n");
        assertThat(logged(log -> log.warn("{} and {}", "{}", 2))).endsWith("Z warn {} and 2\n");
        assertThat(logged(log -> log.warn("{} {} {}", 1, 2, 3))).endsWith("Z warn 1 2 3\n");
    }

    @Test
    void exceptionIsPrintedAlsoAfterArguments() {
        Exception why = new IllegalStateException("why {}");
        for (String text : new String[] {
            logged(log -> log.error("failed", why)),
            logged(log -> log.error("{}", "failed", why)),
            logged(log -> log.error("{}{}", "fail", "ed", why)),
        }) {
            assertThat(text.lines())
                    .hasSizeGreaterThan(2)
                    .anyMatch(line -> line.endsWith("Z error failed"))
                    .anyMatch(line -> line.endsWith("Z error java.lang.IllegalStateException: why {}"));
        }
    }
}
