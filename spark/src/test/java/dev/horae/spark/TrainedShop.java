package dev.horae.spark;

import dev.horae.RawShop;
import dev.horae.data.AtomicFiles;
import dev.horae.data.Dataset;
import dev.horae.prep.Format;
import dev.horae.prep.Preparation;
import dev.horae.prep.PrepareOptions.Duplicates;
import dev.horae.prep.PrepareOptions.Protocol;
import dev.horae.prep.PreparedDataset;
import dev.horae.run.Training;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A {@link RawShop} prepared and trained by the library, once for all tests. */
record TrainedShop(Path folder, Dataset data, Path run) {

  private static TrainedShop only;

  static synchronized TrainedShop get() throws IOException {
    if (only == null) {
      Path folder = Files.createTempDirectory("horae-spark-shop");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      RawShop.write(folder.resolve("shop"));
      Dataset data =
          Preparation.of(Format.CSV, folder.resolve("shop/events.csv"))
              .items(folder.resolve("shop/items.csv"))
              .images(folder.resolve("shop/images"))
              .protocol(new Protocol(5, 1, Duplicates.REMOVE, 50, 0.05))
              .into(folder.resolve("data"));
      Path run = folder.resolve("run");
      Training.run(
          data, "sasrec", run, "model.hidden_size=16", "model.inner_size=32", "train.epochs=2");
      only = new TrainedShop(folder, data, run);
    }
    return only;
  }

  /** {@return a copy of the data set, without tables of vectors} */
  static Dataset copy(Path to) throws IOException {
    Path from = get().data().directory();
    Files.createDirectories(to);
    for (String name : List.of("dataset.json", "events.parquet", "items.parquet", "rejects.csv")) {
      Files.copy(from.resolve(name), to.resolve(name));
    }
    return PreparedDataset.open(to);
  }

  static void delete(Path folder) {
    try {
      AtomicFiles.deleteTree(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
