package dev.horae.spark;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The vectors of a partition's histories; null for one without a known item.
 *
 * @param run whose model makes them
 */
record UserVectors(SharedDirectory run) implements MapPartitionsFunction<Row, Row> {

  private static final int TOP = 1; // a vector is no longer than some answers

  static StructType schema(DataType user) {
    return new StructType()
        .add("user", user)
        .add("vector", DataTypes.createArrayType(DataTypes.FloatType, false));
  }

  @Override
  public Iterator<Row> call(Iterator<Row> histories) {
    return new Pieces(
        histories,
        run,
        TOP,
        (recommender, users, events) -> {
          List<Row> rows = new ArrayList<>();
          for (float[] vector : recommender.userVectors(events)) {
            rows.add(RowFactory.create(users.get(rows.size()), vector));
          }
          return rows;
        });
  }
}
