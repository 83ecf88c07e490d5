package dev.horae.http;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask a server without keys. It listens on this machine alone, but a browser on it carries
 * requests of any page: one of another site, or one whose name was made to lead here (DNS
 * rebinding).
 */
final class Loopback {

  private static final Pattern HERE =
      Pattern.compile("(localhost|127(\\.[0-9]{1,3}){3}|\\[::1])(:[0-9]{1,5})?");

  private Loopback() {}

  /**
   * Refuses what a page of another site asks.
   *
   * @param host the header of this name, which names the server
   * @param origin the header of this name; null where no page asks, or one of the server's own
   * @param allowed the other site that may ask; empty: none
   * @param site the header {@code Sec-Fetch-Site}; null where no browser asks
   */
  static void check(
      @Nullable String host, @Nullable String origin, String allowed, @Nullable String site) {
    if (host == null || !HERE.matcher(host.toLowerCase(Locale.ROOT)).matches()) {
      throw forbidden("the header Host is no name of this machine");
    }
    if (origin != null && origin.equals(allowed)) {
      return;
    }
    boolean own = origin == null || origin.equalsIgnoreCase("http://" + host);
    if (!own || "cross-site".equals(site) || "same-site".equals(site)) {
      throw forbidden("a page of another site asks");
    }
  }

  private static ProblemException forbidden(String detail) {
    return Problem.of(
            Problem.Kind.FORBIDDEN,
            detail + ", and there are no keys",
            "make a key with 'horae serve RUN --new-key operator', and send it")
        .exception();
  }
}
