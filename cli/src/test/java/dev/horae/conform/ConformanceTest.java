package dev.horae.conform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.Golden;
import dev.horae.tensor.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models against numbers of their official codes or repaired twins; see golden/README.md. */
class ConformanceTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hm4sr",
        "hm4sr-nocp",
        "hm4sr-noidcl",
        "hm4sr-noimage",
        "hm4sr-noimoe",
        "hm4sr-nopcl",
        "hm4sr-notext",
        "hm4sr-notmoe",
        "hm4sr-official",
        "hm4sr-time-absolute",
        "hm4sr-time-cos",
        "hm4sr-time-day",
        "hm4sr-time-dayofyear",
        "hm4sr-time-interval"
      })
  void agreesWithTheOfficialCode(String name) throws IOException {
    List<Conformance.Report> reports = Conformance.check(unpack(name));
    assertThat(reports).hasSize(name.equals("hm4sr-official") ? 1 : 2);
    for (Conformance.Report report : reports) {
      assertThat(report.groups()).allSatisfy(group -> assertThat(group.passed()).isTrue());
      assertThat(report.groups()).extracting(Conformance.Group::name).contains("outputs", "losses");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "core, 2",
    "dif-sr, 1",
    "dif-sr-concat, 1",
    "dif-sr-sum, 2",
    "fearec, 1",
    "fearec-recbole-default, 1",
    "gru4rec, 2",
    "iisan, 2",
    "iisan-last, 2",
    "lrurec, 2",
    "m3srec, 2",
    "missrec, 2",
    "nova, 2",
    "nova-mm, 2",
    "sasrec, 2",
    "tedrec, 1",
    "ticoserec, 2",
    "ticoserec-nopad, 2",
    "tisasrec, 2",
    "tisasrec-raw, 2",
    "unisrec, 2"
  })
  void everyModelAgreesWithItsOfficialCode(String name, int layouts) throws IOException {
    List<Conformance.Report> reports = Conformance.check(Golden.unpack("models/" + name, folder));
    assertThat(reports).hasSize(layouts);
    for (Conformance.Report report : reports) {
      assertThat(report.groups()).allSatisfy(group -> assertThat(group.passed()).isTrue());
      assertThat(report.groups())
          .extracting(Conformance.Group::name)
          .contains("outputs", "losses", "gradients");
    }
  }

  @Test
  void comparesEveryGroupOfTheFullFixture() throws IOException {
    List<Conformance.Group> groups = Conformance.check(unpack("hm4sr")).get(0).groups();
    assertThat(groups)
        .extracting(Conformance.Group::name)
        .containsExactly("outputs", "losses", "gradients", "adam step");
    assertThat(groups).extracting(Conformance.Group::tensors).containsExactly(9, 10, 138, 138);
  }

  @Test
  void seesANumberThatIsOff() throws IOException {
    Path file = unpack("hm4sr-nocp");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 0x40; // the last value of the last tensor
    Files.write(file, bytes);
    assertThat(Conformance.check(file)).anySatisfy(r -> assertThat(r.passed()).isFalse());
  }

  @Test
  void namesAModelThatIsNotOurs() throws IOException {
    Path file = unpack("hm4sr");
    Path sidecar = folder.resolve("hm4sr.json");
    Files.writeString(sidecar, Files.readString(sidecar).replace("\"hm4sr\"", "\"bert4rec\""));
    assertThatThrownBy(() -> Conformance.check(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(sidecar + ": model = bert4rec is not one of ours; known: [core, ");
  }

  private Path unpack(String name) throws IOException {
    return Golden.unpack("hm4sr/" + name, folder);
  }
}
