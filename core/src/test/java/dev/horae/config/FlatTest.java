package dev.horae.config;

import static dev.horae.config.InvalidValue.unless;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A record whose keys stand among those of the record around it. */
class FlatTest {

  private record Size(
      @Doc("width, metres") @Default("2") int width,
      @Doc("height, metres") int height,
      @Default("red") @Doc("colour") Colour colour) {

    private Size {
      unless(width > 0, "width", width, "is not positive", "try 2");
    }
  }

  private enum Colour {
    RED,
    BLUE
  }

  private record Door(
      @Doc("on the plate") String name,
      @Flat @Default("{height: 3, colour: blue}") @Doc("height: height of the frame") Size size,
      @Default("1") int handles) {

    private Door {
      unless(handles < size.width(), "handles", handles, "do not fit", "take fewer");
    }
  }

  private record House(Door front, @Flat Size ground) {}

  private record Misnamed(@Flat @Doc("depth: how deep") Size size) {}

  private static House read(String yaml, String... overrides) {
    return ConfigReader.read("house.yaml", yaml, List.of(overrides), House.class);
  }

  private static void assertProblems(String yaml, List<String> overrides, String... lines) {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> ConfigReader.read("house.yaml", yaml, overrides, House.class))
        .withMessage(String.join("\n", lines));
  }

  @Test
  void keysOfAFlatRecordStandAmongTheOthers() {
    assertThat(read("front: {width: 5, name: a, colour: red}\nheight: 4", "front.height=9"))
        .isEqualTo(
            new House(new Door("a", new Size(5, 9, Colour.RED), 1), new Size(2, 4, Colour.RED)));
  }

  @Test
  void theDefaultsOfTheComponentGoBeforeThoseOfItsRecord() {
    assertThat(read("front: {name: a}", "height=7"))
        .isEqualTo(
            new House(new Door("a", new Size(2, 3, Colour.BLUE), 1), new Size(2, 7, Colour.RED)));
  }

  @Test
  void whatIsWrittenIsFlatAndSaysTheDefaultsThatHold() {
    House house = read("front: {name: a}\nheight: 4");
    assertThat(ConfigWriter.commented(house))
        .isEqualTo(
            """
            front:
              name: a       # on the plate; required
              width: 2      # width, metres; default 2
              height: 3     # height of the frame; default 3
              colour: blue  # colour; one of red, blue; default blue
              handles: 1    # default 1
            width: 2     # width, metres; default 2
            height: 4    # height, metres; required
            colour: red  # colour; one of red, blue; default red
            """);
    assertThat(ConfigWriter.values(house).toString())
        .isEqualTo(
            "{front.name=a, front.width=2, front.height=3, front.colour=blue, front.handles=1,"
                + " width=2, height=4, colour=red}");
    assertThat(read(ConfigWriter.yaml(house))).isEqualTo(house);
  }

  @Test
  void mistakesHaveTheirLinesAndKeys() {
    assertProblems(
        """
        front:
          name: a
          width: 0
        """,
        List.of("front.colour=green", "front.sise=3"),
        "house.yaml:1: height is missing; add 'height: <whole number>'",
        "``settings``: front.colour = green is not one of its choices; use one of red, blue",
        "``settings``: front.sise = 3 is not a known key; known keys are name, width, height,"
            + " colour, handles",
        "3 problems; nothing was run");
    assertProblems(
        "front: {name: a}\nheight: 4\nwidth: 0",
        List.of("front.handles=2"),
        "house.yaml:3: width = 0 is not positive; try 2",
        "``settings``: front.handles = 2 do not fit; take fewer",
        "2 problems; nothing was run");
    assertProblems(
        "front: {name: a}\nheight: 4\nsize: {width: 3}\nhandles: 1",
        List.of(),
        "house.yaml:3: size is not a known key; known keys are front, width, height, colour",
        "house.yaml:4: handles = 1 is not a known key; did you mean 'front.handles'?",
        "2 problems; nothing was run");
  }

  @Test
  void aTextForAKeyThatIsNotThereIsTheProgrammersMistake() {
    Misnamed misnamed = new Misnamed(new Size(1, 1, Colour.RED));
    assertThatIllegalStateException()
        .isThrownBy(() -> ConfigWriter.commented(misnamed))
        .withMessageEndingWith("does not have all keys of [depth]");
  }
}
