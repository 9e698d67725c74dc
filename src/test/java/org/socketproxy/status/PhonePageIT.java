package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.socketproxy.reload.ReloadResult;
import org.socketproxy.testing.Browser;
import org.socketproxy.testing.ProxyUnderTest;

/** The page in a real browser of the width of a phone, at its longest. */
@Tag("thorough")
class PhonePageIT {
    private static final int WIDTH = 390;
    private static final int SCREEN = 844;

    @TempDir
    Path folder;

    /** Four screens; the folded parts do not count. */
    @Test
    void pageWithAllBannersAndFiveDenialsIsShort() throws IOException {
        Map<String, String> settings = Map.of(
                "STATUS_LISTEN", "tcp://127.0.0.1:0",
                "MODE", "learn",
                "CONTAINERS", "1",
                "EXEC", "1",
                "ALLOW_LOGS", "1",
                "IMAGE", "1",
                "VOLUME", "1");
        try (Browser browser = Browser.start(folder.resolve("profile"));
                ProxyUnderTest proxy = ProxyUnderTest.with(folder.resolve("missing.sock"), settings)) {
            for (String target : List.of("images/json", "volumes", "nodes", "swarm", "plugins")) {
                proxy.ask("GET", "/v1.51/" + target);
            }
            ReloadResult refused = new ReloadResult(
                    Instant.now(), "SIGHUP", false, List.of("INFO=perhaps: set 0 or 1", "PING=x: set 0 or 1"));
            proxy.server().configuration().reloadedCertificates(refused);
            browser.resize(WIDTH);
            browser.driver().get(proxy.statusPage());
            browser.await(
                    "the refused reload",
                    () -> !browser.driver().findElements(By.id("refused-more")).isEmpty());

            assertThat(browser.driver().findElements(By.cssSelector(".banner.bad")))
                    .hasSize(5); // one is hidden: the page is live
            assertThat(browser.driver().findElements(By.id("hints"))).hasSize(1);
            assertThat(browser.driver().findElements(By.cssSelector(".denial"))).hasSize(5);
            long height = (Long) browser.run("return document.documentElement.scrollHeight");
            System.out.println("PhonePageIT: the page has " + height + " pixels");
            assertThat(height).isLessThan(4L * SCREEN);
            assertThat(browser.run("return document.documentElement.scrollWidth"))
                    .isEqualTo((long) WIDTH);
            browser.run("document.querySelectorAll('details').forEach(details => details.open = true)");
            assertThat(browser.faults()).isEmpty();
        }
    }
}
