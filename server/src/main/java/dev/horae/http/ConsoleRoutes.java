package dev.horae.http;

import static io.javalin.http.HandlerType.GET;

import org.jspecify.annotations.Nullable;

/** The pages of the console. */
final class ConsoleRoutes {

  private final ConsoleResources files = new ConsoleResources();

  void add(Api.Router routes) {
    routes.add(GET, "/", null, ConsoleRoutes::toConsole);
    routes.add(
        GET,
        "/console/",
        null, // and without the slash, from which the page's own links would lead elsewhere
        request -> request.context().path().endsWith("/") ? send(request, "") : toConsole(request));
    routes.add(
        GET,
        "/console/<file>",
        null,
        request -> send(request, request.context().pathParam("file")));
  }

  private static @Nullable Object toConsole(Request request) {
    request.context().redirect("/console/");
    return null;
  }

  private @Nullable Object send(Request request, String path) {
    ConsoleResources.File file =
        files
            .file(path)
            .orElseThrow(
                () ->
                    Problem.of(
                            Problem.Kind.NOT_FOUND,
                            "the console has no file '" + Checks.printable(path) + "'",
                            null)
                        .exception());
    request
        .context()
        .contentType(file.type())
        .header("Content-Security-Policy", ConsoleResources.POLICY)
        .header("Cache-Control", "no-cache")
        .result(file.bytes());
    return null;
  }
}
