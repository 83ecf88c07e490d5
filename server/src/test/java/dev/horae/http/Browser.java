package dev.horae.http;

import com.deque.html.axecore.selenium.AxeBuilder;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.By;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;

/** A Chromium of the system, without a window. */
final class Browser implements AutoCloseable {

  /** What must be installed for a browser to be there. */
  static final String NEEDED = "chromium and chromedriver of one version (Debian: chromium-driver)";

  private static final String AXE = axe(); // as AxeBuilder runs it, but in one window
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "chrome");

  private final ChromeDriver driver;
  private final WebDriverWait wait;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
    wait = new WebDriverWait(driver, Duration.ofSeconds(10), Duration.ofMillis(25));
    wait.ignoring(StaleElementReferenceException.class);
  }

  private static String axe() {
    try (InputStream script =
        Objects.requireNonNull(AxeBuilder.class.getResourceAsStream("/axe.min.js"))) {
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@return a browser; empty where none is installed} */
  static Optional<Browser> open() {
    Optional<Path> chromium = NAMES.stream().flatMap(name -> program(name).stream()).findFirst();
    Optional<Path> chromedriver = program("chromedriver");
    if (chromium.isEmpty() || chromedriver.isEmpty()) {
      return Optional.empty();
    }
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.get().toFile());
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--lang=en-GB",
        "--force-prefers-reduced-motion");
    options.setCapability("goog:loggingPrefs", logs);
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(chromedriver.get().toFile())
            .withSilent(true)
            .build();
    return Optional.of(new Browser(new ChromeDriver(service, options)));
  }

  private static Optional<Path> program(String name) {
    return Arrays.stream(
            Objects.requireNonNullElse(System.getenv("PATH"), "").split(File.pathSeparator))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Shows pages from now on as a screen of so many pixels does. */
  void screen(int width, int height, boolean dark) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
  }

  /** Opens an address anew, and waits until nothing on the page waits any more. */
  void open(String address) {
    driver.get("about:blank");
    driver.get(address);
    settle();
  }

  /** Waits until the page has a title and nothing is loading. */
  void settle() {
    until(
        "the page has loaded",
        () ->
            !driver.findElements(By.tagName("h1")).isEmpty()
                && driver.findElements(By.cssSelector(".waiting, .list.busy")).isEmpty());
  }

  void until(String what, BooleanSupplier holds) {
    wait.withMessage(() -> what + "; the page says:\n" + text()).until(d -> holds.getAsBoolean());
  }

  /** {@return the first that is shown, waited for} */
  WebElement find(String css) {
    until(
        css,
        () -> driver.findElements(By.cssSelector(css)).stream().anyMatch(WebElement::isDisplayed));
    return driver.findElements(By.cssSelector(css)).stream()
        .filter(WebElement::isDisplayed)
        .findFirst()
        .orElseThrow();
  }

  List<WebElement> all(String css) {
    return driver.findElements(By.cssSelector(css));
  }

  List<String> texts(String css) {
    return all(css).stream().map(WebElement::getText).toList();
  }

  /** {@return the button or link that says so} */
  WebElement named(String text) {
    By by =
        By.xpath("//*[self::a or self::button or self::summary][normalize-space()='" + text + "']");
    until(text, () -> driver.findElements(by).stream().anyMatch(WebElement::isDisplayed));
    return driver.findElements(by).stream()
        .filter(WebElement::isDisplayed)
        .findFirst()
        .orElseThrow();
  }

  void waitForText(String text) {
    until("'" + text + "' is shown", () -> text().contains(text));
  }

  String text() {
    return driver.findElement(By.tagName("body")).getText();
  }

  @Nullable Object run(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  String address() {
    return driver.getCurrentUrl();
  }

  ChromeDriver driver() {
    return driver;
  }

  /** {@return what the console of the browser was told since it was last asked, but notices} */
  List<String> complaints(Predicate<String> expected) {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
        .map(LogEntry::getMessage)
        .filter(expected.negate())
        .toList();
  }

  /** {@return what axe finds against accessibility on the page, one line each} */
  List<?> barriers() {
    if (Boolean.FALSE.equals(run("return 'axe' in window"))) {
      run(AXE);
    }
    return (List<?>)
        Objects.requireNonNull(
            driver.executeAsyncScript(
                """
                const done = arguments[0];
                axe.run(document, { resultTypes: ["violations"] }).then(
                  found => done(found.violations.map(rule => `${rule.id}: ${rule.help} ` +
                    rule.nodes.map(node => `${node.html} ${node.failureSummary}`).join("; "))),
                  error => done([String(error)]));
                """));
  }

  @Override
  public void close() {
    driver.quit();
  }
}
