package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.socketproxy.testing.Browser;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** The page in a real browser. */
class PageIT {
    private static final int DESKTOP = 1200;
    private static final int PHONE = 360;
    private static final int NARROW = 390;
    /** Words of tables that stand on two lines; paths and names of clients may break anywhere. */
    private static final String BROKEN_WORDS = """
            const broken = [];
            for (const cell of document.querySelectorAll('th, td')) {
              const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
              while (texts.nextNode()) {
                const text = texts.currentNode;
                if (text.parentElement.closest('.any, .path')) continue;
                for (const word of text.data.matchAll(/[\\w.]+/g)) {
                  const range = document.createRange();
                  range.setStart(text, word.index);
                  range.setEnd(text, word.index + word[0].length);
                  const parts = range.getClientRects();
                  if (parts[parts.length - 1]?.top >= parts[0]?.bottom - 1) broken.push(word[0]);
                }
              }
            }
            return broken""";

    private static final String ANSWER =
            "HTTP/1.1 200 OK\r\nServer: Docker/28.5.2 (linux)\r\nApi-Version: 1.51\r\nContent-Length: 2\r\n\r\nOK";

    /** Head and first chunk of an endless stream. */
    private static final String EVENTS = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"a\":1}\n\r\n";

    @TempDir
    static Path folder;

