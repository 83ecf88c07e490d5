package dev.horae.spark;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The package {@code spark}, as {@code PackagesTest} of the command line has the others. */
class PackageTest {

  /** No other, and no more than it uses. */
  private static final Set<String> MAY_USE =
      Set.of(
          "shell",
          "study",
          "serve",
          "run",
          "train",
          "model",
          "features",
          "encoder",
          "prep",
          "tensor",
          "data",
          "config");

  private static final JavaClasses ALL =
      new ClassFileImporter().importPath(Path.of("target", "classes"));

  @Test
  void itUsesExactlyThesePackages() {
    Set<String> used = new TreeSet<>();
    for (JavaClass from : ALL) {
      assertThat(from.getPackageName()).isEqualTo("dev.horae.spark");
      for (Dependency arrow : from.getDirectDependenciesFromSelf()) {
        String name = arrow.getTargetClass().getBaseComponentType().getPackageName();
        if (name.startsWith("dev.horae.")) {
          used.add(name.split("\\.", -1)[2]);
        }
      }
    }
    used.remove("spark");
    assertThat(used).containsExactlyInAnyOrderElementsOf(MAY_USE);
  }

  /** Verbs print on what their command was given, which may not be the process's. */
  @Test
  void onlyMainClassesPrint() {
    noClasses()
        .that(not(belongToAnyOf(SparkMain.class, TrainingNode.class, JavaOptions.class)))
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(ALL);
  }
}
