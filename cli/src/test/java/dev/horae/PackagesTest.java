package dev.horae;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.horae.data.Histories;
import dev.horae.data.Manifest;
import dev.horae.data.Split;
import dev.horae.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every package, the packages that it may use, and the libraries that some alone may use. */
class PackagesTest {

  /** Lowest layer first. No package is granted more than it uses. */
  private static final Map<String, Set<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("config", Set.of()),
          Map.entry("data", Set.of()),
          Map.entry("page", Set.of("data")),
          Map.entry("report", Set.of("page", "data")),
          Map.entry("tensor", Set.of()),
          Map.entry("nn", Set.of("tensor", "config")),
          Map.entry("machine", Set.of("tensor", "data", "config")),
          Map.entry("prep", Set.of("data", "config")),
          Map.entry("web", Set.of()),
          Map.entry("picture", Set.of("web", "data")),
          Map.entry("encoder", Set.of("picture", "web", "tensor", "data")),
          Map.entry("features", Set.of("encoder", "page", "picture", "tensor", "data", "config")),
          Map.entry("sequence", Set.of("nn", "tensor", "data", "config")),
          Map.entry("model", Set.of("sequence", "nn", "tensor", "data", "config")),
          Map.entry("eval", Set.of("sequence", "tensor", "data")),
          Map.entry("train", Set.of("sequence", "nn", "tensor", "data", "config")),
          Map.entry(
              "run",
              Set.of(
                  "train",
                  "eval",
                  "model",
                  "sequence",
                  "features",
                  "prep",
                  "machine",
                  "nn",
                  "tensor",
                  "data",
                  "config")),
          Map.entry("serve", Set.of("run", "sequence", "data")),
          Map.entry("store", Set.of("data")),
          Map.entry("filter", Set.of()),
          Map.entry("index", Set.of("tensor", "data")),
          Map.entry(
              "service",
              Set.of(
                  "store",
                  "filter",
                  "index",
                  "run",
                  "features",
                  "picture",
                  "model",
                  "sequence",
                  "data")),
          Map.entry("http", Set.of("service", "store", "filter", "data", "config")),
          Map.entry(
              "study",
              Set.of(
                  "report",
                  "run",
                  "train",
                  "eval",
                  "model",
                  "sequence",
                  "features",
                  "picture",
                  "prep",
                  "page",
                  "data",
                  "config")),
          Map.entry(
              "tune", Set.of("study", "report", "run", "train", "model", "page", "data", "config")),
          Map.entry(
              "shell",
              Set.of("run", "train", "prep", "encoder", "machine", "page", "data", "config")),
          Map.entry(
              "demo",
              Set.of(
                  "serve",
                  "run",
                  "train",
                  "eval",
                  "model",
                  "sequence",
                  "features",
                  "prep",
                  "page",
                  "data")),
          Map.entry(
              "conform",
              Set.of(
                  "train", "model", "sequence", "encoder", "picture", "tensor", "data", "config")),
          Map.entry(
              "bench",
              Set.of(
                  "serve",
                  "run",
                  "train",
                  "eval",
                  "model",
                  "sequence",
                  "features",
                  "prep",
                  "encoder",
                  "picture",
                  "machine",
                  "tensor",
                  "data",
                  "config")),
          Map.entry(
              "cli",
              Set.of(
                  "shell",
                  "bench",
                  "conform",
                  "demo",
                  "tune",
                  "study",
                  "http",
                  "service",
                  "store",
                  "serve",
                  "run",
                  "train",
                  "eval",
                  "model",
                  "sequence",
                  "features",
                  "picture",
                  "prep",
                  "machine",
                  "tensor",
                  "report",
                  "page",
                  "data",
                  "config")));

  /** Libraries, by package, and our only packages that may use them. */
  private static final Map<String, List<String>> ONLY_IN =
      Map.ofEntries(
          Map.entry(
              "org.bytedeco..",
              List.of(
                  "tensor",
                  "nn",
                  "encoder",
                  "features",
                  "sequence",
                  "model",
                  "train",
                  "run",
                  "machine",
                  "conform",
                  "bench")),
          Map.entry("org.duckdb..", List.of("prep")),
          Map.entry("com.samskivert..", List.of("page")),
          Map.entry("org.yaml..", List.of("config")),
          Map.entry("picocli..", List.of("shell", "cli")),
          Map.entry("dev.cel..", List.of("filter")),
          Map.entry("io.javalin..", List.of("http")),
          Map.entry("io.github.jbellis..", List.of("index")),
          Map.entry("io.prometheus..", List.of("http")),
          Map.entry("io.opentelemetry..", List.of("http")),
          Map.entry("com.zaxxer..", List.of("store")));

  private static final JavaClasses ALL =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar")) // the library's
          .importPackages("dev.horae");

  /** They turn every exception of ours into an exit code, so they may name them all. */
  private static final Set<String> SPEAK = Set.of("shell", "cli");

  private static final DescribedPredicate<JavaClass> EXCEPTIONS = assignableTo(Throwable.class);

  private static String[] packages(Stream<String> names) {
    return names.map(name -> "dev.horae." + name + "..").toArray(String[]::new);
  }

  /** A rule that passes must not pass because a class was not read. */
  @Test
  void theClassesAreThoseOfTheSources() throws IOException {
    Set<String> sources = new TreeSet<>();
    for (String module : List.of("core", "shell", "server", "cli")) {
      Path root = Path.of("..", module, "src", "main", "java");
      try (Stream<Path> files = Files.walk(root)) {
        files
            .map(file -> root.relativize(file).toString())
            .filter(name -> name.endsWith(".java") && !name.endsWith("package-info.java"))
            .map(name -> name.replaceFirst("\\.java$", "").replaceAll("[/\\\\]", "."))
            .forEach(sources::add);
      }
    }
    assertThat(ALL.stream().map(JavaClass::getName))
        .filteredOn(name -> !name.contains("$") && !name.endsWith("package-info"))
        .containsExactlyInAnyOrderElementsOf(sources);
  }

  @Test
  void everyPackageIsInTheTable() {
    String[] listed = packages(MAY_USE.keySet().stream());
    noClasses().should().resideOutsideOfPackages(listed).check(ALL);
  }

  @Test
  void packagesUseExactlyThoseOfTheTable() {
    Map<String, Set<String>> used = new TreeMap<>();
    MAY_USE.keySet().forEach(name -> used.put(name, new TreeSet<>()));
    for (JavaClass from : ALL) {
      for (Dependency arrow : from.getDirectDependenciesFromSelf()) {
        JavaClass to = arrow.getTargetClass().getBaseComponentType();
        boolean ours = to.getPackageName().startsWith("dev.horae.");
        if (ours && !(SPEAK.contains(packageOf(from)) && EXCEPTIONS.test(to))) {
          used.get(packageOf(from)).add(packageOf(to));
        }
      }
    }
    used.forEach((name, others) -> others.remove(name));
    assertThat(used).isEqualTo(MAY_USE);
  }

  private static String packageOf(JavaClass type) {
    return type.getPackageName().split("\\.", -1)[2];
  }

  @Test
  void librariesStayInTheirPackages() {
    ONLY_IN.forEach(
        (library, names) ->
            noClasses()
                .that(not(resideInAnyPackage(packages(names.stream()))))
                .should()
                .dependOnClassesThat(resideInAPackage(library))
                .as(library + " only in " + names)
                .check(ALL));
  }

  @Test
  void onlyTheCommandLinePrints() {
    noClasses()
        .that()
        .resideOutsideOfPackages(packages(SPEAK.stream()))
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(ALL);
  }

  /** Whoever split by a rule of his own would learn from what a data set keeps for the test. */
  @Test
  void onlyTheManifestChoosesTheSplit() {
    noClasses()
        .that(not(assignableTo(Manifest.class)))
        .should()
        .callMethod(Split.class, "leaveOneOut", Histories.class)
        .orShould()
        .callMethod(Split.class, "byTime", Histories.class, long.class)
        .check(ALL);
  }

  @Test
  void thePictureIsThatOfTheTable() throws IOException {
    String drawn = PackagesPicture.svg(MAY_USE);
    Path fresh = Files.writeString(Path.of("target", "packages.svg"), drawn);
    assertThat(Files.readString(Path.of("..", "docs", "packages.svg")))
        .as("docs/packages.svg is stale; copy " + fresh.toAbsolutePath() + " there")
        .isEqualTo(drawn);
  }

  /** A forward pass never does; these do work of their own outside of it. */
  private static final Set<String> OPEN_SCOPES =
      Set.of(
          "ItemTable",
          "NetworkScorer",
          "Missrec",
          "MissrecScore",
          "KMeans",
          "TicoserecSimilarity",
          "BlockedSoftmax",
          "HoraeProduct",
          "HoraeSignals",
          "HoraeVectors");

  @Test
  void layersOpenNoScope() {
    Set<String> opening = new TreeSet<>();
    for (JavaClass from : ALL) {
      if (Set.of("nn", "sequence", "model").contains(packageOf(from))
          && from.getMethodCallsFromSelf().stream().anyMatch(PackagesTest::opensAScope)) {
        opening.add(from.getName().replaceAll(".*\\.|\\$.*", ""));
      }
    }
    assertThat(opening).isEqualTo(OPEN_SCOPES);
  }

  private static boolean opensAScope(JavaMethodCall call) {
    return call.getTargetOwner().isEquivalentTo(Scope.class)
        && Set.of("training", "inference").contains(call.getName());
  }

  @Test
  void packagesFormNoCycles() {
    slices().matching("dev.horae.(*)..").should().beFreeOfCycles().check(ALL);
  }
}
