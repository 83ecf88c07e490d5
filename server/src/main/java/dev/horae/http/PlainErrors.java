package dev.horae.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * What is said to a request that never came as far as a route, such as one that is no HTTP: a
 * problem like all others, in place of Jetty's page.
 */
final class PlainErrors extends ErrorHandler {

  @Override
  protected void generateResponse(
      Request request,
      Response response,
      int code,
      @Nullable String message,
      @Nullable Throwable cause,
      Callback callback) {
    headers(response.getHeaders());
    response.write(true, body(code), callback);
  }

  private static void headers(HttpFields.Mutable headers) {
    headers.put(new HttpField(HttpHeader.CONTENT_TYPE, Problem.MEDIA_TYPE));
    headers.put("X-Content-Type-Options", "nosniff");
    headers.put("Cache-Control", "no-store");
  }

  private static ByteBuffer body(int status) {
    Problem.Kind kind =
        switch (status) {
          case 404 -> Problem.Kind.NOT_FOUND;
          case 405, 501 -> Problem.Kind.METHOD_NOT_ALLOWED;
          case 413, 414, 431 -> Problem.Kind.TOO_LARGE;
          case 503 -> Problem.Kind.OVERLOADED;
          default -> status < 500 ? Problem.Kind.INVALID_REQUEST : Problem.Kind.INTERNAL;
        };
    var body =
        Problem.of(kind, "the request cannot be understood", "send HTTP/1.1 as RFC 9112 has it")
            .body();
    body.put("status", status);
    return ByteBuffer.wrap(Api.json(body));
  }
}
