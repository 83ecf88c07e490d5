package shop;

import dev.horae.data.Dataset;
import dev.horae.features.Encoding;
import dev.horae.prep.Format;
import dev.horae.prep.Preparation;
import dev.horae.run.Training;
import dev.horae.serve.Recommender;
import dev.horae.serve.Recommender.Event;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** From two CSV files to recommendations: events.csv, items.csv, a directory to work in. */
final class Embed {

  public static void main(String[] args) {
    Path work = Path.of(args[2]);
    Path run = work.resolve("run");
    Dataset shop =
        Preparation.of(Format.CSV, Path.of(args[0]))
            .items(Path.of(args[1]))
            .into(work.resolve("data"));
    Encoding.text(shop, "minilm");
    Training.run(shop, "hm4sr", run, "train.epochs=10");
    try (Recommender recommender = Recommender.open(run)) {
      List<Event> history = List.of(new Event("i7", Instant.parse("2024-05-01T09:30:00Z")));
      recommender.recommend(history, 5).items().forEach(System.out::println);
    }
  }
}
