package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Progress;
import dev.horae.encoder.TextOptions;
import dev.horae.features.Encoding;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncodeCommandTest {

  private static final String TABLE = "features/text-minilm.safetensors";

  @TempDir Path folder;

  /** A text's vector does not depend on those that are encoded with it, so tasks do not matter. */
  @Test
  void theTableAndTheCacheAreThoseOfTheLibrary() throws Exception {
    Dataset here = TrainedShop.copy(folder.resolve("here"));
    Dataset there = TrainedShop.copy(folder.resolve("there"));
    Encoding.text(here, "minilm");
    Object[] words = {
      "encode", there.directory(), "--text=minilm", "--partitions=3", "--master=local[2]"
    };
    assertThat(Verb.done(words))
        .startsWith(
            "text   minilm: 48 of 48 items have a vector of 384 values, 48 encoded now, in ")
        .endsWith("table: " + there.directory().resolve(TABLE) + "\n");
    assertThat(there.directory().resolve(TABLE))
        .hasSameBinaryContentAs(here.directory().resolve(TABLE));
    assertThat(Verb.done(words)).contains(", 0 encoded now, ");
    assertThat(Encoding.text(there, "minilm").encoded()).isZero();
    assertThat(Encoding.text(here, "minilm").encoded()).isZero();
  }

  /** Some items share a picture, one has a broken one, and some are in the cache already. */
  @Test
  void picturesAreThoseOfTheLibrary() throws Exception {
    Path images = folder.resolve("images");
    Files.createDirectories(images);
    try (Stream<Path> drawn = Files.list(TrainedShop.get().folder().resolve("shop/images"))) {
      for (Path picture : drawn.toList()) {
        Files.copy(picture, images.resolve(picture.getFileName()));
      }
    }
    Files.copy(
        images.resolve("i3.png"), images.resolve("i4.png"), StandardCopyOption.REPLACE_EXISTING);
    Files.writeString(images.resolve("i5.png"), "no picture");
    Files.delete(images.resolve("i6.png"));
    Dataset here = TrainedShop.copy(folder.resolve("here"));
    Dataset there = TrainedShop.copy(folder.resolve("there"));
    Encoding.Part part =
        Encoding.run(
                here,
                new Encoding.Options(
                    "none",
                    "descriptor",
                    Optional.of(images),
                    Optional.empty(),
                    Optional.empty(),
                    TextOptions.DEFAULT,
                    false,
                    false),
                Progress.SILENT)
            .get(0);
    Object[] words = {
      "encode",
      there.directory(),
      "--image=descriptor",
      "--images",
      images,
      "--partitions=5",
      "--master=local[2]"
    };
    assertThat(Verb.done(words))
        .startsWith(
            "image  descriptor: 40 of 48 items have a vector of "
                + part.width()
                + " values, "
                + part.encoded()
                + " encoded now, in ")
        .contains("\nitems without a vector: ");
    for (String file : List.of("image-descriptor.safetensors", "image-descriptor-problems.csv")) {
      assertThat(there.directory().resolve("features").resolve(file))
          .hasSameBinaryContentAs(here.directory().resolve("features").resolve(file));
    }
    assertThat(Verb.done(words)).contains(", 0 encoded now, ");
  }

  /** Its items would seem to have no pictures. */
  @Test
  void anExecutorWithoutThePicturesEndsTheCommand() {
    PictureTask task = new PictureTask(folder.resolve("nowhere").toString(), null, false, false);
    assertThatThrownBy(() -> task.find(List.of(List.of("a.png")), Set.of()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("an executor sees no folder of that name; mount it on every");
  }

  @Test
  void whatIsNotEncodedOnAClusterIsRefused() throws Exception {
    Verb verb = Verb.run("encode", folder, "--text=vectors.npy", "--master=local");
    assertThat(verb.err())
        .startsWith("--text vectors.npy is none of minilm, hf:NAME and none; 'horae encode' reads");
    assertThat(verb.code()).isEqualTo(2);
    verb = Verb.run("encode", TrainedShop.get().data().directory(), "--master=local");
    assertThat(verb.err()).startsWith("there is nothing to encode; ask for texts (--text minilm)");
    assertThat(verb.code()).isEqualTo(2);
    verb = Verb.run("encode", folder, "--text=minilm", "--master=local");
    assertThat(verb.err()).startsWith(folder + ": is not a prepared data set");
    assertThat(verb.code()).isEqualTo(3);
  }
}
