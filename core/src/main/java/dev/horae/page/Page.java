package dev.horae.page;

import com.samskivert.mustache.DefaultCollector;
import com.samskivert.mustache.Mustache;
import dev.horae.data.Hashes;
import dev.horae.data.Resources;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A self-contained web page: {@code NAME.mustache} and {@code NAME.css}, which lie on the class
 * path beside the class {@code NAME}, in the layout and style that all pages share.
 *
 * <p>{@code {{name}}} in a template is a record's component, another method without parameters, or
 * a key of a map; its text is escaped, in quoted attributes too. {@code {{#name}}…{{/name}}} is for
 * each element of a list, for an optional that is there, for true, for a text that is not empty.
 * {@code {{>other}}} is the template {@code other.mustache} of the same folder. A name that the
 * values lack is an error.
 *
 * <p>The page tells browsers to load nothing, and to run no script but those that it is given here.
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
   * A page without scripts.
   *
   * @param of the class that the templates are named like
   * @param lead one or two sentences below the title
   * @param values a record or map for both templates
   */
  public static String html(Class<?> of, String title, String lead, Object values) {
    return html(of, title, lead, values, List.of());
  }

  /**
   * @param of the class that the templates are named like
   * @param lead one or two sentences below the title
   * @param values a record or map for both templates
   * @param scripts run one after the other when all else is there
   */
  public static String html(
      Class<?> of, String title, String lead, Object values, List<String> scripts) {
    String name = of.getSimpleName();
    String style =
        Resources.text(Page.class, "Page.css") + "\n" + render(of, name + ".css", values);
    String body = render(of, name + ".mustache", values);
    return render(
        Page.class,
        "Page.mustache",
        Map.of(
            "title",
            title,
            "lead",
            lead,
            "style",
            style,
            "body",
            body,
            "scripts",
            scripts,
            "trusted",
            trusted(scripts)));
  }

  /** {@return what a browser may run: scripts with these hashes, or none} */
  private static String trusted(List<String> scripts) {
    return scripts.isEmpty()
        ? "'none'"
        : scripts.stream()
            .map(script -> "'sha256-" + Base64.getEncoder().encodeToString(sha256(script)) + "'")
            .collect(Collectors.joining(" "));
  }

  private static byte[] sha256(String text) {
    return Hashes.sha256().digest(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String render(Class<?> of, String file, Object values) {
    return Mustache.compiler()
        .strictSections(true)
        .emptyStringIsFalse(true)
        .withCollector(OPTIONALS)
        .withLoader(other -> new StringReader(Resources.text(of, other + ".mustache")))
        .compile(Resources.text(of, file))
        .execute(values);
  }
}
