package dev.horae.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.horae.serve.Recommender.Event;
import dev.horae.serve.Recommender.Explanation;
import dev.horae.serve.Recommender.Reason;
import dev.horae.serve.Recommender.Scored;
import dev.horae.serve.Recommender.Source;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Answers as JSON, one on a line. The order of the fields is a promise. */
final class JsonAnswers {

  private final Reply.Terms terms;
  private final String moment;

  JsonAnswers(Reply.Terms terms) {
    this.terms = terms;
    moment = terms.moment();
  }

  String line(Reply reply) {
    return JsonValue.text(json -> write(json, reply)) + "\n";
  }

  private void write(JsonGenerator json, Reply reply) throws IOException {
    Question question = reply.question();
    json.writeStartObject();
    if (question.line() > 0) {
      json.writeNumberField("line", question.line());
    }
    json.writeFieldName("user");
    JsonValue.write(json, question.user());
    if (question.problem() == null) {
      answer(json, reply);
    } else {
      json.writeArrayFieldStart("items");
      json.writeEndArray();
      json.writeStringField("error", question.problem());
    }
    json.writeEndObject();
  }

  private void answer(JsonGenerator json, Reply reply) throws IOException {
    String source = name(reply.answer().source());
    String reason = reply.reason(terms);
    json.writeArrayFieldStart("items");
    for (int i = 0; i < reply.answer().items().size(); i++) {
      Scored item = reply.answer().items().get(i);
      json.writeStartObject();
      json.writeStringField("item", item.item());
      json.writeStringField("title", terms.catalogue().item(item.item()).title());
      json.writeNumberField("score", (float) item.score());
      json.writeStringField("source", source);
      if (reply.answer().source() == Source.POPULAR) {
        json.writeStringField("reason", reason);
      } else if (item.cold()) {
        json.writeStringField("reason", Reply.COLD);
      }
      if (reply.explanation().isPresent() && !reply.explanation().get().reasons().isEmpty()) {
        explain(json, reply.explanation().get().reasons().get(i));
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeStringField("source", source);
    json.writeStringField("reason", reason.isEmpty() ? null : reason);
    json.writeArrayFieldStart("unknown");
    for (String item : reply.answer().unknown()) {
      json.writeString(item);
    }
    json.writeEndArray();
    json.writeNumberField("later", reply.question().history().later());
    json.writeNumberField("untimed", reply.question().history().untimed());
    json.writeStringField("at", moment);
    json.writeStringField("model", terms.model());
    json.writeBooleanField("unfinished", terms.unfinished());
    if (reply.explanation().isPresent()) {
      explain(json, reply.explanation().get());
    }
  }

  private static void explain(JsonGenerator json, Reason reason) throws IOException {
    json.writeObjectFieldStart("shares");
    for (Map.Entry<String, Double> share : reason.shares().entrySet()) {
      json.writeNumberField(share.getKey(), share.getValue().floatValue());
    }
    json.writeEndObject();
    numbers(json, "influence", reason.influence());
    json.writeStringField("because", reason.because().isEmpty() ? null : reason.because());
  }

  private void explain(JsonGenerator json, Explanation explanation) throws IOException {
    json.writeArrayFieldStart("history");
    for (Event event : explanation.history()) {
      json.writeStartObject();
      json.writeStringField("item", event.item());
      json.writeStringField("title", terms.catalogue().item(event.item()).title());
      json.writeStringField("time", Instant.ofEpochSecond(event.time()).toString());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeObjectFieldStart("gates");
    for (Map.Entry<String, List<Double>> gate : explanation.gates().entrySet()) {
      numbers(json, gate.getKey(), gate.getValue());
    }
    json.writeEndObject();
  }

  private static void numbers(JsonGenerator json, String name, List<Double> values)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (double value : values) {
      json.writeNumber((float) value);
    }
    json.writeEndArray();
  }

  static String name(Source source) {
    return source.name().toLowerCase(Locale.ROOT);
  }
}
