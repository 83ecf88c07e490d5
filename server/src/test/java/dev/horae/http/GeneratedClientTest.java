package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client that a generator made of openapi.yaml compiles, and talks with the server. Maven's
 * generate-test-resources makes it.
 */
class GeneratedClientTest {

  private static final Path CLIENT = Path.of("../server/target/client/src/main/java");

  @TempDir Path classes;

  @Test
  void aGeneratedClientTalksWithTheServer() throws Exception {
    assertThat(CLIENT).as("run mvn generate-test-resources").isDirectory();
    compile();
    try (ServedShop shop = ServedShop.start();
        URLClassLoader loader =
            new URLClassLoader(new URL[] {classes.toUri().toURL()}, getClass().getClassLoader())) {
      String boss = shop.newKey(null, "boss", "admin");
      String key = shop.newKey(boss, "client", "write");
      assertThat(ask(loader, shop.address(), key))
          .isEqualTo("{price=5.0, tags=[new]} 2 2024-01-01T00:00Z model 3 true false 2 404 403");
    }
  }

  private static String ask(ClassLoader loader, String address, String key)
      throws ReflectiveOperationException {
    try {
      Object client =
          loader
              .loadClass("ShopClient")
              .getConstructor(String.class, String.class)
              .newInstance(address, key);
      return (String) ((Supplier<?>) client).get();
    } catch (InvocationTargetException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private void compile() throws IOException {
    Path shop = classes.resolve("ShopClient.java");
    try (InputStream source = GeneratedClientTest.class.getResourceAsStream("ShopClient.java")) {
      Files.copy(source, shop);
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter problems = new StringWriter();
    try (Stream<Path> sources = Files.walk(CLIENT);
        StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      List<Path> all =
          Stream.concat(Stream.of(shop), sources.filter(file -> file.toString().endsWith(".java")))
              .toList();
      boolean done =
          compiler
              .getTask(
                  problems,
                  files,
                  null,
                  List.of(
                      "-d",
                      classes.toString(),
                      "-proc:none",
                      "-nowarn",
                      "-classpath",
                      System.getProperty("java.class.path")),
                  null,
                  files.getJavaFileObjectsFromPaths(all))
              .call();
      assertThat(done).as(problems.toString()).isTrue();
    }
  }
}
