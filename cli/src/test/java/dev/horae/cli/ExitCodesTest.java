package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each verb, with what can be wrong about its words, settings, data and weights. */
class ExitCodesTest {

  @TempDir static Path folder;

  @BeforeAll
  static void write() throws IOException {
    Files.createDirectory(folder.resolve("empty"));
    Files.writeString(folder.resolve("file"), "not,what\nit,seems\n");
    Path broken = Files.createDirectory(folder.resolve("broken"));
    Files.writeString(broken.resolve("run.yaml"), "seed: x\n");
    Files.writeString(broken.resolve("dataset.json"), "{");
  }

  /** {@code @} stands for a folder; nothing is to be said where the code is 0. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          --version                                        | 0 | ""
          --help                                           | 0 | ""
          models                                           | 0 | ""
          glossary                                         | 0 | ""
          completion                                       | 0 | ""
          config hm4sr                                     | 0 | ""
          runs @/empty                                     | 0 | ""
          train --help                                     | 0 | ""
          trian                                            | 2 | there is no verb 'trian'
          trian --help                                     | 2 | there is no verb 'trian'
          --verson                                         | 2 | Unknown option: '--verson'
          models extra                                     | 2 | 'extra' is one argument too many
          config                                           | 2 | Missing required parameter
          config hm4rs                                     | 2 | command line: model.type = hm4rs is not one of its choices
          config hm4sr train.epochs=x                      | 2 | command line: train.epochs = x
          prepare                                          | 2 | Missing required option
          prepare --format=xml --events @/file --out @/o   | 2 | Invalid value for option '--format'
          prepare --format=csv --events @/none --out @/o   | 3 | @/none: is not a readable file; check the path
          prepare --format=csv --events @/none --items @/empty --out @/o | 3 | "@/none: is not a readable file; check the path
          @/empty: is a folder; name the files in it
          "
          prepare --format=csv --events @/file --out @/file/o | 1 | cannot write @/file/o:
          prepare --format=csv --events @/empty --out @/o  | 3 | @/empty: is a folder; name the files in it
          prepare --format=csv --events @/file --out @/file | 3 | @/file: is not a directory; name another place
          prepare --format=csv --events @/file --out @/o   | 3 | @/file:
          encode @/none                                    | 2 | ""
          encode @/none --text minilm                      | 3 | @/none
          encode @/broken --text minilm                    | 3 | @/broken/dataset.json
          train                                            | 2 | ""
          train --data @/none --out @/o                    | 3 | @/none
          train --data @/broken --out @/o                  | 3 | @/broken/dataset.json
          train --data @/none --out @/o train.epochs=0     | 2 | command line: train.epochs = 0
          train --data @/none --out @/o --config @/file    | 2 | @/file:1:
          train --data @/none --out @/o --config @/none    | 2 | command line: --config @/none is neither
          train --resume @/none                            | 3 | @/none: has no run.yaml
          train --resume @/broken                          | 2 | @/broken/run.yaml:1: seed = x
          evaluate                                         | 2 | Missing required parameter
          evaluate @/empty                                 | 3 | @/empty: has no run.yaml
          evaluate @/broken                                | 2 | @/broken/run.yaml:1: seed = x
          recommend @/empty --user u1                      | 3 | @/empty: has no run.yaml
          compare --data @/none @/broken @/empty --out @/o | 3 | "@/none: is not a prepared data set (no dataset.json); make one with prepare
          @/broken/dataset.json:1: is not JSON"
          study data --data @/none @/empty --out @/o       | 3 | "@/none: is not a prepared data set (no dataset.json); make one with prepare
          @/empty: is not a prepared data set (no dataset.json); make one with prepare
          "
          study                                            | 2 | give one of data, case, cost, time
          study nothing                                    | 2 | 'nothing' is not one of data, case, cost, time
          study nothing --help                             | 2 | 'nothing' is not one of data, case, cost, time
          bench --data @/none --compare @/none             | 3 | @/none: is no file; give a report that 'horae bench --json' wrote
          compare --data @/none --out @/o                  | 3 | @/none
          compare --data @/none --out @/o --models=sasrek  | 2 | ""
          compare --data @/none --out @/o --seeds 0        | 2 | --seeds
          show @/none                                      | 3 | @/none
          runs @/none                                      | 3 | @/none
          conform @/none                                   | 3 | @/none: is no fixture; give a .safetensors with a .json beside it
          completion fish                                  | 2 | ""
          """)
  void everyVerbHasItsCodeAndSaysWhy(String words, int code, String start) throws IOException {
    Object[] arguments =
        Arrays.stream(words.split(" ")).map(word -> word.replace("@", folder.toString())).toArray();
    TrainedShop.Result result = TrainedShop.horae(arguments);
    assertThat(result.code()).as(result.err()).isEqualTo(code);
    assertThat(result.err()).startsWith(start.replace("@", folder.toString()));
    assertThat(result.err().isEmpty()).isEqualTo(code == 0);
    assertThat(result.err()).doesNotContain("Exception", "\tat ", "This is a bug");
    assertThat(folder.resolve("o")).doesNotExist(); // what is refused makes nothing
    assertThat(folder.resolve("file")).hasContent("not,what\nit,seems\n");
  }
}