    private static FakeDaemon daemon;
    private static Browser browser;

    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() throws IOException {
        browser = Browser.start(folder.resolve("profile"));
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                boolean isEndless = head.contains("/events ");
                peer.write(isEndless ? EVENTS : ANSWER);
            }
        });
        proxy = startProxy();
    }

    private static ProxyUnderTest startProxy() {
        return ProxyUnderTest.with(
                daemon.socket(),
                Map.of("STATUS_LISTEN", "tcp://127.0.0.1:0", "CONTAINERS", "1", "IMAGES", "1", "BUILD", "1"));
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
        browser.takeConsole();
    }

    @Test
    void pageWritesNothingToTheConsole() throws IOException {
        browser.driver().navigate().refresh();
        deny("POST", "/v1.51/networks/create");
        awaitCard("CREATE=safe and NETWORKS=1 and POST=1");

        assertThat(browser.takeConsole()).isEmpty();
    }

    @Test
    void pageShowsTheDaemon() {
        assertThat(text()).contains("Docker 28.5.2 answers, API 1.51");
    }

    @Test
    void denialAppearsWithoutReloadAndIsAnnouncedToScreenReaders() throws IOException {
        browser.await("following", () -> (Boolean) browser.run("return document.documentElement.matches('.live')"));

        deny("GET", "/v1.51/swarm");
        long denied = System.nanoTime();

        // The goal is two seconds; the test does not check it, because a busy machine may take longer.
        awaitCard("MASK=tokens and SWARM=1");
        System.out.println("PageIT: a denial was seen after "
                + Duration.ofNanos(System.nanoTime() - denied).toMillis() + " ms");
        assertThat(find("[role=status]").getText())
                .isEqualTo("Denied: inspect the swarm and its join tokens (SwarmInspect), requested by 127.0.0.1."
                        + " MASK=tokens and SWARM=1 would allow it.");
    }

    @Test
    void openStreamIsShownUntilItEnds() throws IOException {
        try (RawClient client = proxy.connect()) {
            client.request("GET", "/v1.51/events").readHead();
            browser.await("the stream", () -> !all("#streams tr").isEmpty());

            assertThat(find("#streams tr").getText())
                    .matches(
                            "(?s)follow the events of the daemon SystemEvents\\s+/v1.51/events 127.0.0.1 \\d+ s\\s+↑ 0 B ↓ 8 B");
        }
        browser.await("its end", () -> all("#streams tr").isEmpty());
    }

    @Test
    void copyButtonCopiesTheLine() throws IOException {
        deny("POST", "/v1.51/containers/web/restart");
        awaitCard("ALLOW_RESTARTS=1");

        find("[aria-label='Copy ALLOW_RESTARTS=1']").click();
        browser.await("the word", () -> find("#announcement").getText().equals("Copied: ALLOW_RESTARTS=1"));
        find("#variables-fold > summary").click();
        find("#find").sendKeys(Keys.chord(Keys.CONTROL, "v"));

        assertThat(find("#find").getDomProperty("value")).isEqualTo("ALLOW_RESTARTS=1");
    }

    @Test
    void updateKeepsOpenDetailsInputAndFocus() throws IOException {
        find("#map-fold > summary").click();
        find("#variables-fold > summary").click();
        find("#find").sendKeys("volume");
        String place = "return Math.round(document.getElementById('find').getBoundingClientRect().top)";
        browser.run("scrollBy(0, 300)");
        long before = (Long) browser.run(place);

        deny("GET", "/v1.51/configs");
        awaitCard("CONFIGS=1");

        assertThat(find("#map-fold").getDomAttribute("open")).isNotNull();
        assertThat(browser.driver().switchTo().activeElement().getDomAttribute("id"))
                .isEqualTo("find");
        assertThat(find("#find").getDomProperty("value")).isEqualTo("volume");
        assertThat(all(".variables tbody tr").stream()
                        .filter(WebElement::isDisplayed)
                        .map(row -> row.findElement(By.tagName("th")).getText()))
                .contains("VOLUMES", "LIBPOD_VOLUMES")
                .doesNotContain("EXEC");
        // Denials above may become higher or lower; scroll anchoring of the browser keeps what is in view.
        assertThat((Long) browser.run(place)).isCloseTo(before, within(2L));
    }

    @ParameterizedTest
    @ValueSource(strings = {"light", "dark"})
    void axeFindsNoViolations(String theme) throws IOException {
        deny("POST", "/v1.51/containers/web/kill");
        deny("GET", "/nothing");
        deny("GET", "/v1.51/volumes");
        proxy.ask("GET", "/v1.51/containers/json");
        browser.await("the denials", () -> browser.driver().getPageSource().contains("/nothing"));
        browser.prefer(theme);
        browser.run("document.querySelectorAll('details').forEach(details => details.open = true)");

        assertThat(browser.faults()).isEmpty();
        browser.run("document.querySelector('.cells .cell.denied').focus()");
        assertThat(browser.faults()).isEmpty();
    }

    @Test
    void pageFitsOnAPhone() throws IOException {
        deny("GET", "/" + "a".repeat(190));
        deny("POST", "/v1.51/containers/create");
        browser.await("the denial", () -> browser.driver().getPageSource().contains("aaaa"));
        browser.resize(PHONE);
        browser.run("document.querySelectorAll('details').forEach(details => details.open = true)");

        assertThat(browser.run("return document.documentElement.scrollWidth")).isEqualTo((long) PHONE);
        browser.run("document.querySelector('.cells .cell.partial').focus()");
        assertThat(browser.run("return document.documentElement.scrollWidth")).isEqualTo((long) PHONE);
        assertThat(find(".cell:focus .tip").isDisplayed()).isTrue();
    }

    /** Four screens of 844 pixels; the folded parts do not count. */
    @Test
    void pageOfAPhoneIsShortAndKeepsWordsWhole() throws IOException {
        Map<String, String> settings =
                Map.of("STATUS_LISTEN", "tcp://127.0.0.1:0", "CONTAINERS", "1", "ALLOW_LOGS", "1", "INFO", "1");
        try (ProxyUnderTest fresh = ProxyUnderTest.with(daemon.socket(), settings);
                RawClient stream = fresh.connect()) {
            for (String target : List.of("containers/json", "images/json", "volumes", "nodes")) {
                fresh.ask("GET", "/v1.51/" + target);
            }
            stream.request("GET", "/v1.51/events").readHead();
            browser.resize(NARROW);
            browser.driver().get(fresh.statusPage());
            browser.await("the stream", () -> !all("#streams tr").isEmpty());

            long height = (Long) browser.run("return document.documentElement.scrollHeight");
            System.out.println("PageIT: the page of a phone has " + height + " pixels");
            assertThat(height).isLessThan(4 * 844L);
            assertThat(browser.run("return document.documentElement.scrollWidth"))
                    .isEqualTo((long) NARROW);
            browser.run("document.querySelectorAll('details').forEach(details => details.open = true)");
            assertThat(browser.run(BROKEN_WORDS)).isEqualTo(List.of());
            assertThat(browser.faults()).isEmpty();
        }
    }

    @Test
    void rowOfARecentRequestOfAnIdIsLow() throws IOException {
        deny("POST", "/v1.51/containers/" + "3f1c9a0b7d52e4f1".repeat(4) + "/restart");
        browser.await("the request", () -> browser.driver().getPageSource().contains("3f1c9a0b7d52…/restart"));
        find("#recent > summary").click();

        assertThat((Long) browser.run("return Math.max(...[...document.querySelectorAll('#exchanges tr')]"
                        + ".filter(row => row.textContent.includes('3f1c9a0b7d52…'))"
                        + ".map(row => Math.round(row.getBoundingClientRect().height)))"))
                .isLessThan(65);
        assertThat(browser.run("return document.querySelector('#recent .scroll').scrollWidth"
                        + " - document.querySelector('#recent .scroll').clientWidth"))
                .isEqualTo(0L);
    }

    @Test
    void keyboardReachesAllControls() throws IOException {
        deny("POST", "/v1.51/containers/web/restart");
        browser.driver().navigate().refresh(); // no update moves the card while the test visits it
        awaitCard("ALLOW_RESTARTS=1");
        browser.run("document.querySelectorAll('details').forEach(details => details.open = true)");
        browser.run("reached = new Set(); addEventListener('focusin', event => reached.add(event.target))");

        WebElement at = find("body");
        do {
            at.sendKeys(Keys.TAB);
            at = browser.driver().switchTo().activeElement();
        } while (!at.getTagName().equals("body"));

        // Roving tabindex: only one cell of each section is in the tab order.
        assertThat(browser.run("return [...document.querySelectorAll('button, input, summary, .scroll, .cells')]"
                        + ".filter(stop => !reached.has(stop) && ![...stop.children].some(cell => reached.has(cell)))"
                        + ".map(stop => stop.outerHTML)"))
                .isEqualTo(List.of());
    }

    @Test
    void arrowKeysMoveBetweenCells() {
        find("#map-fold > summary").click();
        WebElement first = find(".cell.allowed[tabindex='0']");
        browser.run("arguments[0].focus()", first);
        first.sendKeys(Keys.ARROW_RIGHT);

        WebElement second = browser.driver().switchTo().activeElement();
        assertThat(second).isNotEqualTo(first);
        assertThat(second.getDomAttribute("class")).startsWith("cell ");
        assertThat(second.findElement(By.className("tip")).isDisplayed()).isTrue();
        second.sendKeys(Keys.ARROW_LEFT);
        assertThat(browser.driver().switchTo().activeElement()).isEqualTo(first);
    }

    @Test
    void pageIsCompleteWithoutJavaScript() throws IOException {
        deny("POST", "/v1.51/containers/web/restart");
        browser.allowScripts(false);
        browser.driver().navigate().refresh();

        assertThat(text())
                .contains("ALLOW_RESTARTS=1", "Docker 28.5.2 answers", "reload it", "127.0.0.1")
                .doesNotContain("Copy");
        assertThat(all(".cell")).hasSizeGreaterThan(260);
        assertThat(find("#find").isDisplayed()).isFalse();
        find("#map-fold > summary").click();
        find("#map-other > summary").click();
        assertThat(find("#map-other .cells").isDisplayed()).isTrue();
        find("#variables-fold > summary").click();
        find("#variables-off > summary").click();
        assertThat(text()).contains("ALLOW_START");
    }

    @Test
    void suggestionLeavesOutAnOperationWithoutJavaScript() throws IOException {
        deny("GET", "/v1.51/nodes");
        browser.allowScripts(false);
        browser.driver().navigate().refresh();
        assertThat(find(".changes").getText()).contains("add NODES");

        find("#leave-out summary").click();
        find("input[value=NodeList]").click();
        find("#leave-out button").click();
        browser.await("the answer", () -> browser.driver().getCurrentUrl().contains("without=NodeList"));

        assertThat(find(".changes").getText()).doesNotContain("NODES");
        assertThat(find("input[value=NodeList]").isSelected()).isTrue();
        find("#copy-all summary").click();
        assertThat(find("#copy-all pre").getText()).contains("PING=").doesNotContain("NODES", "environment:");
    }

    @Test
    void pathWithMarkupIsShownAsText() throws IOException {
        String hostile = "/<img/src=x/onerror=document.title='owned'><script>document.title='owned'</script>\"'";
        String shown = hostile.replace("\"", "\\u0022"); // as the audit log writes it too
        deny("GET", hostile);
        browser.await("the denial", () -> text().contains(shown));

        assertThat(all("main script, img")).isEmpty();
        assertThat(browser.driver().getTitle()).isEqualTo("Denials – Docker socket proxy");
        browser.driver().navigate().refresh();
        find("#refused > summary").click();
        assertThat(find("#refused").getText()).contains(shown);
        assertThat(all("main script, img")).isEmpty();
        assertThat(browser.driver().getTitle()).isEqualTo("Denials – Docker socket proxy");
    }

    @Test
    void bannerAppearsWhenTheProxyStops() {
        try (ProxyUnderTest other = startProxy()) {
            browser.driver().get(other.statusPage());
        }

        browser.await("the banner", () -> find("#stale").isDisplayed());
        assertThat(find("#stale").getText()).isEqualTo("This page is no longer live: the proxy does not answer");
    }

    /** Takes the screenshots of the documentation, only with {@code -Dscreenshots=true}. */
    @Test
    @EnabledIfSystemProperty(named = "screenshots", matches = "true")
    void takesScreenshots() throws IOException {
        try (ProxyUnderTest shown = ProxyUnderTest.with(
                        daemon.socket(),
                        Map.of("STATUS_LISTEN", "tcp://127.0.0.1:0", "CONTAINERS", "1", "ALLOW_LOGS", "1"));
                RawClient events = shown.connect()) {
            for (String allowed : List.of("_ping", "version", "containers/json", "containers/json")) {
                shown.ask("GET", "/v1.51/" + allowed);
            }
            shown.ask("GET", "/v1.51/containers/web/json");
            shown.ask("GET", "/wp-login.php");
            shown.ask("GET", "/v1.51/images/json");
            shown.ask("POST", "/v1.51/containers/web/restart");
            shown.ask("POST", "/v1.51/containers/db/restart");
            events.request("GET", "/v1.51/events");
            for (String theme : List.of("light", "dark", "phone")) {
                browser.prefer(theme.equals("dark") ? theme : "light");
                browser.resize(theme.equals("phone") ? PHONE : DESKTOP);
                browser.driver().get(shown.statusPage());
                browser.await(
                        "following and the stream", () -> text().contains("ago") && text().contains("SystemEvents"));
                browser.takeScreenshot(Path.of("docs", "page-" + theme + ".png"));
            }
        }
    }

    private static void deny(String method, String target) throws IOException {
        assertThat(proxy.ask(method, target)).containsPattern("^HTTP/1.1 40[03] ");
    }

    /** Waits for the card of a denial; the details of the map contain the same assignments. */
    private static void awaitCard(String words) {
        browser.await("the card", () -> browser.isVisible("[aria-label='Copy " + words + "']"));
    }

    private static WebElement find(String selector) {
        return browser.driver().findElement(By.cssSelector(selector));
    }

    private static List<WebElement> all(String selector) {
        return browser.driver().findElements(By.cssSelector(selector));
    }

    private static String text() {
        return find("body").getText();
    }
}
