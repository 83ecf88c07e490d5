package dev.horae;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A Java process with the class path of this one. */
public final class JavaProcess {

  /** The first that warns where a library reaches memory by sun.misc.Unsafe. */
  private static final int WARNS_OF_UNSAFE = 23;

  /** What says where libtorch lies, see .ci/run. */
  private static final List<String> NATIVES =
      List.of("java.library.path", "org.bytedeco.javacpp.findlibraries");

  private JavaProcess() {}

  /**
   * @param flags of Java
   * @param arguments of the class, by their texts
   */
  public static ProcessBuilder of(Class<?> main, List<String> flags, Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED"); // as the launcher; newer Java warns without
    if (Runtime.version().feature() >= WARNS_OF_UNSAFE) { // as the launcher
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    NATIVES.stream()
        .filter(name -> System.getProperty(name) != null)
        .map(name -> "-D" + name + "=" + System.getProperty(name))
        .forEach(command::add);
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    Arrays.stream(arguments).map(Object::toString).forEach(command::add);
    return new ProcessBuilder(command);
  }
}
