package dev.horae.spark;

import dev.horae.data.DataException;
import dev.horae.serve.Recommender;
import dev.horae.serve.Recommender.Answer;
import dev.horae.serve.Recommender.Event;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Recommends for the histories of a partition, in pieces as {@code horae recommend} asks for them.
 *
 * @param run whose model recommends
 * @param top items per answer
 * @param excludeSeen whether items of the history are left out
 */
record BatchScoring(SharedRun run, int top, boolean excludeSeen)
    implements MapPartitionsFunction<Row, Row> {

  /**
   * {@return what the answers look like}
   *
   * @param user the type of users
   */
  static StructType schema(DataType user) {
    return new StructType()
        .add("user", user)
        .add("items", DataTypes.createArrayType(DataTypes.StringType, false))
        .add("scores", DataTypes.createArrayType(DataTypes.FloatType, false))
        .add("source", DataTypes.StringType);
  }

  /**
   * @param rows user, items (texts) and times (seconds since 1970-01-01 UTC), see {@link Histories}
   */
  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return new Iterator<>() {
      private Iterator<Row> answers = Collections.emptyIterator();

      @Override
      public boolean hasNext() {
        return answers.hasNext() || rows.hasNext();
      }

      @Override
      public Row next() {
        if (!answers.hasNext()) {
          answers = Executor.computing(() -> piece(rows)).iterator();
        }
        return answers.next();
      }
    };
  }

  private List<Row> piece(Iterator<Row> rows) {
    Recommender recommender = run.recommender();
    List<Object> users = new ArrayList<>();
    List<List<Event>> histories = new ArrayList<>();
    for (int size = recommender.atOnce(top); size > 0 && rows.hasNext(); size--) {
      Row row = rows.next();
      users.add(row.get(0));
      histories.add(history(row));
    }
    List<Row> answers = new ArrayList<>();
    for (Answer answer : recommender.recommend(histories, top, excludeSeen)) {
      answers.add(row(users.get(answers.size()), answer));
    }
    return answers;
  }

  private static List<Event> history(Row row) {
    List<String> items = row.isNullAt(1) ? List.of() : row.getList(1);
    List<Long> times = row.isNullAt(2) ? List.of() : row.getList(2);
    if (items.size() != times.size()) {
      throw new DataException(
          "user %s: has %s items and %s times; give each item its time"
              .formatted(row.get(0), items.size(), times.size()));
    }
    List<Event> events = new ArrayList<>();
    for (int e = 0; e < items.size(); e++) {
      if (items.get(e) == null || times.get(e) == null) {
        throw new DataException(
            "user %s: event %s has no %s; leave it out or give it one"
                .formatted(row.get(0), e + 1, items.get(e) == null ? "item" : "time"));
      }
      events.add(new Event(items.get(e), times.get(e)));
    }
    return events;
  }

  private static Row row(Object user, Answer answer) {
    String[] items = new String[answer.items().size()];
    Float[] scores = new Float[items.length];
    for (int i = 0; i < items.length; i++) {
      items[i] = answer.items().get(i).item();
      scores[i] = (float) answer.items().get(i).score();
    }
    return RowFactory.create(user, items, scores, answer.source().name().toLowerCase(Locale.ROOT));
  }
}
