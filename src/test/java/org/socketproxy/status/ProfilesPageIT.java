package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.socketproxy.testing.Browser;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** The page of a policy file with three profiles in a real browser. */
@Tag("thorough")
class ProfilesPageIT {
    private static final int DESKTOP = 1200;
    private static final int PHONE = 360;
    private static final String OVERVIEW = "All profiles";
    private static final String LONG_NAME = "runner-of-the-department-with-a-name-of-sixty-four-characters-xx";
    private static final String POLICY = """
            profiles:
              ci:
                clients: [{network: 127.0.0.1}, {host: a.host.name.that.is.as.long.as.those.of.some.companies.example}]
                variables: {IMAGES: 1, POST: 1, EXEC: 1}
                deny: [ImageDelete]
                create: {rules: safe, binds: [/srv/cache/with/a/path/that/does/not/fit/on/a/phone/**]}
                mask: [env]
                max: {connections: 50, exec: 2}
              %s:
                clients: [{certificate: {cn: "*", uri: "spiffe://a.very.long.trust.domain.example/ns/production/sa/runner"}}]
                variables: {BUILD: 1}
                learn: 1h
              reader:
                preset: traefik
            otherwise: reader
            """.formatted(LONG_NAME);

    @TempDir
    static Path folder;

    private static FakeDaemon daemon;
    private static Browser browser;
    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() throws IOException {
        browser = Browser.start(folder.resolve("browser"));
        daemon = FakeDaemon.answering(
                folder,
                "HTTP/1.1 200 OK\r\nServer: Docker/28.5.2 (linux)\r\nApi-Version: 1.51\r\nContent-Length: 2\r\n\r\nOK");
        Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
        proxy = ProxyUnderTest.with(
                daemon.socket(), Map.of("POLICY", policy.toString(), "STATUS_LISTEN", "tcp://127.0.0.1:0"));
        for (String target : List.of("/v1.51/containers/json", "/v1.51/swarm", "/nothing", "/v1.51/images/json")) {
            proxy.ask("GET", target);
        }
    }

    @AfterAll
    static void stop() throws IOException {
        if (browser != null) {
            browser.close();
            proxy.close();
            daemon.close();
        }
    }

    @BeforeEach
    void open() {
        browser.allowScripts(true);
        browser.prefer("light");
        browser.resize(DESKTOP);
        browser.driver().get(proxy.statusPage());
        browser.await(
                "the denial",
                () -> !browser.driver()
                        .findElements(By.id("denied-ci-CONTAINERS-1"))
                        .isEmpty());
    }

    @ParameterizedTest
    @CsvSource({OVERVIEW + ", light", "ci, light", "reader, light", LONG_NAME + ", light"})
    void axeFindsNoViolations(String profile, String theme) {
        follow(profile);
        browser.prefer(theme);
        browser.run("document.querySelectorAll('details').forEach(details => details.open = true)");

        assertThat(browser.faults()).isEmpty();
    }

    /** The colours are those of {@link PageIT}. */
    @ParameterizedTest
    @CsvSource({OVERVIEW + ", dark", "ci, dark", "reader, dark", LONG_NAME + ", dark"})
    void axeFindsNoViolationsInTheDark(String profile, String theme) {
        axeFindsNoViolations(profile, theme);
    }

    @ParameterizedTest
    @ValueSource(strings = {OVERVIEW, "ci", "reader", LONG_NAME})
    void pageFitsOnAPhone(String profile) {
        follow(profile);
        browser.resize(PHONE);
        browser.run("document.querySelectorAll('details').forEach(details => details.open = true)");

        assertThat(browser.run("return document.documentElement.scrollWidth")).isEqualTo((long) PHONE);
    }

    @Test
    void linksShowTheOtherProfilesWithoutJavaScript() {
        browser.allowScripts(false);
        browser.driver().navigate().refresh();
        assertThat(shown()).isEqualTo(OVERVIEW);
        assertThat(links()).containsExactly(OVERVIEW, "ci", LONG_NAME, "reader");
        assertThat(browser.driver().getPageSource()).contains("CONTAINERS: 1", "profile ci");

        follow(LONG_NAME);
        assertThat(shown()).isEqualTo(LONG_NAME);
        assertThat(browser.driver().getPageSource()).doesNotContain("CONTAINERS: 1");

        follow("reader");
        assertThat(shown()).isEqualTo("reader");
        follow("ci");
        assertThat(shown()).isEqualTo("ci");
        assertThat(browser.driver().getPageSource()).contains("CONTAINERS: 1");
    }

    @Test
    void pageThatUpdatesItselfKeepsTheProfile() throws IOException {
        follow("ci");
        browser.await("following", () -> (Boolean) browser.run("return document.documentElement.matches('.live')"));
        proxy.ask("GET", "/v1.51/volumes");

        browser.await("the denial", () -> text().contains("VOLUMES: 1"));
        assertThat(shown()).isEqualTo("ci");
    }

