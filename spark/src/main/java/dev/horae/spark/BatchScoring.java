package dev.horae.spark;

import dev.horae.serve.Recommender.Answer;
import java.util.ArrayList;
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
record BatchScoring(SharedDirectory run, int top, boolean excludeSeen)
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

  @Override
  public Iterator<Row> call(Iterator<Row> histories) {
    return new Pieces(
        histories,
        run,
        top,
        (recommender, users, events) -> {
          List<Row> rows = new ArrayList<>();
          for (Answer answer : recommender.recommend(events, top, excludeSeen)) {
            rows.add(row(users.get(rows.size()), answer));
          }
          return rows;
        });
  }

  private static Row row(Object user, Answer answer) {
    String[] items = new String[answer.items().size()];
    float[] scores = new float[items.length];
    for (int i = 0; i < items.length; i++) {
      items[i] = answer.items().get(i).item();
      scores[i] = (float) answer.items().get(i).score();
    }
    return RowFactory.create(user, items, scores, answer.source().name().toLowerCase(Locale.ROOT));
  }
}
