package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.interactions.Actions;

/** The console in a real browser, before a real server. */
class ConsoleTest {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final String JSON = "application/json";

  private static final List<String> PAGES =
      List.of(
          "home",
          "try?h=i3&h=i4&right=model:popular",
          "items",
          "items/i3",
          "items/new",
          "items?new",
          "users",
          "users/u1",
          "events",
          "scenarios",
          "scenarios/front",
          "scenarios?new",
          "experiments",
          "models",
          "keys",
          "about");

  @TempDir static Path folder;
  private static Shop shop;
  private static Browser browser;

  @TempDir Path state;
  private HttpServer server;

  @BeforeAll
  static void openBrowser() throws IOException {
    Optional<Browser> found = Browser.open();
    Assumptions.assumeTrue(
        found.isPresent(), "the console was not tested: install " + Browser.NEEDED);
    browser = found.get();
    shop = Shop.train(folder);
  }

  @AfterAll
  static void closeBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void serve() {
    server = shop.serve(state);
    browser.screen(1280, 900, false);
    browser.complaints(said -> true);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void everyPageIsAccessibleInLightAndInDarkOnAPhone() {
    fill();
    SoftAssertions softly = new SoftAssertions();

    for (String page : PAGES) {
      browser.screen(1280, 900, false);
      browser.open(console(page));
      softly.assertThat(browser.barriers()).as("%s in light", page).isEmpty();
      browser.screen(390, 844, true);
      softly
          .assertThat(browser.run("return document.documentElement.scrollWidth"))
          .as("width of %s on a phone", page)
          .isEqualTo(390L);
      softly.assertThat(browser.barriers()).as("%s in dark on a phone", page).isEmpty();
      softly.assertThat(browser.complaints(said -> false)).as(page).isEmpty();
    }

    softly.assertAll();
  }

  @Test
  void aHistoryIsBuiltByKeyboardReorderedAndComparedAndAHiddenItemIsGone() {
    browser.open(console("try"));
    add("no. 3");
    add("no. 8");
    assertThat(browser.texts(".events-strip .named a"))
        .containsExactly("Kite no. 3", "Train no. 8");

    browser.find("[aria-label='Move i8 earlier']").sendKeys(Keys.ENTER);
    browser.until(
        "i8 is first", () -> browser.texts(".events-strip .named a").get(0).equals("Train no. 8"));
    assertThat(browser.run("return document.activeElement.getAttribute('aria-label')"))
        .isEqualTo("Move i8 earlier");
    assertThat(browser.address()).contains("h=i8&h=i3");

    browser.find("#right option[value='model:popular']").click();
    browser.until("two lists", () -> browser.all(".list").size() == 2);
    browser.settle();
    browser.until("their items", () -> browser.all(".entries").size() == 2);
    String first = browser.find(".entries .named a").getText();
    String id = browser.find(".entries .named a").getAttribute("href").replaceAll(".*/", "");

    browser.open(console("items/" + id));
    browser.named("Hide").click();
    browser.waitForText("hidden");
    browser.open(console("try?h=i8&h=i3"));
    assertThat(browser.texts(".entries .named a")).isNotEmpty().doesNotContain(first);
    assertThat(browser.complaints(said -> false)).isEmpty();
  }

  @Test
  void anEventIsDraggedToAnotherPlace() {
    browser.open(console("try?h=i1&h=i2&h=i3"));
    List<WebElement> cards = browser.all(".events-strip .card .picture");

    new Actions(browser.driver())
        .clickAndHold(cards.get(0))
        .moveToElement(cards.get(1))
        .moveToElement(cards.get(2), 30, 0)
        .release()
        .perform();

    browser.until("i1 is last", () -> browser.address().contains("h=i2&h=i3&h=i1"));
    assertThat(browser.texts(".events-strip .named a"))
        .containsExactly("Train no. 2", "Kite no. 3", "Boat no. 1");
  }

  private void add(String text) {
    WebElement search = browser.find("#add");
    search.sendKeys(text);
    browser.find("#add-found [role=option]");
    search.sendKeys(Keys.ENTER);
    browser.until("it is added", () -> search.getAttribute("value").isEmpty());
    browser.settle();
  }

  @Test
  void anItemHasNeighboursByEachViewOfTheModel() {
    browser.open(console("items/i3"));
    assertThat(browser.texts(".cards.small .named a")).isNotEmpty().doesNotContain("Kite no. 3");

    browser.named("Text").click();
    browser.waitForText("Nothing is like it");
    browser.named("Behaviour").click();
    browser.until("neighbours", () -> !browser.all(".cards.small .card").isEmpty());
    assertThat(browser.complaints(said -> said.contains("status of 400"))).isEmpty();
  }

  @Test
  void aPictureIsSentShownAndTakenAwayAndSearchedBy() throws IOException {
    Path picture = folder.resolve("raw/images/i1.png");
    browser.open(console("items/i4")); // which has none
    browser.find("#picture").sendKeys(picture.toString());
    browser.waitForText("Sent");
    assertThat(browser.find(".item .picture").getAttribute("src")).contains("/i4/image?v=");
    browser.named("Take it away").click();
    browser.waitForText("Taken away");
    assertThat(browser.all(".item img.picture")).isEmpty();
    assertThat(browser.complaints(said -> false)).isEmpty();

    browser.open(console("items"));
    browser.find("#alike").sendKeys(picture.toString());
    browser.waitForText("is nothing that the model 'follow' can compare items by");
    browser.named("Back to all items").click();
    browser.waitForText("30 items");
    assertThat(browser.complaints(said -> said.contains("status of 400"))).isEmpty();
  }

  @Test
  void anItemIsMadeEditedAndDeleted() {
    browser.open(console("items?new"));
    browser.find("#id").sendKeys("kite/40%");
    browser.find("#title").sendKeys("Box kite");
    browser.find("#categories").sendKeys("Toys, Kite");
    browser.find("#properties").sendKeys("price: 4.5\ntags: [\"a\", \"b\"]\nnote: by hand");
    browser.named("Save").click();
    browser.until("it is there", () -> browser.address().endsWith("#/items/kite%2F40%25"));
    browser.settle();
    assertThat(get("/v1/items/kite%2F40%25"))
        .contains("\"title\":\"Box kite\"", "\"categories\":[\"Toys\",\"Kite\"]")
        .contains("\"properties\":{\"price\":4.5,\"tags\":[\"a\",\"b\"],\"note\":\"by hand\"}");

    browser.find("#title").clear();
    browser.find("#title").sendKeys("Large box kite");
    browser.find("#properties").clear();
    browser.find("#properties").sendKeys("price: 5");
    browser.find("#available").click();
    browser.named("Save").click();
    browser.waitForText("Saved");
    browser.waitForText("out of stock");
    assertThat(get("/v1/items/kite%2F40%25"))
        .contains("\"title\":\"Large box kite\"", "\"available\":false")
        .contains("\"properties\":{\"price\":5");

    browser.named("Delete").click();
    browser.find("dialog .danger").click();
    browser.until("the list is shown", () -> browser.address().endsWith("#/items"));
    assertThat(status("GET", "/v1/items/kite%2F40%25", null, null)).isEqualTo(404);
    assertThat(browser.complaints(said -> false)).isEmpty();
  }

  @Test
  void whatAPropertyIsCalledAndSaysStaysWhenAnotherIsEdited() {
    String properties =
        "\"note\":\"two\\nlines\",\"a:b\":\"c: d\",\"\\\"q\\\"\":\" padded \",\"none\":\"\",\"five\":\"5\"";
    send("PATCH", "/v1/items/i3", JSON, "{\"properties\": {" + properties + "}}");
    browser.open(console("items/i3"));
    browser.find("#properties").sendKeys(Keys.chord(Keys.CONTROL, Keys.END), "\nprice: 5");
    browser.named("Save").click();
    browser.waitForText("Saved");
    assertThat(get("/v1/items/i3")).contains("\"properties\":{" + properties + ",\"price\":5");
    assertThat(browser.complaints(said -> false)).isEmpty();
  }

  @Test
  void anAddressThatSomebodyChangedAsksForWhatThereIs() {
    for (String place :
        List.of(
            "left=best&right=popular&n=5000",
            "right=user:u1&n=2.5&diversity=7",
            "left=none&right=model:&time=noon&n=-3")) {
      browser.open(console("try?h=i3&" + place));
      browser.until(place, () -> browser.all(".list .named").size() > 0);
      assertThat(browser.all(".list")).as(place).hasSize(1);
      assertThat(browser.complaints(said -> false)).as(place).isEmpty();
    }
  }

  @Test
  void aScenarioIsWrittenWithItsFilterChecked() {
    browser.open(console("scenarios?new"));
    browser.find("#name").sendKeys("front");
    browser.find("#filter").sendKeys("bran == \"Brand 1\"");
    browser.waitForText("no column 'bran'; did you mean 'brand'?");
    assertThat(browser.find(".fault mark").getText()).isEqualTo("bran");

    browser.named("Use brand").click();
    browser.waitForText("8 of 30 items are left");
    browser.named("Start an experiment").click();
    browser.named("Save").click();

    browser.until("it is saved", () -> browser.address().endsWith("#/scenarios/front"));
    assertThat(get("/v1/scenarios/front"))
        .contains("\"filter\":\"brand == \\\"Brand 1\\\"\"")
        .contains("\"name\":\"control\"");
    browser.open(console("experiments/front"));
    browser.find("#assigned").sendKeys("u1" + Keys.ENTER);
    browser.waitForText("u1 gets ");
    assertThat(browser.complaints(said -> said.contains("status of 422"))).isEmpty();
  }

  @Test
  void whatAScenarioSaysOfSeenItemsStaysAndIsChanged() {
    String scenario =
        """
        {"n": 5, "excludeSeen": false, "experiment": {"variants": [
          {"name": "plain", "weight": 1, "excludeSeen": false},
          {"name": "test", "weight": 1, "excludeSeen": true}]}}\
        """;
    send("PUT", "/v1/scenarios/front", JSON, scenario);
    browser.open(console("scenarios/front"));
    for (String seen : List.of("false", "true", "")) {
      browser.find("#excludeSeen option[value='" + seen + "']").click();
      browser.find("#n").clear();
      browser.find("#n").sendKeys("7");
      browser.named("Save").click();
      browser.waitForText("Saved");
      JsonNode saved = OpenApi.json(get("/v1/scenarios/front"));
      assertThat(saved.path("n").intValue()).isEqualTo(7);
      assertThat(saved.path("excludeSeen").asText()).isEqualTo(seen);
      assertThat(saved.path("experiment").findValuesAsText("excludeSeen"))
          .containsExactly("false", "true");
    }

    send("PUT", "/v1/scenarios/front", JSON, "{\"n\": 9}"); // somebody is quicker
    browser.find("#n").sendKeys("0");
    browser.named("Save").click();
    browser.waitForText("read the scenario again and repeat the change");
    browser.named("Try again").click();
    browser.until("it is read again", () -> "9".equals(browser.find("#n").getAttribute("value")));
    browser.named("Delete").click();
    browser.find("dialog .danger").click();
    browser.until("the list is shown", () -> browser.address().endsWith("#/scenarios"));
    assertThat(status("GET", "/v1/scenarios/front", null, null)).isEqualTo(404);
  }

  @Test
  void whatIsThereIsNotMadeAgain() {
    fill();
    String item = get("/v1/items/new");
    browser.open(console("items?new"));
    for (String id : List.of("new", "i3")) { // one that was sent, one of the model
      browser.find("#id").clear();
      browser.find("#id").sendKeys(id);
      browser.find("#title").sendKeys("Another");
      browser.named("Save").click();
      browser.waitForText("“" + id + "” is ");
    }
    assertThat(get("/v1/items/new")).isEqualTo(item);
    assertThat(get("/v1/items/i3")).contains("\"title\":\"Kite no. 3\"");

    String scenario = get("/v1/scenarios/front");
    browser.open(console("scenarios?new"));
    browser.find("#name").sendKeys("front");
    browser.named("Save").click();
    browser.waitForText("scenario 'front' is there already");
    assertThat(get("/v1/scenarios/front")).isEqualTo(scenario);
    assertThat(browser.complaints(said -> said.contains("status of 409"))).isEmpty();
  }

  @Test
  void theFirstKeyLocksTheDoorAndOpensIt() {
    browser.open(console("keys"));
    browser.find("#name").sendKeys("owner");
    browser.find("#role option[value=admin]").click();
    browser.named("Make the key").click();
    browser.waitForText("The key of owner");
    String key = browser.find(".made code").getText();
    assertThat(status("GET", "/v1/items", null, null)).isEqualTo(401);

    browser.open(console("items/i3"));
    browser.until(
        "the picture is drawn with the key",
        () -> browser.find(".item .picture").getAttribute("src").startsWith("data:image/png"));
    browser.named("Sign out").click();
    browser.find("#key").sendKeys("wrong" + Keys.ENTER);
    browser.find(".wrong");
    browser.find("#key").clear();
    browser.find("#key").sendKeys(key + Keys.ENTER);
    browser.waitForText("owner (admin)");
    browser.waitForText("Kite no. 3");
    assertThat(browser.barriers()).isEmpty();
    assertThat(browser.complaints(said -> said.contains("status of 401"))).isEmpty();
  }

  @Test
  void eventsComeAsTheyHappenAndWrongOnesSayWhy() {
    browser.open(console("events"));
    browser.waitForText("live");
    send("POST", "/v1/events", JSON, "{\"user\": \"u9\", \"item\": \"i4\", \"type\": \"cart\"}");
    browser.until("it came", () -> browser.texts(".rows .who").contains("u9"));

    browser.named("Pause").click();
    send("POST", "/v1/events", JSON, "{\"user\": \"late\", \"item\": \"i5\"}");
    browser.waitForText("paused, 1 event waiting");
    assertThat(browser.texts(".rows .who")).doesNotContain("late");
    browser.named("Go on").click();
    browser.until("it is there now", () -> browser.texts(".rows .who").contains("late"));

    browser.find("#lines").sendKeys("{\"user\": \"u9\", \"item\": \"i1\"}\n{\"user\": \"u9\"}");
    browser.named("Send").click();
    browser.waitForText("1 event accepted, 1 rejected:");
    browser.waitForText("Event 2, item: ");
  }

  @Test
  void aUserIsErasedAfterAQuestion() {
    fill();
    browser.open(console("users/u1"));
    browser.named("Erase").click();
    assertThat(browser.find("dialog h2").getText()).isEqualTo("Erase all of u1?");
    browser.named("Cancel").click();
    assertThat(status("GET", "/v1/users/u1", null, null)).isEqualTo(200);

    browser.named("Erase").click();
    browser.find("dialog .danger").click();
    browser.waitForText("Nothing is known of u1 any more.");
    assertThat(status("GET", "/v1/users/u1", null, null)).isEqualTo(404);
  }

  @Test
  void aModelIsActivatedAndRolledBack() {
    browser.open(console("models"));
    browser.find("[aria-label='Activate popular']").click();
    browser.find("[aria-label='Activate follow']");
    browser.named("Roll back to follow").click();
    browser.find("[aria-label='Activate popular']");

    browser.find("#path").sendKeys("/nowhere" + Keys.ENTER);
    browser.until("it is refused", () -> !browser.all(".wrong").isEmpty());
  }

  @Test
  void textOfStrangersIsNeverMarkup() throws IOException {
    String evil =
        "<img src=x onerror=document.title='broken'><script>document.title='broken'</script>";
    String json = evil.replace("\"", "\\\"");
    String path = "/v1/items/" + URLEncoder.encode("<b>'\"x", StandardCharsets.UTF_8);
    send(
        "PUT",
        path,
        JSON,
        "{'title':'%s','brand':'%s','categories':['%s'],'image':'javascript:document.title=1','properties':{'note':'%s'}}"
            .replace("'%s'", "\"" + json + "\"")
            .replace("'", "\"")
            .replace("title=\"broken\"", "title='broken'"));
    send(
        "POST",
        "/v1/events",
        JSON,
        "{\"user\": \""
            + json
            + "\", \"item\": \"<b>'\\\"x\", \"properties\": {\"a\": \""
            + json
            + "\"}}");
    List<String> seen = new ArrayList<>();
    for (String page :
        List.of(
            "home",
            "items",
            "items?q=%3Cimg",
            "items/%3Cb%3E'%22x",
            "events",
            "users",
            "users/" + URLEncoder.encode(evil, StandardCharsets.UTF_8).replace("+", "%20"),
            "try?h=%3Cb%3E'%22x&user=%3Cb%3E",
            "experiments/%3Cb%3E",
            "scenarios/%3Cb%3E",
            "%3Cimg src=x onerror=alert(1)%3E")) {
      browser.open(console(page));
      seen.add(browser.text());
      assertThat(browser.driver().getTitle()).as(page).isNotEqualTo("broken");
      assertThat(browser.all("main script, main img[src='x'], main b > b")).as(page).isEmpty();
    }
    assertThat(seen).anyMatch(text -> text.contains("<img src=x onerror="));
    assertThat(browser.complaints(said -> said.contains("status of 4"))).isEmpty();
  }

  @Test
  void whatIsNotThereAndAServerThatStoppedAreSaid() {
    browser.open(console("items/nothing"));
    assertThat(browser.find(".wrong").getText()).contains("there is no item 'nothing'");
    browser.open(console("nowhere"));
    assertThat(browser.find("h1").getText()).isEqualTo("No such page");

    browser.open(console("items"));
    server.close();
    browser.find("#q").sendKeys("kite");
    assertThat(browser.find(".wrong").getText())
        .startsWith("The server does not answer")
        .contains("See whether it runs, then try again.");
  }

  @Test
  void theKeyboardSkipsTheNavigationAndItsFocusIsSeen() {
    browser.open(console("items"));
    browser.driver().findElement(By.tagName("body")).sendKeys(Keys.TAB);
    assertThat(browser.run("return document.activeElement.textContent"))
        .isEqualTo("Skip to the content");
    browser.driver().switchTo().activeElement().sendKeys(Keys.ENTER);
    assertThat(browser.run("return document.activeElement.tagName")).isEqualTo("H1");
    browser.driver().switchTo().activeElement().sendKeys(Keys.TAB);
    assertThat(browser.run("return getComputedStyle(document.activeElement).outlineStyle"))
        .isEqualTo("solid");
  }

  /** Something on every page. */
  private void fill() {
    send(
        "PUT",
        "/v1/items/new",
        JSON,
        "{\"title\": \"Paper lantern\", \"properties\": {\"price\": 3.5, \"tags\": [\"a\","
            + " \"b\"]}}");
    send("PATCH", "/v1/items/i6", JSON, "{\"available\": false}");
    send(
        "PUT",
        "/v1/scenarios/front",
        JSON,
        "{\"filter\": \"brand == \\\"Brand 1\\\"\", \"fallback\": [\"popular\"], \"experiment\":"
            + " {\"variants\": [{\"name\": \"a\", \"weight\": 1}, {\"name\": \"b\", \"weight\": 1,"
            + " \"diversity\": 0.5}]}}");
    for (int i = 0; i < 12; i++) {
      send("POST", "/v1/events", JSON, "{\"user\": \"u" + i % 3 + "\", \"item\": \"i" + i + "\"}");
      send("POST", "/v1/recommend", JSON, "{\"user\": \"u" + i + "\", \"scenario\": \"front\"}");
    }
  }

  private String console(String page) {
    return "http://127.0.0.1:" + server.port() + "/console/#/" + page;
  }

  private String get(String path) {
    return send("GET", path, null, null).body();
  }

  private int status(String method, String path, @Nullable String type, @Nullable String body) {
    return exchange(method, path, type, body).statusCode();
  }

  private HttpResponse<String> send(
      String method, String path, @Nullable String type, @Nullable String body) {
    HttpResponse<String> answer = exchange(method, path, type, body);
    assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
    return answer;
  }

  private HttpResponse<String> exchange(
      String method, String path, @Nullable String type, @Nullable String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (type != null) {
      request.header("Content-Type", type);
    }
    try {
      return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