    /** A screen of 1280 by 900 pixels shows denials with their profiles and lines, and the first profiles. */
    @ParameterizedTest
    @ValueSource(ints = {5, 40})
    void denialsAreOnTheFirstScreen(int count) throws IOException {
        try (ProxyUnderTest many = withProfiles(count)) {
            for (int client = 1; client <= count; client++) {
                ask(many, client, "/v1.51/info");
                ask(many, client, "/v1.51/volumes");
            }
            browser.resize(1280);
            browser.driver().get(many.statusPage());
            browser.await("all denials", () -> text().contains("profiles team-" + count));

            assertThat((Long) browser.run("return document.querySelectorAll('.denial:not(details *) .copy').length"))
                    .isGreaterThanOrEqualTo(2);
            assertThat((Long) browser.run("return Math.round(Math.max(...[...document.querySelectorAll("
                            + "'.denial:not(details *), #profile-rows tr:first-child')]"
                            + ".map(shown => shown.getBoundingClientRect().bottom)))"))
                    .isLessThan(900L);
            assertThat(find("#root").getText())
                    .contains((count + 2) / 3 + " of " + count + " profiles can become root on the host: team-1, ");
            assertThat((Long) browser.run("return document.documentElement.outerHTML.length"))
                    .isLessThan(count * 2500L + 30_000);
            browser.resize(PHONE);
            assertThat(browser.run("return document.documentElement.scrollWidth"))
                    .isEqualTo((long) PHONE);
        }
    }

    @Test
    void profilesAreSortedAndFoundByTyping() throws IOException {
        browser.await("following", () -> (Boolean) browser.run("return document.documentElement.matches('.live')"));
        assertThat(rows()).containsExactly("ci", LONG_NAME, "reader");

        WebElement heading = find("th:first-child .sort");
        heading.click();
        heading.click();
        assertThat(rows()).containsExactly(LONG_NAME, "reader", "ci");
        assertThat(find("th:first-child").getDomAttribute("aria-sort")).isEqualTo("descending");
        proxy.ask("GET", "/v1.51/tasks");
        browser.await("the denial", () -> browser.driver().getPageSource().contains("TASKS: 1"));
        assertThat(rows()).containsExactly(LONG_NAME, "reader", "ci");
        find("th:nth-child(5) .sort").click();
        find("th:nth-child(5) .sort").click();
        assertThat(rows().get(0)).isEqualTo("ci");

        find("#find-profile").sendKeys("spiffe");
        assertThat(rows()).containsExactly(LONG_NAME);
    }

    @Test
    void overviewIsCompleteWithoutJavaScript() {
        browser.allowScripts(false);
        browser.driver().navigate().refresh();

        assertThat(rows()).containsExactly("ci", LONG_NAME, "reader");
        assertThat(browser.driver().findElements(By.cssSelector("main button:not(.copy):not([type=submit])")))
                .isEmpty();
        assertThat(find("#find-profile").isDisplayed()).isFalse();
        find("#danger-" + LONG_NAME + " summary").click();
        assertThat(find("#danger-" + LONG_NAME).getText()).contains("Yes: learn mode forwards");
    }

    @Test
    void pageWritesNothingToTheConsole() {
        browser.takeConsole();
        follow("reader");
        follow("ci");

        assertThat(browser.takeConsole()).isEmpty();
    }

    private static void follow(String profile) {
        browser.driver().findElement(By.linkText(profile)).click();
        browser.await("the profile", () -> shown().equals(profile));
    }

    private static String shown() {
        return browser.driver()
                .findElement(By.cssSelector("[aria-current=page]"))
                .getText();
    }

    private static List<String> links() {
        return browser.driver().findElements(By.cssSelector(".profiles a")).stream()
                .map(WebElement::getText)
                .toList();
    }

    private static ProxyUnderTest withProfiles(int count) throws IOException {
        StringBuilder policy = new StringBuilder("profiles:\n");
        for (int client = 1; client <= count; client++) {
            policy.append("  team-%d: {clients: [{network: 127.0.0.%d}], variables: {CONTAINERS: 1, POST: %d}}\n"
                    .formatted(client, client, client % 3 == 1 ? 1 : 0));
        }
        Path file = Files.writeString(folder.resolve("policy-" + count + ".yaml"), policy);
        return ProxyUnderTest.with(
                daemon.socket(), Map.of("POLICY", file.toString(), "STATUS_LISTEN", "tcp://127.0.0.1:0"));
    }

    /** Sends a request from an address of the loopback network. */
    private static void ask(ProxyUnderTest of, int address, String target) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", of.port(), InetAddress.getByName("127.0.0." + address), 0);
                RawClient client = RawClient.over(socket)) {
            assertThat(client.request("GET", target).readResponse()).startsWith("HTTP/1.1 403");
        }
    }

    private static List<String> rows() {
        return browser.driver().findElements(By.cssSelector("#profile-rows tr")).stream()
                .filter(WebElement::isDisplayed)
                .map(row -> row.findElement(By.tagName("a")).getText())
                .toList();
    }

    private static WebElement find(String selector) {
        return browser.driver().findElement(By.cssSelector(selector));
    }

    private static String text() {
        return browser.driver().findElement(By.tagName("body")).getText();
    }
}
