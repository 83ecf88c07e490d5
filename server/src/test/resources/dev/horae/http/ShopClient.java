import client.ApiClient;
import client.ApiException;
import client.api.EventsApi;
import client.api.ItemsApi;
import client.api.KeysApi;
import client.api.RecommendationsApi;
import client.api.UsersApi;
import client.model.Answer;
import client.model.BatchAnswer;
import client.model.BatchRequest;
import client.model.HistoryEntry;
import client.model.HistoryEvent;
import client.model.ItemContent;
import client.model.NewEvent;
import client.model.RecommendRequest;
import client.model.ScoredItem;
import client.model.Time;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** A shop that asks with the generated client; GeneratedClientTest compiles it with the client. */
public final class ShopClient implements Supplier<String> {

  private final ApiClient client;

  public ShopClient(String address, String key) {
    client = new ApiClient();
    client.updateBaseUri(address);
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + key));
  }

  /** {@return what the server answered, in a line} */
  @Override
  public String get() {
    try {
      return ask();
    } catch (ApiException e) {
      throw new IllegalStateException(e.getResponseBody(), e);
    }
  }

  private String ask() throws ApiException {
    ItemsApi items = new ItemsApi(client);
    items.putItem(
        "client/1",
        new ItemContent().title("A kite").properties(Map.of("price", 5, "tags", List.of("new"))),
        null);
    Map<String, Object> properties = items.getItem("client/1").getProperties();
    EventsApi events = new EventsApi(client);
    int accepted =
        events
            .addEvents(
                List.of(
                    new NewEvent()
                        .user("carl")
                        .item("i1")
                        .time(new Time(new BigDecimal(1704067200))),
                    new NewEvent()
                        .user("carl")
                        .item("i2")
                        .type("purchase")
                        .value(new BigDecimal(3))))
            .getAccepted();
    String first = new UsersApi(client).getUser("carl").getFirst().toString();
    RecommendationsApi recommendations = new RecommendationsApi(client);
    Answer answer =
        recommendations.recommend(
            new RecommendRequest()
                .user("carl")
                .addHistoryItem(new HistoryEntry("i3"))
                .addHistoryItem(
                    new HistoryEntry(
                        new HistoryEvent()
                            .item("i4")
                            .time(new Time(OffsetDateTime.parse("2026-11-29T12:00:00Z")))))
                .n(3)
                .addFieldsItem("title")
                .explain(true));
    ScoredItem best = answer.getItems().get(0);
    BatchAnswer batch =
        recommendations.recommendBatch(
            new BatchRequest()
                .addRequestsItem(new RecommendRequest().user("carl").n(2))
                .addRequestsItem(new RecommendRequest().user("carl").model("none")));
    String failed = batch.getResults().get(1).getProblem().getStatus().toString();
    try {
      new KeysApi(client).listKeys();
      throw new IllegalStateException("a key of the role write listed keys");
    } catch (ApiException e) {
      return String.join(
          " ",
          new TreeMap<>(properties).toString(),
          Integer.toString(accepted),
          first,
          answer.getSource().getValue(),
          Integer.toString(answer.getItems().size()),
          Boolean.toString(best.getFields().containsKey("title")),
          Boolean.toString(best.getExplanation().getShares().isEmpty()),
          Integer.toString(batch.getResults().get(0).getItems().size()),
          failed,
          Integer.toString(e.getCode()));
    }
  }
}
