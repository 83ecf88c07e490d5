package dev.horae.page;

import com.samskivert.mustache.DefaultCollector;
import com.samskivert.mustache.Mustache;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;

/**
 * A self-contained web page: {@code NAME.mustache} and {@code NAME.css}, which lie on the class
 * path beside the class {@code NAME}, in the layout and style that all pages share.
 *
 * <p>{@code {{name}}} in a template is a record's component, another method without parameters, or
 * a key of a map; its text is escaped, in quoted attributes too. {@code {{#name}}…{{/name}}} is for
 * each element of a list, for an optional that is there, for true. {@code {{>other}}} is the
 * template {@code other.mustache} of the same folder. A name that the values lack is an error.
 */
public final class Page {

  /** An optional is a section that is there or not, or that has the value as its context. */
  private static final Mustache.Collector OPTIONALS =
      new DefaultCollector() {
        @Override
        public Iterator<?> toIterator(Object value) {
          return value instanceof Optional<?> optional
              ? optional.stream().iterator()
              : super.toIterator(value);
        }
      };

  private Page() {}

  /**
   * @param of the class that the templates are named like
   * @param lead one or two sentences below the title
   * @param values a record or map for both templates
   */
  public static String html(Class<?> of, String title, String lead, Object values) {
    String name = of.getSimpleName();
    String style = text(Page.class, "Page.css") + "\n" + render(of, name + ".css", values);
    String body = render(of, name + ".mustache", values);
    return render(
        Page.class,
        "Page.mustache",
        Map.of("title", title, "lead", lead, "style", style, "body", body));
  }

  private static String render(Class<?> of, String file, Object values) {
    return Mustache.compiler()
        .strictSections(true)
        .withCollector(OPTIONALS)
        .withLoader(other -> new StringReader(text(of, other + ".mustache")))
        .compile(text(of, file))
        .execute(values);
  }

  private static String text(Class<?> of, String file) {
    try (InputStream in = of.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException(file + " is missing beside " + of.getName());
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read beside " + of.getName(), e);
    }
  }
}
