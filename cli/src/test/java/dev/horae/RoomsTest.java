package dev.horae;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every room, the rooms it may know, and the libraries that have rooms: this is the layout. */
class RoomsTest {

  /** Raise it as the project grows: the rules must not pass because nothing was read. */
  private static final int FEWEST_CLASSES = 100;

  private static final Map<String, List<String>> MAY_KNOW =
      Map.ofEntries(
          Map.entry("config", List.of()),
          Map.entry("tensor", List.of()),
          Map.entry("data", List.of("config")),
          Map.entry("prep", List.of("data", "config")),
          Map.entry("nn", List.of("tensor")),
          Map.entry("features", List.of("nn", "tensor", "data", "config")),
          Map.entry("model", List.of("nn", "tensor", "data", "config")),
          Map.entry("eval", List.of("model", "tensor", "data", "config")),
          Map.entry(
              "train",
              List.of("prep", "features", "eval", "model", "nn", "tensor", "data", "config")),
          Map.entry("study", List.of("train", "eval", "model", "data", "config")),
          Map.entry("serve", List.of("train", "eval", "model", "tensor", "data", "config")),
          Map.entry("demo", List.of("data", "config")),
          Map.entry("conform", List.of("train", "model", "nn", "tensor", "data", "config")),
          Map.entry(
              "bench", List.of("serve", "train", "eval", "model", "tensor", "data", "config")),
          Map.entry(
              "cli",
              List.of(
                  "prep",
                  "features",
                  "model",
                  "eval",
                  "train",
                  "study",
                  "serve",
                  "demo",
                  "conform",
                  "bench",
                  "data",
                  "config")));

  /** Libraries, by package, and the only rooms that may use them. */
  private static final Map<String, List<String>> ONLY_IN =
      Map.of(
          "org.bytedeco..",
          List.of(
              "tensor", "nn", "features", "model", "eval", "train", "conform", "serve", "bench"),
          "org.duckdb..",
          List.of("prep"),
          "org.yaml..",
          List.of("config"),
          "picocli..",
          List.of("cli"));

  private static final JavaClasses ALL =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.horae");

  /** The command line turns every exception of ours into an exit code, so it may name them all. */
  private static final DescribedPredicate<JavaClass> EXCEPTIONS = assignableTo(Throwable.class);

  private static String[] packages(Stream<String> rooms) {
    return rooms.map(room -> "dev.horae." + room + "..").toArray(String[]::new);
  }

  @Test
  void thereAreClassesToLookAt() {
    assertThat(ALL).hasSizeGreaterThan(FEWEST_CLASSES);
  }

  @Test
  void everyClassHasARoom() {
    String[] rooms = packages(MAY_KNOW.keySet().stream());
    noClasses().should().resideOutsideOfPackages(rooms).check(ALL);
  }

  @Test
  void roomsKnowOnlyTheRoomsOfTheTable() {
    MAY_KNOW.forEach(
        (room, known) -> {
          String[] open = packages(Stream.concat(Stream.of(room), known.stream()));
          DescribedPredicate<JavaClass> closed =
              resideInAPackage("dev.horae..").and(not(resideInAnyPackage(open)));
          noClasses()
              .that()
              .resideInAPackage("dev.horae." + room + "..")
              .should()
              .dependOnClassesThat(room.equals("cli") ? closed.and(not(EXCEPTIONS)) : closed)
              .as(room + " may know only " + known)
              .allowEmptyShould(true) // study and serve come later
              .check(ALL);
        });
  }

  @Test
  void librariesStayInTheirRooms() {
    ONLY_IN.forEach(
        (library, rooms) ->
            noClasses()
                .that(not(resideInAnyPackage(packages(rooms.stream()))))
                .should()
                .dependOnClassesThat(resideInAPackage(library))
                .as(library + " only in " + rooms)
                .check(ALL));
  }

  @Test
  void onlyTheCommandLinePrints() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.horae.cli..")
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(ALL);
  }

  @Test
  void roomsFormNoCycles() {
    slices().matching("dev.horae.(*)..").should().beFreeOfCycles().check(ALL);
  }
}
