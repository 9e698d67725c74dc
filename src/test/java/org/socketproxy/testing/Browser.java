package org.socketproxy.testing;

import com.deque.html.axecore.args.AxeRunOptions;
import com.deque.html.axecore.results.Results;
import com.deque.html.axecore.results.Rule;
import com.deque.html.axecore.selenium.AxeBuilder;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * Headless Chromium. If it is not installed, the tests are skipped with a message; with
 * {@code SOCKET_PROXY_REQUIRE_DOCKER=1} in the environment they fail.
 */
public final class Browser implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final long PAUSE_NANOS = 30_000_000L;
    private static final int HEIGHT = 900;

    /**
     * A static reference, because a logger that is garbage-collected loses its level. Selenium warns of browsers that are newer
     * than itself.
     */
    private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /**
     * Starts a browser.
     *
     * @param profile an empty folder
     */
    public static Browser start(Path profile) {
        Programs.assumeInstalled("chromium", "chromedriver");
        SELENIUM.setLevel(Level.SEVERE);
        LoggingPreferences logging = new LoggingPreferences();
        logging.enable(LogType.BROWSER, Level.ALL);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(find("chromium"));
        options.addArguments(
                "--headless=new",
                "--no-sandbox", // Chromium runs as root and opens only the proxy's page
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--user-data-dir=" + profile);
        options.setCapability("goog:loggingPrefs", logging);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(find("chromedriver"))
                .build();
        ChromeDriver driver = new ChromeDriver(service, options);
        driver.executeCdpCommand("Emulation.setFocusEmulationEnabled", Map.of("enabled", true));
        return new Browser(driver);
    }

    private static File find(String program) {
        return new File(Programs.file(program));
    }

    public ChromeDriver driver() {
        return driver;
    }

    /** Sets the width of the viewport in CSS pixels. */
    public void resize(int width) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", HEIGHT, "deviceScaleFactor", 1, "mobile", width < 500));
    }

    /** Sets prefers-color-scheme to {@code light} or {@code dark}. */
    public void prefer(String theme) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", theme))));
    }

    /** Enables or disables JavaScript. */
    public void allowScripts(boolean isAllowed) {
        driver.executeCdpCommand("Emulation.setScriptExecutionDisabled", Map.of("value", !isAllowed));
    }

    /** Returns the messages of the console since the last call. */
    public List<String> takeConsole() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .map(LogEntry::toString)
                .toList();
    }

    public Object run(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    /** Returns whether the first element of a selector exists and is not folded. */
    public boolean isVisible(String selector) {
        return (Boolean) run("return !!document.querySelector(arguments[0])?.checkVisibility()", selector);
    }

    /** Returns the accessibility violations that axe-core finds. */
    @SuppressWarnings("deprecation") // the legacy mode needs no second window, to which it would send all elements
    public List<String> faults() {
        AxeRunOptions options = new AxeRunOptions();
        options.setResultTypes(List.of("violations"));
        Results results = new AxeBuilder().setLegacyMode().withOptions(options).analyze(driver);
        return results.getViolations().stream().map(Browser::describe).toList();
    }

    private static String describe(Rule rule) {
        return rule.getId() + ": " + rule.getHelp() + " "
                + rule.getNodes().stream()
                        .map(node -> node.getHtml() + " " + node.getFailureSummary())
                        .toList();
    }

    /** Waits until a condition is true; fails the test after five minutes. */
    public void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("Not within " + LIMIT + ": " + what + "\n" + driver.getPageSource());
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Takes a screenshot of the viewport. */
    public void takeScreenshot(Path file) {
        try {
            Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public void close() {
        driver.quit();
    }
}
